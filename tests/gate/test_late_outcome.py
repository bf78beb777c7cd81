"""An outcome that was unknown first: what came of it late stays until the hub has it, whatever is confirmed before."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from interlock import wire
from interlock.link import Link, Member
from interlock.link.place import Place
from interlock.link.requests import unused

pytestmark = pytest.mark.pure

RUN, PERMIT = "r-00000000000000a1", "p-00000000000000d1"


@pytest.fixture
def link() -> Iterator[Link]:
    """A link with one run that the hub knows, and no thread: whatever it says lies in its control lane."""
    made = Link(Place("http://127.0.0.1:1", "t"))
    member = Member(RUN, trace="0" * 32, span="0" * 16, parent_span=None, first=None)
    made.outbox.begin(RUN, None)
    made.members[RUN], made.connected, member.here = member, True, True
    yield made
    made._loop.close()
    made.outbox.spool.close()


def _said(link: Link) -> list[str]:
    frames: list[Any] = [orjson.loads(frame) for frame in link.control]
    return [frame["outcome"] for frame in frames if frame["kind"] == "outcome"]


def _outcome(link: Link, outcome: str) -> None:
    link.outcome(unused(RUN, PERMIT, "c1") | {"outcome": outcome})


def test_the_confirmation_of_unknown_does_not_forget_what_came_late(link: Link) -> None:
    """The hub confirms the first of two outcomes and is gone: the second is said again once it is back."""
    _outcome(link, "unknown")
    _outcome(link, "done")
    link._kept(wire.Kept(permits=(PERMIT,)))
    link.lost("a test")
    link.connected = True
    link._opened(wire.Opened(req="1", run=RUN, state="running"))
    assert _said(link) == ["done"]
    link._kept(wire.Kept(permits=(PERMIT,)))
    assert not link.outcomes


def test_two_outcomes_are_forgotten_once_both_are_confirmed(link: Link) -> None:
    """On one connection each outcome has its confirmation, and after both nothing is kept."""
    _outcome(link, "unknown")
    _outcome(link, "done")
    link._kept(wire.Kept(permits=(PERMIT,)))
    link._kept(wire.Kept(permits=(PERMIT,)))
    assert not link.outcomes
