"""``:claim``, ``:note`` and ``:who``: what they send, what they say, and that they send nothing by mistake."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from textual.app import App

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.colon import claim, note, who
from interlock_console.screens.fleet import FleetView
from tests.console.feed import Feed, run_id
from tests.console.page_hub import PageHub, page_hub
from tests.support.hubs import GUARD

RUN = run_id(1)


class View(FleetView):
    """A view that stands on one run, or on none."""

    on: str | None = RUN

    def target(self) -> str | None:
        """Return it."""
        return self.on

    def marked(self) -> tuple[str, ...]:
        """Return nothing: no run is marked."""
        return ()


@pytest.fixture
def hub() -> Iterator[PageHub]:
    """A hub that has the run."""
    with page_hub() as pages:
        pages.keep = False
        pages.items[RUN], pages.states[RUN] = [], RunState(RUN)
        yield pages


def told(feed: Feed) -> str:
    """Wait for a line of the ticker and return it."""
    until = time.monotonic() + GUARD
    while not feed.fleet.notes:
        assert time.monotonic() < until
        time.sleep(0.01)
    return str(feed.fleet.notes[-1].text)


@pytest.mark.parametrize(
    ("command", "words", "asked", "said"),
    [
        (claim, [], "claim", "claimed"),
        (claim, ["take"], "claim", "taken over"),
        (claim, ["release"], "claim", "released"),
        (note, ["it", "waits"], "notes", "noted"),
    ],
)
def test_a_command_about_hands_asks_the_hub_and_says_what_came_of_it(
    hub: PageHub, command: Any, words: list[str], asked: str, said: str
) -> None:
    """The question is about the run under the cursor; the ticker has the answer."""
    feed = Feed()
    view = View(feed.station(hub.hub))
    assert command.COMMAND.act(App[None](), view, words) is None
    assert told(feed) == said
    assert hub.asked == [f"/v1/runs/{RUN}/{asked}"]
    view.station.desk.close()


def test_a_refusal_is_said(hub: PageHub) -> None:
    """What the hub has against it stands in the ticker."""
    hub.refusal = "it is in the hands of bo"
    feed = Feed()
    view = View(feed.station(hub.hub))
    claim.COMMAND.act(App[None](), view, [])
    assert "in the hands of bo" in told(feed)
    view.station.desk.close()


@pytest.mark.parametrize(
    ("command", "words", "on"),
    [
        (claim, ["it"], RUN),
        (claim, ["take", "it"], RUN),
        (claim, [], None),
        (note, [], RUN),
        (note, ["x" * 2001], RUN),
    ],
)
def test_what_is_not_meant_is_not_sent(hub: PageHub, command: Any, words: list[str], on: str | None) -> None:
    """Another word, no run, an empty note and one that is too long are answered with a sentence."""
    view = View(Feed().station(hub.hub))
    view.on = on
    assert str(command.COMMAND.act(App[None](), view, words)).endswith("nothing was sent")
    assert hub.asked == []


def test_who_names_the_consoles_visibly(hub: PageHub) -> None:
    """Whoever watches is named, whatever is in the name, and claims are counted."""
    feed = Feed()
    feed.snapshot()
    feed.pulse(consoles=[{"who": "ann (says \x1b]0;x\x07)", "since": 1.0, "read_only": True}])
    feed.say(feed.began(1), "run.claimed", by="ann")
    view = View(feed.station(hub.hub))
    view.station.runs = {RUN: RunState(RUN, claimed_by=Untrusted("ann"))}
    said = str(who.COMMAND.act(App[None](), view, []))
    assert "\x1b" not in said
    assert "reads only" in said
    assert said.endswith("1 run in somebody's hands")
