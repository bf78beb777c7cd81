"""A search over a whole run: what may be said of it at each moment, against a hub that looks at a part at a time."""

from __future__ import annotations

from typing import Any

import pytest

from interlock_console.trace.quest import ENOUGH, Quest
from tests.console.page_hub import searched
from tests.console.stories import Story

pytestmark = pytest.mark.pure

Json = dict[str, Any]


def _items(count: int, every: int) -> list[Json]:
    story = Story()
    for n in range(1, count + 1):
        story.add("message", role="user", text="a needle" if every and n % every == 0 else f"word {n}")
    return story.items


def _on(quest: Quest, items: list[Json], steps: int = 1000, most: int = 300) -> int:
    """Let the search go on until it waits or is over, and return in how many questions."""
    for step in range(steps):
        by = quest.due(len(items))
        if by is None:
            return step
        quest.took(by, searched(items, quest.query(by), most))
    return steps


def test_a_search_finds_everything_in_both_directions() -> None:
    """Whatever the place it begins at, all hits are known once it is over, and it says so."""
    items = _items(2000, 50)
    for start in (0, 1, 999, 1000, 2000):
        quest = Quest("needle", start)
        _on(quest, items)
        assert quest.hits == list(range(50, 2001, 50))
        assert quest.words([100], 2000) == "2 of 40 hits"
        assert quest.done(-1, 2000)
        assert quest.done(1, 2000)


def test_nothing_is_called_the_end_before_the_hub_said_so() -> None:
    """While a part of the run was not looked at, the words say how far it got and never that there is no hit."""
    items = _items(2000, 0)
    quest = Quest("needle", 1000)
    _on(quest, items, steps=2)
    assert not quest.done(-1, 2000)
    assert quest.words([], 2000) == "0+ hits, scanned 600 of 2,000"
    _on(quest, items)
    assert quest.words([], 2000) == "no hit in the whole run"


def test_many_hits_wait_until_somebody_asks_for_the_next() -> None:
    """After enough hits in a direction the search stops by itself, says so, and goes on when asked."""
    items = _items(2000, 1)
    quest = Quest("needle", 1000)
    _on(quest, items)
    assert len(quest.hits) == 2 * ENOUGH
    assert "scanned 200 of 2,000; n and N look further" in quest.words([], 2000)
    assert quest.next(1001 - ENOUGH, -1) is None
    assert not quest.done(1, 2000)
    quest.more(1)
    _on(quest, items)
    assert quest.next(1000 + ENOUGH, 1) == 1001 + ENOUGH


def test_a_search_that_was_stopped_says_so_and_goes_on_when_asked() -> None:
    """Stopping keeps what is known; asking for more goes on from there."""
    items = _items(2000, 500)
    quest = Quest("needle", 0)
    _on(quest, items, steps=3)
    quest.cancelled = True
    assert quest.due(2000) is None
    assert "stopped by you" in quest.words([], 2000)
    quest.more(1)
    _on(quest, items)
    assert quest.hits == [500, 1000, 1500, 2000]


def test_a_hub_that_refuses_ends_the_search_with_its_reason() -> None:
    """What the hub said is in the words, and the count is not called complete."""
    quest = Quest("needle", 0)
    quest.problem = "question refused: too many"
    assert quest.due(10) is None
    assert quest.words([], 10) == "0+ hits, scanned 0 of 10, stopped: question refused: too many"


def test_what_comes_later_is_asked_for_or_was_seen_as_it_came() -> None:
    """A search that was over is not over for events it did not look at."""
    items = _items(100, 10)
    quest = Quest("needle", 100)
    _on(quest, items)
    assert quest.done(1, 100)
    assert not quest.done(1, 101)
    quest.seen(101)
    assert quest.done(1, 101)
    more = _items(120, 10)
    _on(quest, more)
    assert quest.hits[-1] == 120


def test_what_the_hub_did_not_look_at_is_said() -> None:
    """Long texts that were passed over are counted in the words."""
    quest = Quest("needle", 5)
    quest.took(-1, {"hits": [], "scanned": 5, "skipped": 2, "next": None, "first": 1, "last": 5})
    quest.took(1, {"hits": [{"n": 6}], "scanned": 1, "skipped": 0, "next": None, "first": 6, "last": 6})
    assert quest.words([6], 6) == "1 of 1 hit; 2 long texts not or not wholly searched"
