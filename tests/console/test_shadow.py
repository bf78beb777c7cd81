"""A run in shadow cannot be taken for one that acts: wherever a run is shown, its text differs, without colour too."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from textual.pilot import Pilot

from interlock.runs import RunState
from interlock.words import flags, phrase, word
from interlock_console import combined, receipts, targets
from interlock_console.commands import _receipt, runs, show
from interlock_console.linear.changes import Changes, about
from interlock_console.screens.fleet import FleetView
from interlock_console.state import bucket
from interlock_console.widgets.tree import Branch, TreeList
from tests.console import order_texts
from tests.console.feed import Feed, run_id
from tests.console.looks import SMALL, WIDE, lines, settle, shown, text
from tests.console.stories import RUN, receipt
from tests.support.cases import each

STATES: dict[str, dict[str, Any]] = {
    "runs": {},
    "ends": {"cancelling": True},
    "pauses": {"hold": "pausing", "order": "o-1"},
    "paused": {"hold": "drained", "order": "o-1"},
    "stopping": {"stop": "recorded", "order": "o-1"},
    "presumed": {"stop": "presumed", "order": "o-1"},
    "stopped": {"stop": "confirmed", "order": "o-1"},
    "lost": {"phase": "lost", "lost_why": "no heartbeat"},
    "done": {"phase": "finished", "claim": "done"},
    "cancelled": {"phase": "finished", "claim": "cancelled"},
}
SHADOWS: dict[str, dict[str, Any]] = {"by its mode": {"mode": "shadow"}, "by a dial": {"level": "shadow"}}


def _pair(how: str, shadow: str) -> tuple[RunState, RunState]:
    """Return a run that acts, and the same one in shadow."""
    live, shadowed = RunState(RUN), RunState(RUN)
    for state in (live, shadowed):
        for name, value in STATES[how].items():
            setattr(state, name, value)
    for name, value in SHADOWS[shadow].items():
        setattr(shadowed, name, value)
    return live, shadowed


def _tree(state: RunState) -> str:
    made = TreeList(lambda: 1.0)
    return "".join(text for text, _ in made.pieces(state.run, Branch(0, state), 100))


@pytest.mark.pure
@each(product(STATES, SHADOWS))
def test_whatever_names_a_run_names_its_shadow_otherwise(how: str, shadow: str) -> None:
    """Word and mark, sentence, flags, targets, tree, linear mode, lists, facts and receipts are all other texts."""
    live, shadowed = _pair(how, shadow)
    made = receipt("pause", "requested", "recorded", run=RUN)
    says = (
        lambda state: (word(state).word, word(state).mark),
        phrase,
        flags,
        targets.state,
        _tree,
        about,
        lambda state: runs._row(state, 1.0),
        show.facts,
        lambda state: receipts.head(receipts.of(made, state)).text,
        lambda state: _receipt.text(receipts.of(made, state)),
        lambda state: combined.rows(order_texts.summary(), [receipts.of(made, state)]),
    )
    for say in says:
        assert say(live) != say(shadowed)
    assert word(shadowed).mark == "%" != word(live).mark
    assert "SHADOW" in phrase(shadowed)
    assert flags(shadowed)[0] == "SHADOW"
    assert len(word(shadowed).word) <= 9


@pytest.mark.pure
def test_a_shadow_at_work_has_a_word_a_tone_and_a_count_of_its_own() -> None:
    """It is no ``RUN``, in no colour of one, and line 1 counts it apart."""
    live, shadowed = _pair("runs", "by a dial")
    assert (word(live).word, word(shadowed).word) == ("RUN", "SHADOW")
    assert word(live).tone != word(shadowed).tone
    assert (bucket(live), bucket(shadowed)) == ("RUN", "SHADOW")


@pytest.mark.pure
def test_linear_mode_speaks_of_a_run_that_goes_into_shadow_and_out_of_it() -> None:
    """It needs nobody, and yet what it does is real from then on, or is not."""
    live, shadowed = _pair("runs", "by a dial")
    changes = Changes()
    changes.of({RUN: live}, None)
    assert "SHADOW" in changes.of({RUN: shadowed}, [RUN])[0]
    assert "RUN" in changes.of({RUN: live}, [RUN])[0]


def _feed() -> Feed:
    feed = Feed()
    feed.snapshot()
    feed.order(feed.began(1), "pause", "order.recorded")
    feed.began(2)
    feed.pulse(policy={"n": 3}, role="admin")
    return feed


def _turn(feed: Feed, level: str) -> None:
    for run in (run_id(1), run_id(2)):
        feed.say(run, "run.ruled", policy="ab" * 32, n=3, candidate=False, level=level)


async def _to(pilot: Pilot[None], *keys: str) -> None:
    view = pilot.app.screen
    assert isinstance(view, FleetView)
    view.table.reorder()
    view.table.go(run_id(1))
    await pilot.press(*keys)
    await settle(pilot)


async def _read(pilot: Pilot[None]) -> list[str]:
    """Return what is below line 1 and above ticker and keys, as of now: a list of groups counts once a second."""
    await settle(pilot)
    view = pilot.app.screen
    if isinstance(view, FleetView):
        view.table.reorder()
        await settle(pilot)
    return lines(pilot)[1:-2]


SCREENS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "the fleet": ((), ()),
    "the fleet by role": (("t",), ("t",) * 4),
    "a run": (("enter",), ("q",)),
    "its receipts": (("enter", "h"), ("q", "q")),
    "the kill dialog": (("K",), ("q",)),
    "many runs": (("space", "j", "space", "K"), ("q",)),
}
"""The keys to each screen that shows a run, and those back to the fleet."""


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_no_screen_shows_a_shadow_as_it_shows_what_acts(size: tuple[int, int]) -> None:
    """The lines below line 1 differ as text, at both sizes, and say SHADOW or its mark where the run stands."""
    feed = _feed()
    async with shown(feed.station(), size) as pilot:
        for name, (there, back) in SCREENS.items():
            said: dict[str, list[str]] = {}
            await _to(pilot, *there)
            for level in ("auto", "shadow"):
                _turn(feed, level)
                said[level] = await _read(pilot)
            below = "\n".join(said["shadow"])
            assert "SHADOW" in below or "%" in below, name
            assert not any("SHADOW" in line for line in said["auto"]), name
            assert said["auto"] != said["shadow"], name
            _turn(feed, "auto")
            feed.clock.go(1)
            await pilot.press(*back)


async def test_a_run_says_which_policy_it_is_under() -> None:
    """Version, beginning of its digest, the side of a staged one and the level stand above the trace."""
    feed = _feed()
    feed.say(run_id(1), "run.ruled", policy="cd" * 32, n=4, candidate=True, level="read-only")
    async with shown(feed.station(), WIDE) as pilot:
        await _to(pilot, "enter")
        assert "version 4 (cdcdcdcd), the CANDIDATE, level read-only" in text(pilot)
