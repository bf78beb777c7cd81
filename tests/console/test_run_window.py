"""The window keeps a stretch of a long run in memory, knows what it does not hold, and marks holes."""

from __future__ import annotations

import pytest

from interlock_console.trace.fold import GAP
from interlock_console.trace.search import search
from interlock_console.trace.window import Window
from tests.console.stories import Story

pytestmark = pytest.mark.pure


def _story(count: int, text: str = "word") -> Story:
    story = Story()
    for place in range(count):
        story.add("message", role="user", text=f"{text} {place + 1}")
    return story


def test_a_long_run_opens_at_its_end_and_pages_back() -> None:
    """The newest page is enough to begin with; older pages go in front."""
    items = _story(1000).items
    window = Window()
    window.open(items[800:], 1000)
    assert (window.first, window.last, window.at_start, window.at_end) == (801, 1000, False, True)
    window.older(items[600:800])
    assert list(window.trace.rows) == list(range(601, 1001))
    assert not window.missing


def test_memory_is_bounded_and_the_far_end_goes_first() -> None:
    """Paging back drops the newest events, new events drop the oldest; both stay within the budget."""
    items = _story(1000).items
    window = Window(most_items=300)
    window.open(items[900:], 1000)
    for start in range(800, -1, -100):
        window.older(items[start : start + 100])
        assert len(window.items) <= 300
    assert (window.first, window.at_start, window.at_end) == (1, True, False)
    window.newer(items[window.last : window.last + 100])
    assert len(window.items) <= 300
    assert not window.missing


def test_long_texts_count_by_their_characters() -> None:
    """A few events of a megabyte each are not kept all at once."""
    items = _story(20, "x" * 1_000_000).items
    window = Window(most_characters=5_000_000)
    window.open(items[19:], 20)
    for n in range(19, 0, -1):
        window.older(items[n - 1 : n])
        assert sum(len(item["e"]["event"]["text"]) for item in window.items.values()) < 6_000_000
    assert window.at_start


def test_live_events_join_at_the_end_and_only_there() -> None:
    """New events are folded in where the window reaches the end, and counted where it does not."""
    items = _story(100).items
    window = Window()
    window.open(items[80:90], 90)
    assert [row.n for row in window.live(items[90:95])] == [91, 92, 93, 94, 95]
    assert window.live(items[90:95]) == []
    window.open(items[:10], 95)
    assert window.live(items[95:100]) == []
    assert (window.last, window.end) == (10, 100)


def test_a_number_that_is_skipped_leaves_a_hole_that_can_be_seen_and_filled() -> None:
    """Missing events are a row of their own, loud, until they are here."""
    items = _story(50).items
    window = Window()
    window.open(items[:10], 10)
    changed = window.live(items[20:25])
    assert [row.kind for row in changed] == [GAP, *["say"] * 5]
    assert window.missing == [(11, 20)]
    assert (window.trace.rows[11].kind, window.trace.rows[11].tone) == (GAP, "alarm")
    window.newer(items[10:20])
    assert window.missing == []
    assert [row.kind for row in window.trace.rows.values()] == ["say"] * 25


def test_a_call_that_spans_two_pages_is_one_row_once_both_are_here() -> None:
    """The row that stood for the end of a call becomes the row of the whole call."""
    story = Story()
    story.call("c-1")
    window = Window()
    window.open(story.items[2:], 4)
    assert list(window.trace.rows) == [3]
    window.older(story.items[:2])
    (row,) = window.trace.rows.values()
    assert (row.n, row.word) == (1, "done")
    assert [found.n for found in window.trace.rows_of(3)] == [1]


def test_the_full_event_takes_the_place_of_a_shortened_one() -> None:
    """What the feed had cut is replaced in the row that shows it."""
    story = Story()
    story.add("message", role="user", text="the beg", cut=True)
    window = Window()
    window.open(story.items, 1)
    assert search(window.trace.rows.values(), "needle") == []
    whole = Story().add("message", role="user", text="the beginning and the needle")
    (row,) = window.replace(whole)
    assert search(window.trace.rows.values(), "NEEDLE") == [row.n]


def test_search_finds_what_a_person_reads_in_arguments() -> None:
    """Text inside of JSON is found with its quotes and line breaks as they are, not as they are escaped."""
    story = Story()
    story.add(
        "tool.proposed", call="c-1", tool="Bash", cls="danger", args='{"command":"echo \\"hi\\" \\u00e4"}'
    )
    story.add("tool.proposed", call="c-2", tool="Bash", cls="danger", args='{"command":"ls"}')
    rows = [row for item in [story.items] for row in _window(item).trace.rows.values()]
    assert search(rows, 'echo "HI" \u00c4') == [1]
    assert search(rows, "ls") == [2]
    assert search(rows, "bash") == [1, 2]
    assert search(rows, "absent") == []


def _window(items: list[dict[str, object]]) -> Window:
    window = Window()
    window.open(items, len(items))
    return window
