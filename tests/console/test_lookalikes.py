"""Names that look like others, or like words of ours: no order reaches another scope than the one that is shown."""

from __future__ import annotations

import time

import pytest
from textual.pilot import Pilot

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.aim import of_scope, words
from interlock_console.colon._acting import resolved
from interlock_console.filters import parse
from interlock_console.notes import newly_in
from interlock_console.screens import View
from interlock_console.screens.scope import ScopeDialog
from tests.console.feed import Feed
from tests.console.looks import SMALL, settle, shown, text
from tests.console.order_texts import preview, target
from tests.console.page_hub import page_hub
from tests.console.stories import RUN
from tests.support.hubs import GUARD

HIDDEN = "cl\u202eerk"
WRITTEN = "cl<U+202E>erk"


async def _aimed(word: str, *roles: str) -> tuple[str | None, str]:
    """Return the role that a typed word means where there are these roles, and what is said else."""
    feed = Feed()
    feed.snapshot()
    for number, role in enumerate(roles, 1):
        feed.began(number, role=role)
    async with shown(feed.station()) as pilot:
        await settle(pilot)
        view = pilot.app.screen
        assert isinstance(view, View)
        aim, problem = resolved(view, [word])
        return (None if aim is None else aim.name.raw), problem


async def test_a_name_typed_as_it_is_shown_means_the_name_behind_it() -> None:
    """What completion and screen show of a hidden character is no other role, while nobody is called so."""
    assert await _aimed(f"role:{WRITTEN}", HIDDEN, "clerk") == (HIDDEN, "")
    assert await _aimed("role:clerk", HIDDEN, "clerk") == ("clerk", "")
    assert await _aimed("role:of nobody", "clerk") == ("of nobody", "")


async def test_of_two_names_that_are_shown_alike_none_is_guessed() -> None:
    """Nothing is sent, and the sentence says how to name the one that is meant."""
    aim, problem = await _aimed(f"role:{WRITTEN}", HIDDEN, WRITTEN)
    assert aim is None
    assert (
        problem == f"2 names look like {WRITTEN}; put the cursor on a run of it and press X; nothing was sent"
    )


@pytest.mark.pure
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("support-agent", "role support-agent"),
        ("clerk of the whole fleet", 'role "clerk of the whole fleet"'),
        ("interlock-canary ", 'role "interlock-canary "'),
        ('x" and the fleet "', r'role "x\" and the fleet \""'),
        ("supp\u043ert", 'role "supp\u043ert"'),
        ("a" * 50, f"role {'a' * 39}\u2026"),
        ("READ ONLY", 'role "READ ONLY"'),
    ],
)
def test_a_name_that_could_be_words_of_ours_stands_in_quotes(name: str, said: str) -> None:
    """Where the name ends is plain in a title, a sentence, and line 1."""
    assert of_scope("role", name).said == words({"role": name}, 40) == said


@pytest.mark.pure
def test_two_names_that_look_the_same_are_told_apart_letter_by_letter() -> None:
    """A foreign letter, a blank at the end, a hidden sign and what was cut off are in what is said exactly."""
    alike = ("support", "supp\u043ert", "support ", "sup\u200bport", "s" * 200 + "a", "s" * 200 + "b")
    told = [of_scope("role", name).exact for name in alike]
    assert told[0] == ""
    assert told[1].startswith("7 characters, sha256 ")
    assert told[1].endswith(r'"supp\u043ert"')
    assert len({one[:40] for one in told}) == len(told)
    assert all(one.isascii() for one in told)


@pytest.mark.parametrize("name", ["supp\u043ert", "s" * 200, "support "])
async def test_the_dialog_says_exactly_whom_an_order_is_about(name: str) -> None:
    """Before the order is given its name stands there with length and digest, in 80 columns."""
    with page_hub() as hub:
        hub.preview = preview(target(RUN, role=name))
        feed = Feed()
        feed.snapshot()
        station = feed.station(hub.hub)
        async with shown(station, SMALL) as pilot:
            await pilot.app.push_screen(ScopeDialog(station, "kill", of_scope("role", name)))
            said = await _until(pilot, feed, "exactly")
        station.desk.close()
    assert of_scope("role", name).exact.partition(":")[0] in said


async def _until(pilot: Pilot[None], feed: Feed, word: str) -> str:
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        feed.clock.go(0.1)
        await settle(pilot)
        if word in (said := text(pilot)):
            return said
        await pilot.pause(0.02)
    raise AssertionError(f"never saw {word} on\n{text(pilot)}")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("typed", "goal", "fits"),
    [
        ("goal:*a*a*a*a*a*b", "a" * 200_000, False),
        ("goal:a*a*b", "a" * 99_999 + "b", True),
        ("goal:ab*ba", "aba", False),
        ("goal:a*b*c", "a b c", True),
        ("goal:a*c*b", "a b c", False),
        ("goal:*b*", "abc", True),
        ("goal:**", "", True),
    ],
)
def test_a_pattern_is_looked_for_in_one_walk(typed: str, goal: str, fits: bool) -> None:
    """A goal that is made for it does not hold the list up, and stars mean what they meant."""
    feed = Feed()
    feed.snapshot()
    state = feed.fleet.pull().changed
    assert not state
    run = feed.began(1, goal="x")
    found = feed.fleet.pull().changed[run]
    found.goal = Untrusted(goal)
    assert parse(typed).fits(found) == fits


def test_a_role_in_the_ticker_is_quoted_where_it_could_read_as_the_console_s_words() -> None:
    """A role that sounds like a stop stands in quotes and within bounds; the word that matters comes after it."""
    state = RunState("r-00000000000000aa", role=Untrusted("x CONFIRMED STOPPED " * 9))
    many = newly_in(state, "LOOP")[3]
    assert many.startswith('runs of role "x CONFIRMED STOPPED')
    assert many.endswith('": LOOP')
    assert len(many) < 70
