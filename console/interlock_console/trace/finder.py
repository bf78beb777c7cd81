"""Where the next thing that matters is among the rows that are loaded: a failure, a model turn, a hit. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from interlock_console.trace.fold import Row
from interlock_console.trace.quest import Quest
from interlock_console.trace.window import Window

__all__ = ["PAGES", "Finder", "Seek"]

PAGES = 20
"""Pages asked for at one press of a key before it stops and says how far it looked."""

_NAMES = {"error": "failure", "turn": "model turn", "hit": "hit"}


@dataclass(slots=True)
class Seek:
    """A search that goes on over pages: for what, in which direction, and how many pages it has asked for."""

    what: str
    by: int
    pages: int = 0

    @property
    def name(self) -> str:
        """What is looked for, in words."""
        return _NAMES[self.what]

    @property
    def side(self) -> str:
        """In which direction, in words."""
        return "before" if self.by < 0 else "after"


class Finder:
    """Knows what was searched for and which of the loaded rows hold it."""

    def __init__(self) -> None:
        self.quest: Quest | None = None
        self.found: frozenset[int] = frozenset()
        """The loaded rows that hold what was searched for."""
        self.turns: tuple[str, ...] = ("model",)
        """Kinds of rows that are a turn; messages where no model call went through the gate."""

    def spread(self, window: Window) -> None:
        """Find the loaded rows of the known hits."""
        hits = self.quest.hits if self.quest else []
        inside = hits[bisect_left(hits, window.first) : bisect_right(hits, window.last)]
        self.found = frozenset(row.n for n in inside for row in window.trace.rows_of(n)[-1:])

    def wants(self, what: str) -> Callable[[Row], bool]:
        """Return the test for a kind of thing."""
        if what == "error":
            return lambda row: row.error
        if what == "turn":
            return lambda row: row.kind in self.turns
        return lambda row: row.n in self.found

    def next(self, rows: Sequence[Row], at: int, seek: Seek) -> int | None:
        """Return the number of the next row after (or before) number ``at`` that is wanted, or None."""
        wanted = self.wants(seek.what)
        beyond = (
            (row for row in rows if row.n > at)
            if seek.by > 0
            else (row for row in reversed(rows) if row.n < at)
        )
        return next((row.n for row in beyond if wanted(row)), None)

    def nearest(self, at: int) -> int | None:
        """Return the loaded row with a hit at or after ``at``, else the last one before it."""
        rows = sorted(self.found)
        return next((n for n in rows if n >= at), rows[-1] if rows else None)
