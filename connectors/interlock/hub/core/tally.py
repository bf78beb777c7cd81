"""How often each role used each tool of late, in a bounded number of counts. Pure.

A window counts the whole of the bucket it begins in, so that a bound by time is never reached too late.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["BUCKETS", "KEYS_MAX", "Tally"]

BUCKETS = {60.0: 1, 3600.0: 60, 86_400.0: 60}
"""A window in seconds, and the width of the buckets that are added up for it."""
_KEPT = {1: 120, 60: 86_400}
"""How many seconds buckets of each width are kept."""
KEYS_MAX = 10_000
"""Pairs of role and tool that are counted; past that the one that was not used for longest is forgotten."""

Counts = dict[int, dict[int, int]]
"""Width -> number of the bucket -> how often, oldest first."""


@dataclass(slots=True)
class Tally:
    """Uses by role and tool. Times are seconds of one clock that never goes back, and go on over a restart."""

    uses: dict[tuple[str, str], Counts] = field(default_factory=dict[tuple[str, str], Counts])
    latest: float = 0.0
    """The newest time it was given."""

    def note(self, role: str, tool: str, at: float, by: int = 1) -> None:
        """Count one use at this time, or with ``by`` -1 take one back that came to nothing."""
        self.latest = max(self.latest, at)
        counts = self.uses.pop((role, tool), None) or {width: {} for width in _KEPT}
        self.uses[role, tool] = counts
        for width, seconds in _KEPT.items():
            buckets, number = counts[width], int(at // width)
            if number in buckets or by > 0:
                buckets[number] = max(0, buckets.get(number, 0) + by)
            while buckets and (oldest := next(iter(buckets))) < (self.latest - seconds) // width:
                del buckets[oldest]
        if len(self.uses) > KEYS_MAX:
            del self.uses[next(iter(self.uses))]

    def within(self, role: str, tool: str, seconds: float, now: float) -> int:
        """Return how many uses there were in the last so many seconds: a minute, an hour or a day."""
        counts = self.uses.get((role, tool))
        if counts is None:
            return 0
        width = BUCKETS[seconds]
        first = (now - seconds) // width
        return sum(count for number, count in counts[width].items() if number >= first)

    def plain(self) -> list[Any]:
        """Return it as JSON; the inverse of :meth:`read`."""
        return [
            self.latest,
            [
                [*key, [[width, list(buckets.items())] for width, buckets in counts.items()]]
                for key, counts in self.uses.items()
            ],
        ]

    @classmethod
    def read(cls, plain: list[Any]) -> "Tally":
        """Return the tally that this was."""
        latest, rows = plain
        uses = {
            (role, tool): {width: {int(number): count for number, count in pairs} for width, pairs in counts}
            for role, tool, counts in rows
        }
        return cls(uses, latest)
