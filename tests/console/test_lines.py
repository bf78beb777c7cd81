"""The list every live screen is made of: rows by id, the cursor on an id, painting only what changed."""

from typing import Any

import pytest
from textual.app import App, ComposeResult

from interlock.text import Untrusted, cells
from interlock_console.widgets.ink import Pieces, cells_of, fit, said, wrap
from interlock_console.widgets.lines import Lines


class Table(Lines[str, int]):
    """Numbers by name, the greatest first."""

    MARKS = True

    def __init__(self) -> None:
        self.at = 100.0
        super().__init__(clock=lambda: self.at)
        self.painted: list[str] = []

    def ranked(self) -> list[str]:
        return sorted(self.rows, key=lambda key: -self.rows[key])

    def pieces(self, key: str, row: int, width: int) -> Pieces:
        self.painted.append(key)
        return [(fit(key, width - 5), "text"), (fit(str(row), 5, right=True), "dim")]


class Growing(Lines[int, str]):
    """A list that grows at its end."""

    GROWS = True


class Stand(App[None]):
    """Nothing but one list."""

    def __init__(self, table: Lines[Any, Any]) -> None:
        super().__init__()
        self.table = table

    def compose(self) -> ComposeResult:
        yield self.table


def _filled(count: int) -> Table:
    table = Table()
    for number in range(count):
        table.put(f"row-{number}", number)
    return table


async def test_the_cursor_stays_on_its_id_when_the_order_changes() -> None:
    """A row that overtakes the one under the cursor moves it on the screen and changes nothing about what is chosen."""
    table = _filled(5)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        await pilot.press("down", "down")
        assert table.cursor == "row-2"
        table.put("row-0", 99)
        table.at += 1.0
        table.flush()
        assert table.order[0] == "row-0"
        assert table.cursor == "row-2"
        assert table.place == 3


async def test_the_order_is_made_at_most_once_a_second() -> None:
    """Between two orderings rows change where they are."""
    table = _filled(3)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        table.put("row-0", 99)
        table.flush()
        assert table.order == ["row-2", "row-1", "row-0"]
        table.at += 1.0
        table.flush()
        assert table.order == ["row-0", "row-2", "row-1"]
        await pilot.pause()


async def test_only_rows_on_the_screen_are_painted() -> None:
    """With a thousand rows, changing all of them draws the few that are in sight."""
    table = _filled(1000)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        await pilot.pause()
        table.painted.clear()
        for number in range(1000):
            table.put(f"row-{number}", number)
        table.flush()
        await pilot.pause()
        assert set(table.painted) == set(table.order[:10])


async def test_a_kept_list_keeps_order_and_membership() -> None:
    """What is kept still shows new values, in the old order, without newcomers; letting go brings all up to date."""
    table = _filled(3)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        table.kept = True
        table.put("row-0", 99)
        table.put("row-9", 50)
        table.drop("row-1")
        table.at += 5.0
        table.flush()
        await pilot.pause()
        assert table.order == ["row-2", "row-1", "row-0"]
        assert table.rows["row-0"] == 99
        table.kept = False
        table.flush()
        assert table.order == ["row-0", "row-9", "row-2"]


async def test_a_cursor_whose_row_went_goes_to_the_one_in_its_place() -> None:
    """A row that is dropped hands the cursor to the row that stands where it stood."""
    table = _filled(5)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        table.go("row-2")
        table.drop("row-2")
        table.at += 1.0
        table.flush()
        await pilot.pause()
        assert table.cursor == "row-1"


async def test_moving_scrolls_as_little_as_needed() -> None:
    """Page keys, ends and steps keep the cursor in sight."""
    table = _filled(100)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        await pilot.press("pagedown", "j")
        assert (table.place, table.top) == (10, 1)
        await pilot.press("G")
        assert (table.place, table.top) == (99, 90)
        await pilot.press("k", "pageup")
        assert (table.place, table.top) == (89, 89)
        await pilot.press("g")
        assert (table.place, table.top) == (0, 0)


async def test_a_growing_list_shows_new_rows_at_once() -> None:
    """Rows of a list that grows are there with the next paint, without an ordering, and the cursor stays."""
    table = Growing()
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        for number in range(30):
            table.put(number, f"line {number}")
        table.flush()
        assert table.order == list(range(30))
        assert table.cursor == 0
        table.put(30, "line 30")
        table.flush()
        await pilot.pause()
        assert table.order[-1] == 30
        assert table.cursor == 0


async def test_marks_hold_ids_and_are_what_a_copy_takes() -> None:
    """Marked rows stay marked when the order changes, and a copy takes them rather than the cursor's."""
    table = _filled(4)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        assert table.copied().split() == ["row-3", "3"]
        table.action_mark()
        table.action_mark()
        table.put("row-0", 99)
        table.reorder()
        await pilot.pause()
        assert table.marks == {"row-3", "row-2"}
        assert table.copied().split() == ["row-3", "3", "row-2", "2"]


async def test_every_line_is_exactly_as_wide_as_the_list() -> None:
    """Wide characters, marks and hostile text never push a line over its width."""
    table = Table()
    names = ["漢字" * 30, "e\u0301" * 50, "\x1b]52;c;aGk=\x07", "\u202eevil", "👩‍👩‍👧" * 20, "a\tb\nc"]
    for at, name in enumerate(names):
        table.put(name, at)
    async with Stand(table).run_test(size=(40, 10)) as pilot:
        table.reorder()
        await pilot.pause()
        for y in range(10):
            strip = table.render_line(y)
            assert strip.cell_length == 40
            assert not set("\x1b\x07\u202e\t\n") & set(strip.text)


def test_fit_is_exact_in_cells() -> None:
    """A wide character that would be cut in half makes room for the ellipsis and a blank."""
    for width in range(12):
        assert cells_of([(fit(Untrusted("漢字漢字漢字"), width), "text")]) == width
    assert fit("ab", 4, right=True) == "  ab"


def test_wrap_breaks_at_blanks_and_says_when_it_cut() -> None:
    """Lines are as long as they may be, long words are broken, and what does not fit ends in an ellipsis."""
    assert wrap("one two three", 7, 5) == ["one two", "three"]
    assert wrap("abcdefghij", 4, 5) == ["abcd", "efgh", "ij"]
    assert wrap("a\nb\nc", 10, 2) == ["a", "b…"]
    assert wrap("", 10, 2) == [""]


@pytest.mark.pure
def test_what_follows_a_cut_text_stands_in_one_place() -> None:
    """Cut before a sign of two cells, a text takes the cells of a plain one that was cut; a whole one takes its own."""
    assert [cells(said(text, 4)) for text in ("\u6f22\u5b57\u6f22", "abcdef", "ab\u2026")] == [4, 4, 4]
    assert said("\u6f22\u5b57\u6f22", 4) == "\u6f22\u2026 "
    assert [said(text, 40) for text in ("ab\u2026", "abc")] == ["ab\u2026", "abc"]
    assert said("\u6f22\u2026") == "\u6f22\u2026"
