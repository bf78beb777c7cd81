"""Rollups: what happened in each minute and each hour, by agent and role, added up as the events come in."""

from collections.abc import Callable, Iterator
from typing import Any

from interlock.runs import RunState

__all__ = ["ADD", "Rollup"]

Json = dict[str, Any]

SIZES = (60, 3600)
"""Seconds of one row. Two sizes are enough: minutes for the last days, hours beyond."""
MOST = 2**53
"""No sum goes beyond: more than anything real, and adding two of them fits a column."""
COLUMNS = (
    "started", "done", "failed", "ended", "killed", "calls", "errors", "unknown", "denied", "models",
    "tokens_in", "tokens_out", "cost",
)  # fmt: skip

ADD = (
    f"INSERT INTO rollup VALUES (?, ?, ?, ?{', ?' * len(COLUMNS)}) ON CONFLICT DO UPDATE SET "  # noqa: S608
    + ", ".join(f"{name} = min({name} + excluded.{name}, {MOST})" for name in COLUMNS)
)
"""The statement that adds one row of :meth:`Rollup.rows`."""

_CLAIMS = {"done": "done", "failed": "failed", "killed": "killed"}
_OUTCOMES = {"failed": "errors", "unknown": "unknown"}


class Rollup:
    """Adds up the events of one transaction. ``at`` is the hub's own clock, in Unix seconds."""

    def __init__(self, at: float) -> None:
        self._minute = int(at) // SIZES[0] * SIZES[0]
        self._sums: dict[tuple[str, str], dict[str, float]] = {}

    def add(self, state: RunState, event: Json) -> None:
        """Count an event of a run; most kinds do not count."""
        count = _COUNTS.get(event["kind"])
        if count is not None:
            key = (state.agent.raw, state.role.raw)
            sums = self._sums.get(key)
            if sums is None:
                sums = self._sums[key] = {}
            for name, more in count(event):
                sums[name] = min(sums.get(name, 0) + more, MOST)

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows to add, one for each size, agent and role."""
        return [
            (size, self._minute // size * size, *key, *(sums.get(name, 0) for name in COLUMNS[:-1]), cost)
            for key, sums in self._sums.items()
            for cost in (float(sums.get("cost", 0)),)
            for size in SIZES
        ]


def _started(_: Json) -> Iterator[tuple[str, float]]:
    yield "started", 1


def _finished(event: Json) -> Iterator[tuple[str, float]]:
    yield _CLAIMS.get(event["claim"], "ended"), 1


def _tool(event: Json) -> Iterator[tuple[str, float]]:
    # A late outcome belongs to a call that was counted when it was given up.
    if not event.get("late"):
        yield "calls", 1
        if event["outcome"] in _OUTCOMES:
            yield _OUTCOMES[event["outcome"]], 1


def _gate(event: Json) -> Iterator[tuple[str, float]]:
    if event["verdict"] in ("deny", "killed"):
        yield "denied", 1


def _model(event: Json) -> Iterator[tuple[str, float]]:
    yield "models", 1
    for name in ("tokens_in", "tokens_out", "cost"):
        if event.get(name):
            yield name, event[name]


_COUNTS: dict[str, Callable[[Json], Iterator[tuple[str, float]]]] = {
    "run.started": _started,
    "run.finished": _finished,
    "tool.finished": _tool,
    "gate.decided": _gate,
    "model.finished": _model,
}
