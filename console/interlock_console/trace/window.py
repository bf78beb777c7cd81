"""The part of a run that is in memory: a stretch of its events without holes, or with the holes marked.

A run may have 100,000 events and megabytes of text. The window keeps the newest, or those a person paged to, within
a budget of events and of characters; what goes over is dropped at the end that is further away.
"""

from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Any

from interlock_console.trace.fold import Row, Trace

__all__ = ["MOST_CHARACTERS", "MOST_ITEMS", "Window"]

Json = dict[str, Any]

MOST_ITEMS = 5000
MOST_CHARACTERS = 24_000_000
_KEEP = 0.8
"""Share of the budget that is left after something was dropped, so that not every new event drops one."""


class Window:
    """Events ``first`` to ``last`` of a run that has ``end`` of them, and the trace folded from them."""

    def __init__(self, most_items: int = MOST_ITEMS, most_characters: int = MOST_CHARACTERS) -> None:
        self.items: dict[int, Json] = {}
        self.trace = Trace()
        self.end = 0
        self._most = (most_items, most_characters)
        self._weight = 0

    @property
    def first(self) -> int:
        """The number of the oldest event here, 0 when there is none."""
        return next(iter(self.items), 0)

    @property
    def last(self) -> int:
        """The number of the newest event here, 0 when there is none."""
        return next(reversed(self.items), 0)

    @property
    def at_start(self) -> bool:
        """Whether the run's first event is here."""
        return self.first == 1

    @property
    def at_end(self) -> bool:
        """Whether the newest event the hub has told of is here."""
        return self.last >= self.end

    @property
    def missing(self) -> list[tuple[int, int]]:
        """The holes inside of the window, as pairs of the first and the last missing number."""
        return [(one + 1, other - 1) for one, other in pairwise(self.items) if other != one + 1]

    def open(self, items: Sequence[Json], end: int) -> None:
        """Begin anew with one page; ``end`` is the number of the run's newest event."""
        self.items, self._weight = {}, 0
        self.end = max(end, self.end)
        self._take(items)
        self._fold()

    def older(self, items: Sequence[Json]) -> None:
        """Put a page in front; the newest events are dropped when that is too much."""
        self._take(items)
        self.items = dict(sorted(self.items.items()))
        self._trim(newest=True)
        self._fold()

    def newer(self, items: Sequence[Json]) -> None:
        """Put a page, or what was missing in a hole, behind; the oldest events are dropped when that is too much."""
        behind = bool(items) and items[0]["n"] > self.last
        self._take(items)
        if not behind:
            self.items = dict(sorted(self.items.items()))
        self._trim(newest=False)
        self._fold()

    def live(self, items: Sequence[Json]) -> list[Row]:
        """Take events as the feed brings them, and return the rows that are new or changed.

        Where the window does not reach the end of the run, they are only counted. A number that is skipped
        leaves a hole, which the trace shows as a row of its own until :meth:`newer` fills it.
        """
        changed: list[Row] = []
        for item in items:
            joined = self.at_end
            self.end = max(self.end, item["n"])
            last = self.last
            if not joined or item["n"] <= last:
                continue
            if last and item["n"] > last + 1:
                changed.append(self.trace.gap(last + 1, item["n"] - 1))
            self._take((item,))
            changed += self.trace.add(item)
        if self._trim(newest=False):
            self._fold()
            return list(self.trace.rows.values())
        return changed

    def replace(self, item: Json) -> list[Row]:
        """Put the full event in the place of one that the feed had shortened, and return the rows that show it."""
        n = item["n"]
        if n not in self.items:
            return []
        self._weight += _weigh(item) - _weigh(self.items[n])
        self.items[n] = item
        rows = self.trace.rows_of(n)
        for row in rows:
            row.items = [item if old["n"] == n else old for old in row.items]
            row.version += 1
        return rows

    def _take(self, items: Sequence[Json]) -> None:
        for item in items:
            if item["n"] not in self.items:
                self._weight += _weigh(item)
                self.items[item["n"]] = item
        self.end = max(self.end, self.last)

    def _trim(self, *, newest: bool) -> bool:
        most_items, most_characters = self._most
        if len(self.items) <= most_items and self._weight <= most_characters:
            return False
        ends = iter(list(reversed(self.items)) if newest else list(self.items))
        for n in islice(ends, len(self.items) - 1):
            if len(self.items) <= most_items * _KEEP and self._weight <= most_characters * _KEEP:
                break
            self._weight -= _weigh(self.items.pop(n))
        return True

    def _fold(self) -> None:
        trace = Trace()
        last = 0
        for n, item in self.items.items():
            if last and n != last + 1:
                trace.gap(last + 1, n - 1)
            trace.add(item)
            last = n
        self.trace = trace


def _weigh(item: Json) -> int:
    weight = 200
    for value in item["e"]["event"].values():
        if isinstance(value, str):
            weight += len(value)
        elif isinstance(value, dict):
            weight += 600
    return weight
