"""The record as a table: entries by their number, the newest first; marks hold the effect, not the row."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from textual.message import Message

from interlock.ids import shorten
from interlock.runs import RunState
from interlock_console.record.wording import effect, outcome, stamp, who
from interlock_console.widgets.ink import Piece, Pieces, fit
from interlock_console.widgets.lines import Lines

__all__ = ["RecordList"]

Json = dict[str, Any]

_LONG_ID = re.compile(r"\b([a-z]-[0-9a-f]{6})[0-9a-f]{10}\b")
_DRIFT = 0.5
"""Seconds after the list put the cursor on another entry in which a key may be meant for the one before."""


class _Column(NamedTuple):
    name: str
    width: int
    least: int = 0
    """The width of the list from which on it is shown; 0 is always."""
    most: int = 10_000
    """The width from which on it is not shown any more: others say the same in more room."""


_COLUMNS = (
    _Column("TIME", 8),
    _Column("WHO", 10, most=110),
    _Column("WHO", 16, 110),
    _Column("WHAT", 0),
    _Column("RESULT", 7, most=110),
    _Column("VERDICT", 7, 110),
    _Column("OUTCOME", 8, 110),
    _Column("PERMIT", 8, 110),
    _Column("DIGEST", 8, 126),
    _Column("RUN", 8),
    _Column("WHY", 30, 140),
)


class RecordList(Lines[int, Json]):
    """``show`` puts the entries of a window into it. ``follow`` keeps the cursor on the newest one."""

    MARKS = True

    class Edge(Message):
        """Somebody wants to be at the newest entry (-1) or at the first one (1)."""

        def __init__(self, to: int) -> None:
            super().__init__()
            self.to = to

    def __init__(
        self, wall: Callable[[], float], clock: Callable[[], float], empty: Callable[[int], list[Pieces]]
    ) -> None:
        super().__init__(id="record", clock=clock)
        self.follow = True
        self.chosen: dict[str, int] = {}
        """The permits of marked effects, each with the entry it was marked on: they stay when the list moves away."""
        self.runs: Mapping[str, RunState] = {}
        self._wall, self._empty = wall, empty
        self._drifted_at = float("-inf")
        self._digits, self._clock_width = 6, 8

    def show(self, rows: Mapping[int, Json]) -> None:
        """Show these entries. The cursor stays on its entry and on its line, or goes to the newest one."""
        if rows.keys() == self.rows.keys():
            return
        line, before = self.place - self.top, self.cursor
        self.rows = dict(rows)
        self._digits = max(6, len(f"{next(reversed(self.rows), 0):,}"))
        self._clock_width = max(
            (len(stamp(float(row["at"]), self._wall())) for row in self.rows.values()), default=8
        )
        self.reorder()
        self.mark_chosen()
        if self.follow and self.order:
            self.go(self.order[0])
        elif before in self.rows:
            self.top = max(0, self.place - max(0, line))
            self._follow()
        if before is not None and self.cursor != before:
            self._drifted_at = self._clock()
        self.refresh()

    def ranked(self) -> Iterable[int]:
        """Put the newest first."""
        return reversed(self.rows)

    @property
    def drifting(self) -> bool:
        """Whether the cursor went to another entry by itself a moment ago."""
        return self._clock() - self._drifted_at < _DRIFT

    def settle(self) -> None:
        """Take the cursor where it is: whoever was told that it moved has seen it."""
        self._drifted_at = float("-inf")

    # Marks.

    def mark_chosen(self) -> None:
        """Show the marks of every entry that is about a marked effect."""
        self.marks = {n for n, row in self.rows.items() if effect(row) in self.chosen}
        self.refresh()

    def action_mark(self) -> None:
        """Mark the effect under the cursor, or take its mark away, and go on to the next entry."""
        permit, self.follow = effect(self.row), False
        if permit and self.cursor is not None:
            if permit in self.chosen:
                del self.chosen[permit]
            else:
                self.chosen[permit] = self.cursor
            self.mark_chosen()
        self._go(self.place + 1)

    # Moving, by hand.

    def action_step(self, by: int) -> None:
        """Move the cursor; it stays where a hand puts it."""
        self.follow = False
        super().action_step(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screen."""
        self.follow = False
        super().action_page(by)

    def action_edge(self, to: int) -> None:
        """Ask for the newest or the first entry of the whole record, not only of what is here."""
        self.post_message(self.Edge(to))

    # Painting.

    def nothing(self, width: int) -> list[Pieces]:
        """Say why nothing is here."""
        return self._empty(width)

    def heads(self, width: int) -> Pieces:
        """Return the names of the columns for a list of this width."""
        names = [fit("N", self._digits, right=True)]
        names += [fit(column.name, size) for column, size in self._laid(width - 2)]
        return [("  " + " ".join(names), "dim")]

    def _laid(self, width: int) -> list[tuple[_Column, int]]:
        shown = [column for column in _COLUMNS if column.least <= width + 2 < column.most]
        shown[0] = shown[0]._replace(width=self._clock_width)
        rest = width - self._digits - 1 - sum(column.width + 1 for column in shown)
        return [(column, column.width or max(12, rest)) for column in shown]

    def pieces(self, key: int, row: Json, width: int) -> Pieces:
        """Return one entry, column by column."""
        found: list[Piece] = [(fit(f"{key:,}", self._digits, right=True) + " ", "dim")]
        for column, size in self._laid(width):
            text, tone = self._cell(column.name, row)
            found.append((fit(text, size) + " ", tone))
        return found

    def _cell(self, name: str, row: Json) -> tuple[str, str]:
        if name == "TIME":
            return stamp(float(row["at"]), self._wall()), "dim"
        if name == "WHO":
            return who(row, self.runs), "text"
        if name in ("RESULT", "OUTCOME", "VERDICT"):
            return _came(name, row)
        if name in ("RUN", "PERMIT"):
            return shorten(str(row[name.lower()])), "text"
        if name == "DIGEST":
            return str(row["digest"])[:8], "dim"
        if name == "WHY":
            return str(row["why"]), "dim"
        what = _LONG_ID.sub(r"\1", str(row["what"]))
        return what, "head" if row["kind"] in ("order", "lift") else "text"


def _came(name: str, row: Json) -> tuple[str, str]:
    said, tone = outcome(row)
    if name == "VERDICT":
        return str(row["verdict"]), outcome({**row, "outcome": ""})[1]
    return (said, tone) if name == "RESULT" else (str(row["outcome"]), tone if row["outcome"] else "text")
