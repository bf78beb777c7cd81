"""What a run has called so far: counts, order and times, as sequence bounds need them. Pure: time is an argument."""

import json
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, Final, Literal, Self, cast

__all__ = ["WINDOWS", "History", "Outcome"]

Outcome = Literal["started", "done", "failed", "unknown"]
WINDOWS: Final = {"minute": 60.0, "day": 86_400.0}
"""Seconds of each window of ``at_most``. Windows slide: the last minute, the last day."""

_TIMES: Final = 10_000
"""Times kept of one tool; no ``at_most`` over a window may be larger."""
_TOOLS: Final = 4_096
"""Names kept. An agent that makes up more of them is counted under one name, and no rule is about that one."""
_REST: Final = ""


class History:
    """The calls of one run that the policy let through.

    ``note`` a call once when it starts (``started``) and once when it ends, or only when it ended: either way it
    counts once. A call that was refused is never noted.
    """

    __slots__ = ("_flying", "_times", "at", "counts", "done")

    def __init__(self) -> None:
        self.at = 0.0
        """The newest time noted, in seconds of whatever clock the caller counts by."""
        self.counts: dict[str, int] = {}
        """How often each tool started; read only."""
        self.done: set[str] = set()
        """The tools that ended well at least once; read only."""
        self._flying: dict[str, int] = {}
        self._times: dict[str, list[float]] = {}

    def note(self, tool: str, at: float, outcome: Outcome) -> None:
        """Count a call of ``tool`` at ``at`` seconds. Times that go back are taken as the newest one."""
        if tool not in self.counts and len(self.counts) >= _TOOLS:
            tool = _REST
        if at > self.at:
            self.at = at
        flying = self._flying
        if outcome == "started":
            flying[tool] = flying.get(tool, 0) + 1
            self._count(tool)
            return
        if flying.get(tool):
            flying[tool] -= 1
        else:
            self._count(tool)
        if outcome == "done":
            self.done.add(tool)

    def withdraw(self, tool: str) -> None:
        """Take back the newest call of ``tool`` that was noted as started and then did not start."""
        if self._flying.get(tool, 0):
            self._flying[tool] -= 1
            self.counts[tool] -= 1
            self._times[tool].pop()

    def _count(self, tool: str) -> None:
        times = self._times.get(tool)
        if times is None:
            times = self._times[tool] = []
        self.counts[tool] = self.counts.get(tool, 0) + 1
        times.append(self.at)
        if len(times) > 2 * _TIMES:
            del times[:-_TIMES]

    def within(self, tools: Iterable[str], since: float) -> int:
        """Return how many calls of ``tools`` started after ``since``."""
        return sum(len(times) - bisect_right(times, since) for times in map(self._of, tools))

    def _of(self, tool: str) -> list[float]:
        return self._times.get(tool, [])

    def to_json(self) -> str:
        """Return the history as text, for a run that goes on in another process."""
        return json.dumps(
            {
                "at": self.at,
                "counts": self.counts,
                "done": sorted(self.done),
                "flying": {tool: count for tool, count in self._flying.items() if count},
                "times": self._times,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the history that :meth:`to_json` wrote. Raises ValueError for anything else."""
        try:
            body = cast("dict[str, Any]", json.loads(text))
            made = cls()
            made.at = float(body["at"])
            made.counts = {str(tool): int(count) for tool, count in body["counts"].items()}
            made.done = {str(tool) for tool in body["done"]}
            made._flying = {str(tool): int(count) for tool, count in body["flying"].items()}
            made._times = {str(tool): [float(at) for at in times] for tool, times in body["times"].items()}
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a history: {error!r}") from None
        return made
