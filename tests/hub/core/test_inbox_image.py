"""What waits for people survives an image of the world: with it and the rest of the record it is the same inbox."""

from __future__ import annotations

import pytest

from interlock.hub.core import inbox_fold
from interlock.hub.core.fold import fold
from interlock.hub.core.image import dump, load
from interlock.hub.core.world import World
from tests.hub.core.control import folded
from tests.hub.core.office import Office, office

pytestmark = pytest.mark.pure


def lived() -> Office:
    """Return an office in which something of everything happened."""
    made = office(needs=2)
    edited, rejected = made.waits("c-1"), made.waits("c-2")
    made.approve("ann", edited, args='{"amount":150}')
    made.approve("bob", edited)
    made.approve("cy", edited)
    made.comes(edited)
    made.outcome(1, 1, edited.permit, "c-1", "unknown")
    made.reject("bob", rejected)
    paused = made.waits("c-3")
    made.approve("ann", paused)
    made.order(1, "pause", 1)
    made.wait(3)
    return made


def test_an_image_and_the_rest_make_the_same_inbox() -> None:
    """Wherever it was taken: votes, edits, permits, clocks, and in the same order."""
    made = lived()
    whole = folded(made.disk, made.now)
    for cut in range(len(made.disk) + 1):
        world = load(dump(folded(made.disk[:cut], made.now)), made.now)
        world.replaying = True
        for _, fact in made.disk[cut:]:
            fold(world, fact, made.now)
        assert world.inbox == whole.inbox
        assert _orders(world) == _orders(whole)


def _orders(world: World) -> list[list[object]]:
    inbox = world.inbox
    tables = (inbox.known, inbox.open, inbox.calls, inbox.permits, inbox.decided, inbox.likes)
    return [list(table) for table in tables]


def test_the_core_that_lived_it_and_the_record_agree() -> None:
    """What the running hub knows of what waits is what folding its record makes."""
    made = lived()
    live, told = made.core.world.inbox, folded(made.disk, made.now).inbox
    assert (live.known, list(live.open), live.likes) == (told.known, list(told.open), told.likes)


def test_only_the_newest_decided_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record has them all; the world lets the oldest go, with whatever names them."""
    monkeypatch.setattr(inbox_fold, "DECIDED_MAX", 20)
    made = office()
    for n in range(25):
        known = made.waits(f"c-{n}")
        made.reject("ann", known)
    inbox = made.core.world.inbox
    assert (len(inbox.known), len(inbox.calls), len(inbox.decided)) == (20, 20, 20)
    assert [each.call for each in inbox.known.values()] == [f"c-{n}" for n in range(5, 25)]
