"""How far one order got, asked again and again until it is complete: its summary often, its receipts now and then."""

from collections.abc import Callable
from typing import Any

from interlock_console import combined, receipts
from interlock_console.client import segment
from interlock_console.combined import Row
from interlock_console.station import Station

__all__ = ["Following"]

Json = dict[str, Any]

_SUMMARY_EVERY, _RECEIPTS_EVERY = 0.5, 2.0
_STANDING_EVERY = 2.0
"""Seconds between two questions about an order that is complete and stands: later runs join it."""


class Following:
    """Used on the screen's thread; the desk's threads only hand answers over."""

    def __init__(self, station: Station, order: str, answer: Json | None = None) -> None:
        """Follow ``order``; ``answer`` is what the hub said when it was given, if that is at hand."""
        self.order = order
        self.summary: Json | None = (answer or {}).get("summary")
        self.receipts: list[Json] = (answer or {}).get("receipts") or []
        self.refused: list[Json] = (answer or {}).get("refused") or []
        self.problem = ""
        """Why the last question got no answer; empty when it did."""
        self._station = station
        self._asking: set[str] = set()
        self._asked: dict[str, float] = {}

    @property
    def complete(self) -> bool:
        """Whether nothing more is expected of the targets there are now."""
        return bool(self.summary and self.summary["complete"])

    def pulse(self) -> None:
        """Ask what is due."""
        stands = bool(self.summary and self.summary.get("standing") and not self.summary.get("lifted"))
        if self.summary is None or not self.complete or stands:
            every = _STANDING_EVERY if self.complete else _SUMMARY_EVERY
            self._ask("summary", f"/v1/orders/{segment(self.order)}/summary", every, self._summed)
        if not self._told():
            self._ask("receipts", f"/v1/orders/{segment(self.order)}", _RECEIPTS_EVERY, self._received)

    def _told(self) -> bool:
        """Return whether the receipts are those of a complete order already."""
        if not self.complete:
            return False
        total = min(200, int((self.summary or {}).get("targets") or 0))
        return len(self.receipts) >= total and all(not receipt.get("waits_for") for receipt in self.receipts)

    def rows(self, *, head: bool = False) -> list[Row]:
        """Return the combined receipt as lines; what could not be asked comes first. ``head`` has its sentence too."""
        found = [Row("hub", f"{self.problem}; below is what it said before", "fault")] if self.problem else []
        if self.summary is None:
            return [*found, Row("", "asking the hub how far it got", "dim")]
        runs = self._station.runs
        told = [receipts.of(receipt, runs.get(str(receipt["run"]))) for receipt in self.receipts]
        found += [combined.head(self.summary, told)] if head else []
        return found + combined.rows(self.summary, told, self.refused, self._parent)

    def _parent(self, run: str) -> str:
        state = self._station.runs.get(run)
        return state.parent if state else ""

    def _ask(self, what: str, path: str, every: float, take: Callable[[Json], None]) -> None:
        now = self._station.clock()
        if what in self._asking or now - self._asked.get(what, float("-inf")) < every:
            return
        self._asking.add(what)
        self._asked[what] = now

        def done(answer: Json | None, problem: str) -> None:
            if answer is not None:
                take(answer)
            self.problem = problem
            self._asking.discard(what)

        self._station.desk.ask(lambda client: client.get(path), done)

    def _summed(self, answer: Json) -> None:
        self.summary = answer

    def _received(self, answer: Json) -> None:
        self.receipts = answer["receipts"]
        self.summary = answer.get("summary") or self.summary
