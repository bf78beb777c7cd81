"""The table of stops: each kill and pause of each run, with the milliseconds to each stage. What an SLO is made of.

It follows the facts of the record, as they are written there, in the transactions of the trace. Row by row it says
again what the record says; the record is what counts.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from interlock.hub.core.effects import Fact
from interlock.hub.sqlite import Writer
from interlock.reserved import reserved

__all__ = ["CLOSED", "KEPT", "SELECT", "Stop", "Stops", "concerns", "to_stop"]

KEPT = 200_000
"""Stops that are kept, the newest; about 30 MB. The canary alone makes 2,880 a day."""
CLOSED = "stop.closed"
"""The kind of a fact that is in no record: when the canary, by its own clock, saw its gate closed."""
_STAGES = ("pushed", "recorded", "acknowledged", "drained", "confirmed", "presumed")
_VERBS = ("kill", "pause")
_OWN = 1000

SELECT = (
    'SELECT n, "order", run, verb, at, canary, pushed, closed, recorded, acknowledged, drained, confirmed, presumed '
    "FROM stops WHERE n < ? ORDER BY n DESC LIMIT ?"
)
_ADD = 'INSERT OR IGNORE INTO stops ("order", run, verb, at, canary) VALUES (?, ?, ?, ?, ?)'
_REACH = {
    name: f'UPDATE stops SET {name} = ? WHERE "order" = ? AND run = ?'  # noqa: S608 - names of this file
    for name in (*_STAGES, "closed")
}
_ANSWERED = 'UPDATE stops SET closed = ? WHERE "order" = ? AND run = ? AND canary = 0'
_TRIM = "DELETE FROM stops WHERE n <= (SELECT max(n) FROM stops) - ?"


class Stop(NamedTuple):
    """One order at one run. Stages are milliseconds since the hub received the order, None while not reached.

    ``closed`` is when nothing could start any more: for the canary as it saw it itself, from giving the order to its
    gate closing; for others as the answer of the last gate came in, None where no gate was left to answer.
    """

    n: int
    order: str
    run: str
    verb: str
    at: float
    """Unix seconds, by the hub's wall clock."""
    canary: bool
    pushed: float | None
    closed: float | None
    recorded: float | None
    acknowledged: float | None
    drained: float | None
    confirmed: float | None
    presumed: float | None


def to_stop(row: tuple[Any, ...]) -> Stop:
    """Return what a row of :data:`SELECT` says."""
    return Stop._make((*row[:5], bool(row[5]), *row[6:]))


def concerns(fact: Fact) -> bool:
    """Return whether the table follows this fact."""
    if fact.kind == "run":
        return reserved(fact.body.get("role", ""))
    return fact.kind == CLOSED or (fact.kind in ("order", "stage") and fact.body["verb"] in _VERBS)


class Stops:
    """Writes the table. Taking the same facts again changes nothing, so a batch that failed may be repeated."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._own: dict[str, None] = {}
        self._take: dict[str, Callable[[Fact], None]] = {
            "run": self._run,
            "order": self._order,
            "stage": self._stage,
            CLOSED: self._closed,
        }

    def write(self, facts: Iterable[Fact]) -> None:
        """Follow these facts, within a transaction."""
        ordered = False
        for fact in facts:
            self._take[fact.kind](fact)
            ordered = ordered or fact.kind == "order"
        if ordered:
            self._writer.many(_TRIM, [(KEPT,)])

    def _run(self, fact: Fact) -> None:
        self._own[fact.run] = None
        if len(self._own) > _OWN:
            del self._own[next(iter(self._own))]

    def _order(self, fact: Fact) -> None:
        body = fact.body
        # An order of many runs is one fact that names them all, and below them their descendants.
        runs = [fact.run] if fact.run else [*body["runs"], *body.get("below", ())]
        verb, at = body["verb"], body.get("since") or body["at"]
        self._writer.many(_ADD, [(fact.order, run, verb, at, int(run in self._own)) for run in runs])

    def _stage(self, fact: Fact) -> None:
        body = fact.body
        if body["stage"] not in _STAGES:
            return
        rows = [(body["ms"], fact.order, run) for run in body["runs"]]
        self._writer.many(_REACH[body["stage"]], rows)
        if body["stage"] == "acknowledged" and body["note"].startswith("by "):
            self._writer.many(_ANSWERED, rows)

    def _closed(self, fact: Fact) -> None:
        self._writer.many(_REACH["closed"], [(fact.body["ms"], fact.order, fact.run)])
