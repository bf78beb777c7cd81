"""Where the next thing that matters is: a failure, a model turn or a hit of a search, either way. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from interlock_console.trace.fold import Row

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


class Finder:
    """Knows what was searched for and which rows hold it."""

    def __init__(self) -> None:
        self.needle = ""
        self.hits: list[int] = []
        self.partly = 0
        """Rows of which only a part of a text could be searched."""
        self.turns: tuple[str, ...] = ("model",)
        """Kinds of rows that are a turn; messages where no model call went through the gate."""

    def wants(self, what: str) -> Callable[[Row], bool]:
        """Return the test for a kind of thing."""
        if what == "error":
            return lambda row: row.error
        if what == "turn":
            return lambda row: row.kind in self.turns
        hits = frozenset(self.hits)
        return lambda row: row.n in hits

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
        """Return the hit at or after ``at``, else the last one before it."""
        return next((n for n in self.hits if n >= at), self.hits[-1] if self.hits else None)

    def add(self, rows: Iterable[int]) -> None:
        """Take more hits, in any order."""
        self.hits = sorted({*self.hits, *rows})

    def words(self, at: int, *, whole: bool) -> str:
        """Return the state of the search in words; empty without one. ``whole``: all of the run was searched."""
        if not self.needle:
            return ""
        place = f"{self.hits.index(at) + 1} of " if at in self.hits else ""
        said = f"{place}{len(self.hits)} hit{'s' * (len(self.hits) != 1)}"
        if not whole:
            said += " in what is loaded, N looks further back"
        return said + (f", {self.partly} texts only in part" if self.partly else "")
