"""A search over the whole run, by the hub: where each direction got to, and what may be said of it. Pure.

It begins at one event and looks both ways. A direction is *done* only when the hub said that there is nothing beyond
what it looked at; until then nobody may say "no more". After a hundred hits in one direction it stops by itself, and
goes on when somebody asks for the hit after the last one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ENOUGH", "Quest"]

Json = dict[str, Any]

ENOUGH = 100
"""Hits in one direction after which the search waits until somebody asks for more."""


@dataclass(slots=True)
class _Side:
    """One direction: ``at`` is how far it looked, ``fresh`` the hits since it was last asked to go on."""

    at: int
    done: bool = False
    fresh: int = 0


@dataclass(slots=True)
class Quest:
    """What was looked for from event ``start`` on, and the events that hold it."""

    needle: str
    start: int
    hits: list[int] = field(default_factory=list[int])
    scanned: int = 0
    skipped: int = 0
    """Long texts that were not (all) looked at."""
    cancelled: bool = False
    problem: str = ""
    """Why the hub does not go on, in words."""
    sides: dict[int, _Side] = field(default_factory=dict[int, _Side])

    def __post_init__(self) -> None:
        self.sides = {-1: _Side(self.start + 1), 1: _Side(self.start)}

    def due(self, end: int) -> int | None:
        """Return the direction to ask about next, None while the search waits or is over. Backwards comes first."""
        if self.cancelled or self.problem:
            return None
        return next((by for by in (-1, 1) if self.sides[by].fresh < ENOUGH and not self.done(by, end)), None)

    def query(self, by: int) -> Json:
        """Return the parameters of the next question in this direction."""
        return {"q": self.needle, ("before" if by < 0 else "after"): self.sides[by].at, "limit": ENOUGH}

    def took(self, by: int, answer: Json) -> None:
        """Take the hub's answer."""
        side = self.sides[by]
        found = [int(hit["n"]) for hit in answer["hits"]]
        side.fresh += len(found)
        self.add(found)
        self.scanned += answer["scanned"]
        self.skipped += answer["skipped"]
        edge = answer["next"]
        if edge is not None:
            side.at = edge
            return
        side.done = True
        if by > 0:
            # What comes later is found in what the feed brings; where that is not loaded, this asks again from here.
            side.at = max(side.at, answer["last"])

    def done(self, by: int, end: int) -> bool:
        """Return whether everything in this direction was looked at; ``end`` is the run's newest event."""
        side = self.sides[by]
        return side.done and (by < 0 or side.at >= end)

    def seen(self, n: int) -> None:
        """Note that the feed's events up to ``n`` were searched where they came in."""
        side = self.sides[1]
        if side.done:
            side.at = max(side.at, n)

    def add(self, found: Iterable[int]) -> None:
        """Take more hits, in any order."""
        self.hits = sorted({*self.hits, *found})

    def more(self, by: int) -> None:
        """Let a direction that had enough go on, and a search that was stopped as well."""
        self.sides[by].fresh, self.cancelled, self.problem = 0, False, ""

    def next(self, at: int, by: int) -> int | None:
        """Return the hit after (or before) event ``at`` among those that are known."""
        place = bisect_right(self.hits, at) if by > 0 else bisect_left(self.hits, at) - 1
        return self.hits[place] if 0 <= place < len(self.hits) else None

    def words(self, at: Iterable[int], end: int) -> str:
        """Return how it stands; ``at`` are the events of the row under the cursor, ``end`` the newest of the run."""
        here = next((n for n in at if n in self.hits), None)
        whole = all(self.done(by, end) for by in (-1, 1))
        count = f"{len(self.hits):,}{'' if whole else '+'} hit{'s' * (len(self.hits) != 1 or not whole)}"
        said = f"{self.hits.index(here) + 1:,} of {count}" if here is not None and whole else count
        if whole and not self.hits:
            said = "no hit in the whole run"
        if not whole:
            said += f", scanned {min(self.scanned, end):,} of {end:,}"
            said += self._why(end)
        if self.skipped:
            said += f"; {self.skipped:,} long texts not or not wholly searched"
        return said

    def _why(self, end: int) -> str:
        if self.problem:
            return f", stopped: {self.problem}"
        if self.cancelled:
            return ", stopped by you; n and N go on"
        return "" if self.due(end) is not None else "; n and N look further"
