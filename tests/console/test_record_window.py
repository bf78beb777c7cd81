"""The part of the record in memory: whatever is asked in whatever order, nothing within it is missing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from interlock_console.record.sieve import Sieve
from interlock_console.record.window import Window
from tests.console.record_pages import CANARY, Pages, entry

pytestmark = pytest.mark.pure

Json = dict[str, Any]


def _record(count: int, seed: int) -> list[Json]:
    """Return entries of three tools, with proofs of the brake among them: their runs are told by their orders only."""
    chance = random.Random(seed)
    made: list[Json] = []
    while len(made) < count:
        n = len(made) + 1
        if chance.random() < 0.1:
            run = f"r-{n:x}".ljust(18, "f")
            made.append(entry(n, run=run, kind="run", who=CANARY, tool="", permit=""))
            made += [entry(n + more, run=run, kind="stage", who="hub", tool="") for more in range(1, 5)]
        else:
            made.append(entry(n, tool=chance.choice(("refund", "mail", "export"))))
    return made[:count]


def _wanted(entries: list[Json], window: Window, tool: str) -> list[int]:
    """Return what has to be in a window: all between its ends that fits and proves nothing."""
    proofs = {made["run"] for made in entries if made["who"] == CANARY}
    return [
        made["n"]
        for made in entries
        if window.low <= made["n"] <= window.high
        and made["run"] not in proofs
        and (not tool or made["tool"] == tool)
    ]


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.rig) for seed in range(6, 60))]
)
def test_a_walk_through_the_record_leaves_no_hole(seed: int) -> None:
    """Pages of any size up and down, entries that come meanwhile, a small budget: between its ends all is there."""
    chance = random.Random(seed)
    tool = chance.choice(("", "refund", "mail"))
    query: dict[str, Any] = {"tool": tool} if tool else {}
    entries = _record(900, seed)
    pages = Pages(entries[:600], look=chance.choice((7, 50, 1000)))
    window = Window(Sieve(query=dict(query)), most=60)
    window.open(pages.page(20, before=2**53, **query), 2**53)
    seen: set[int] = set()
    for _ in range(300):
        pages.entries = entries[: min(900, pages.last + chance.randrange(0, 3))]
        limit = chance.randrange(1, 40)
        if chance.random() < 0.6:
            low = window.low
            assert window.older(pages.page(limit, before=low, **query), low)
        else:
            high = window.high
            assert window.newer_page(pages.page(limit, after=high, **query), high)
        assert list(window.rows) == sorted(window.rows)
        missing = set(_wanted(entries, window, tool)) - set(window.rows)
        assert missing == set()
        assert len(window.rows) <= 60
        assert window.newer == pages.last - window.high
        seen |= set(window.rows)
    assert seen, "something was seen at all"


def test_a_page_that_does_not_join_is_not_taken() -> None:
    """What was asked for by a window that has moved meanwhile would leave a hole."""
    pages = Pages([entry(n) for n in range(1, 500)])
    window = Window(most=100)
    window.open(pages.page(50, before=2**53), 2**53)
    stale = window.low
    for _ in range(4):
        low = window.low
        assert window.older(pages.page(50, before=low), low)
    before = dict(window.rows)
    assert not window.older(pages.page(50, before=stale), stale)
    assert not window.newer_page(pages.page(50, after=499), 499)
    assert window.rows == before
    assert (window.at_end, window.newer) == (False, 499 - window.high)


def test_going_down_drops_the_newest_and_says_that_it_is_not_there() -> None:
    """After the budget the window ends lower, and paging up again brings every entry back once."""
    pages = Pages([entry(n) for n in range(1, 1001)])
    window = Window(most=200)
    window.open(pages.page(100, before=2**53), 2**53)
    while not window.at_start:
        window.older(pages.page(100, before=window.low), window.low)
    assert (list(window.rows), window.high, window.newer) == (list(range(1, 201)), 200, 800)
    walked = list(window.rows)
    while not window.at_end:
        window.newer_page(pages.page(100, after=window.high), window.high)
        walked += [n for n in window.rows if n > walked[-1]]
    assert walked == list(range(1, 1001))
    assert (window.low, window.high) == (801, 1000)


def test_what_proves_the_brake_is_left_out_unless_asked_for() -> None:
    """A run is known by one entry of it that says so, also for entries that came before that one."""
    entries = [entry(n, run="r-" + "a" * 16, who="hub", tool="") for n in range(1, 5)]
    entries[0] |= {"who": CANARY}
    entries += [entry(5)]
    pages, window = Pages(entries), Window()
    window.open(pages.page(2, before=2**53), 2**53)
    assert list(window.rows) == [4, 5]
    window.older(pages.page(9, before=window.low), window.low)
    assert (list(window.rows), window.left_out) == ([5], True)
    asked = Window(Sieve(proofs=True))
    asked.open(pages.page(9, before=2**53), 2**53)
    assert list(asked.rows) == [1, 2, 3, 4, 5]


def test_the_feed_says_how_far_the_record_goes() -> None:
    """A number heard over the feed counts as newer until it was looked at."""
    pages, window = Pages([entry(1)]), Window()
    window.open(pages.page(9, before=2**53), 2**53)
    assert (window.at_end, window.newer) == (True, 0)
    window.heard(4)
    assert (window.at_end, window.newer) == (False, 3)


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.rig)])
def test_a_long_record_is_walked_from_end_to_end_and_each_entry_is_seen_once(count: int) -> None:
    """Down from the newest to the first with a small part of them in memory, and up again: in order, none twice."""
    pages, window = Pages([entry(n) for n in range(1, count + 1)]), Window(most=1000)
    window.open(pages.page(500, before=2**53), 2**53)
    down = sorted(window.rows, reverse=True)
    while not window.at_start:
        assert window.older(pages.page(500, before=window.low), window.low)
        down += [n for n in sorted(window.rows, reverse=True) if n < down[-1]]
    assert down == list(range(count, 0, -1))
    up = list(window.rows)
    while not window.at_end:
        assert window.newer_page(pages.page(500, after=window.high), window.high)
        up += [n for n in window.rows if n > up[-1]]
    assert up == list(range(1, count + 1))
