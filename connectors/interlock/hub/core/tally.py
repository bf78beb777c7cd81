"""How often each role used each tool of late, in a bounded number of counts. Pure.

A window counts the whole of the bucket it begins in, so that a bound by time is never reached too late.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["ROLES_MAX", "TOOLS_MAX", "Tally"]

_KEPT = {1: 120, 60: 86_400}
"""How many seconds buckets of each width are kept."""
ROLES_MAX, TOOLS_MAX = 500, 500
"""Roles, and tools of one, that are counted; past that the one that was not used for longest is forgotten."""

Counts = dict[int, dict[int, int]]
"""Width -> number of the bucket -> how often, oldest first."""


@dataclass(slots=True)
class Tally:
    """Uses by role and tool. Times are seconds of one clock that never goes back, and go on over a restart."""

    uses: dict[str, dict[str, Counts]] = field(default_factory=dict[str, dict[str, Counts]])
    """Role -> tool -> counts, each in the order of their last use."""
    latest: float = 0.0
    """The newest time it was given."""

    def note(self, role: str, tool: str, at: float, by: int = 1) -> None:
        """Count one use at this time, or with ``by`` -1 take one back that came to nothing."""
        self.latest = max(self.latest, at)
        tools = self.uses.pop(role, None) or {}
        self.uses[role] = tools
        counts = tools.pop(tool, None) or {width: {} for width in _KEPT}
        tools[tool] = counts
        for width, seconds in _KEPT.items():
            buckets, number = counts[width], int(at // width)
            if number in buckets or by > 0:
                buckets[number] = max(0, buckets.get(number, 0) + by)
            while buckets and (oldest := next(iter(buckets))) < (self.latest - seconds) // width:
                del buckets[oldest]
        if len(tools) > TOOLS_MAX:
            del tools[next(iter(tools))]
        if len(self.uses) > ROLES_MAX:
            del self.uses[next(iter(self.uses))]

    def tools(self, role: str) -> tuple[str, ...]:
        """Return the tools of a role that are counted."""
        return tuple(self.uses.get(role, ()))

    def within(self, role: str, tool: str, seconds: float, now: float) -> int:
        """Return how many uses there were in the last so many seconds, a day at most."""
        counts = self.uses.get(role, {}).get(tool)
        if counts is None:
            return 0
        width = next((width for width, kept in _KEPT.items() if seconds <= kept), 60)
        first = (now - seconds) // width
        return sum(count for number, count in counts[width].items() if number >= first)

    def plain(self) -> list[Any]:
        """Return it as JSON; the inverse of :meth:`read`."""
        rows = [
            [role, tool, [[width, list(buckets.items())] for width, buckets in counts.items()]]
            for role, tools in self.uses.items()
            for tool, counts in tools.items()
        ]
        return [self.latest, rows]

    @classmethod
    def read(cls, plain: list[Any]) -> "Tally":
        """Return the tally that this was."""
        latest, rows = plain
        tally = cls(latest=latest)
        for role, tool, counts in rows:
            made = {width: {int(number): count for number, count in pairs} for width, pairs in counts}
            tally.uses.setdefault(role, {})[tool] = made
        return tally
