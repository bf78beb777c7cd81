"""Stored events folded into the rows of a trace: one row a call, from its proposal to its outcome, one a saying.

Pure. An *item* is ``{"n", "pos", "e": envelope}`` as the hub stores and sends it. A row is known by the ``n`` of its
first event; events that belong to the same call go into the same row. A verdict other than ``allow`` and every order
and stage of a stop has a row of its own as well, because *when* it happened matters.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["GAP", "Row", "Trace"]

Json = dict[str, Any]

GAP = "gap"
"""The kind of the row that stands where events are missing."""


@dataclass(slots=True)
class Row:
    """What the trace shows on one line. ``word`` is its state, at most 8 letters, said in ``tone``.

    ``open`` is true of a call whose end has not been seen. ``version`` grows whenever an event was folded in.
    """

    n: int
    at: float
    kind: str
    items: list[Json] = field(default_factory=list[Json])
    call: str = ""
    word: str = ""
    tone: str = "text"
    error: bool = False
    open: bool = False
    ms: float | None = None
    version: int = 0
    said: Any = None
    """What the row says, remembered by whoever words it until ``version`` grows."""

    def event(self, kind: str) -> Json | None:
        """Return the newest event of that kind in this row."""
        for item in reversed(self.items):
            event: Json = item["e"]["event"]
            if event["kind"] == kind:
                return event
        return None

    @property
    def last(self) -> int:
        """The ``n`` of the newest event in this row."""
        return int(self.items[-1]["n"]) if self.items else self.n


class Trace:
    """Rows by the ``n`` of their first event, in the order of ``n``. Items must come in that order, too."""

    def __init__(self, items: Iterable[Json] = ()) -> None:
        self.rows: dict[int, Row] = {}
        self._rows_of: dict[int, tuple[int, ...]] = {}
        self._calls: dict[str, Row] = {}
        self.asked: dict[str, Row] = {}
        """Rows of calls that wait for a person, by their escalation."""
        for item in items:
            self.add(item)

    def add(self, item: Json) -> list[Row]:
        """Fold one item in and return the rows that show it: the call it belongs to, one of its own, or both."""
        event = item["e"]["event"]
        handler = _HANDLERS.get(event["kind"], _unknown)
        rows = handler(self, item, event)
        self._rows_of[item["n"]] = tuple(row.n for row in rows)
        return rows

    def gap(self, first: int, last: int) -> Row:
        """Put a row where the events ``first`` to ``last`` of the run are missing."""
        row = self.rows[first] = Row(first, 0.0, GAP, word="MISSING", tone="alarm", ms=float(last))
        return row

    def rows_of(self, n: int) -> list[Row]:
        """Return the rows that show the event ``n``; the last of them is where it is looked for."""
        return [self.rows[place] for place in self._rows_of.get(n, ()) if place in self.rows]

    # For the handlers.

    def own(self, item: Json, kind: str, word: str = "", tone: str = "text", *, error: bool = False) -> Row:
        """Return a new row that begins with this item."""
        row = Row(item["n"], item["e"]["at"], kind, [item], word=word, tone=tone, error=error)
        self.rows[row.n] = row
        return row

    def call_row(self, item: Json, kind: str) -> Row:
        """Return the row of the call this item is about, a new one if the beginning of the call is not here."""
        call = item["e"]["event"]["call"]
        row = self._calls.get(call)
        if row is None:
            row = self._calls[call] = self.own(item, kind)
            row.call = call
            return row
        row.items.append(item)
        row.version += 1
        if kind != "call":
            row.kind = kind
        return row

    def forget(self, call: str) -> None:
        """Let the next event of this call begin a new row: the id is used a second time."""
        self._calls.pop(call, None)

    def known(self, call: str) -> Row | None:
        """Return the row of a call that has begun."""
        return self._calls.get(call)


def _set(row: Row, word: str, tone: str, *, opened: bool, error: bool = False) -> Row:
    row.word, row.tone, row.open, row.error = word, tone, opened, error
    return row


def _proposed(trace: Trace, item: Json, event: Json) -> list[Row]:
    before = trace.known(event["call"])
    if before is not None and before.event("tool.proposed") is not None:
        trace.forget(event["call"])
    return [_set(trace.call_row(item, "tool"), "asks", "held", opened=True)]


_VERDICTS = {
    "allow": ("allowed", "text", True),
    "ask": ("ASKS", "held", True),
    "shadow": ("SHADOW", "held", True),
    "hold": ("HELD", "held", True),
    "deny": ("DENIED", "fault", False),
    "killed": ("KILLED", "still", False),
}


def _decided(trace: Trace, item: Json, event: Json) -> list[Row]:
    word, tone, opened = _VERDICTS.get(event["verdict"], (event["verdict"], "fault", True))
    refused = event["verdict"] in ("deny", "killed")
    row = trace.call_row(item, "call")
    # A verdict that comes after the start, or after the end, changes nothing about how the call stands.
    if row.open or len(row.items) == 1:
        _set(row, word, tone, opened=opened, error=refused)
    if event["verdict"] != "allow" and row.n != item["n"]:
        return [row, trace.own(item, "gate", word, tone)]
    return [row]


def _tool_started(trace: Trace, item: Json, _: Json) -> list[Row]:
    row = trace.call_row(item, "tool")
    return [row if row.word == "UNKNOWN" else _set(row, "running", "live", opened=True)]


_OUTCOMES = {"done": ("done", "quiet"), "failed": ("FAILED", "fault"), "unknown": ("UNKNOWN", "alarm")}


def _tool_finished(trace: Trace, item: Json, event: Json) -> list[Row]:
    row = trace.call_row(item, "tool")
    word, tone = _OUTCOMES.get(event["outcome"], (event["outcome"], "fault"))
    if event.get("shadow"):
        word, tone = "SHADOW", "held"
    row.ms = event.get("ms")
    return [_set(row, word, tone, opened=False, error=event["outcome"] != "done")]


def _retried(trace: Trace, item: Json, _: Json) -> list[Row]:
    return [_set(trace.call_row(item, "tool"), "retries", "held", opened=True)]


def _repeated(trace: Trace, item: Json, _: Json) -> list[Row]:
    return [_set(trace.call_row(item, "tool"), "repeated", "quiet", opened=False)]


_SCREENED = {"flag": ("flagged", "held"), "ask": ("ASKS", "held"), "block": ("BLOCKED", "fault")}


def _screened(trace: Trace, item: Json, event: Json) -> list[Row]:
    word, tone = _SCREENED.get(event["verdict"], (event["verdict"], "fault"))
    return [trace.own(item, "guard", word, tone, error=event["verdict"] == "block")]


_BREAKERS = {"open": ("OPEN", "fault"), "half-open": ("trying", "held"), "closed": ("closed", "quiet")}


def _breaker(trace: Trace, item: Json, event: Json) -> list[Row]:
    word, tone = _BREAKERS.get(event["state"], (event["state"], "fault"))
    return [trace.own(item, "breaker", word, tone, error=event["state"] == "open")]


_ASKED = {
    "approved": ("approved", "live"),
    "rejected": ("REJECTED", "still"),
    "timed_out": ("TIMEDOUT", "still"),
    "void": ("VOID", "still"),
}


def _waits(trace: Trace, item: Json, event: Json) -> list[Row]:
    row = trace.asked[event["escalation"]] = trace.own(item, "ask", "WAITS", "held")
    return [row]


def _answered(trace: Trace, item: Json, event: Json) -> list[Row]:
    waited = trace.asked.pop(event["escalation"], None)
    own = trace.own(item, "ask", *_ASKED.get(event["verdict"], (event["verdict"], "held")))
    if waited is None:
        return [own]
    # When it waited is what that row says; that it waits still would be wrong.
    waited.word, waited.tone = "waited", "quiet"
    waited.version += 1
    return [waited, own]


_MENDED = {"done": "live", "sent": "quiet", "doing": "live", "stopped": "held", "unknown": "alarm"}


def _mended(trace: Trace, item: Json, event: Json) -> list[Row]:
    return [trace.own(item, "mend", event["state"], _MENDED.get(event["state"], "fault"))]


def _reconciled(trace: Trace, item: Json, event: Json) -> list[Row]:
    word, tone = _OUTCOMES.get(event["outcome"], (event["outcome"], "fault"))
    own = trace.own(item, "mend", word, tone)
    begun = trace.known(event["call"])
    if begun is None:
        return [own]
    begun.items.append(item)
    begun.version += 1
    return [_set(begun, word, tone, opened=False, error=event["outcome"] != "done"), own]


def _outcome_unknown(trace: Trace, item: Json, event: Json) -> list[Row]:
    begun = trace.known(event["call"])
    if begun is None:
        return [trace.own(item, "lost", "UNKNOWN", "alarm", error=True)]
    begun.items.append(item)
    begun.version += 1
    return [
        _set(begun, "UNKNOWN", "alarm", opened=False, error=True),
        trace.own(item, "lost", "UNKNOWN", "alarm"),
    ]


def _model_started(trace: Trace, item: Json, event: Json) -> list[Row]:
    before = trace.known(event["call"])
    if before is not None and before.event("model.started") is not None:
        trace.forget(event["call"])
    return [_set(trace.call_row(item, "model"), "running", "live", opened=True)]


def _model_finished(trace: Trace, item: Json, event: Json) -> list[Row]:
    row = trace.call_row(item, "model")
    row.ms = event.get("ms")
    failed = bool(event.get("error"))
    word, tone = ("FAILED", "fault") if failed else ("done", "quiet")
    return [_set(row, word, tone, opened=False, error=failed)]


_CLAIMS = {"done": ("done", "quiet"), "failed": ("FAILED", "fault"), "killed": ("KILLED", "still")}


def _run_finished(trace: Trace, item: Json, event: Json) -> list[Row]:
    word, tone = _CLAIMS.get(event["claim"], (event["claim"], "quiet"))
    return [trace.own(item, "end", word, tone, error=event["claim"] == "failed")]


_Handler = Callable[[Trace, Json, Json], list[Row]]


def _issued(trace: Trace, item: Json, event: Json) -> list[Row]:
    return [trace.own(item, "order", "issued", "alarm" if event["verb"] == "kill" else "held")]


def _stage(word: str, tone: str) -> _Handler:
    def handler(trace: Trace, item: Json, event: Json) -> list[Row]:
        row = trace.own(item, "order", word, tone)
        row.ms = event["ms"]
        return [row]

    return handler


def _alone(kind: str, word: str = "", tone: str = "text", *, error: bool = False) -> _Handler:
    def handler(trace: Trace, item: Json, _: Json) -> list[Row]:
        return [trace.own(item, kind, word, tone, error=error)]

    return handler


_unknown = _alone("?", "unknown", "held")

_HANDLERS: dict[str, _Handler] = {
    "run.started": _alone("start"),
    "run.finished": _run_finished,
    "model.started": _model_started,
    "model.finished": _model_finished,
    "reasoning": _alone("think"),
    "message": _alone("say"),
    "context.snapshot": _alone("context"),
    "tool.proposed": _proposed,
    "gate.decided": _decided,
    "tool.started": _tool_started,
    "tool.finished": _tool_finished,
    "tool.retried": _retried,
    "tool.repeated": _repeated,
    "breaker.changed": _breaker,
    "input.screened": _screened,
    "escalation.opened": _waits,
    "escalation.voted": _alone("ask", "voted", "held"),
    "escalation.decided": _answered,
    "escalation.used": _alone("ask", "used", "quiet"),
    "compensation.planned": _alone("mend", "planned", "held"),
    "compensation.step": _mended,
    "compensation.ended": _mended,
    "outcome.reconciled": _reconciled,
    "reports.shed": _alone("shed", "MISSING", "alarm"),
    "order.issued": _issued,
    "order.acknowledged": _alone("order", "answered"),
    "order.recorded": _stage("recorded", "text"),
    "drained": _stage("drained", "held"),
    "stop.presumed": _stage("PRESUMED", "alarm"),
    "stop.confirmed": _stage("STOPPED", "still"),
    "gate.joined": _alone("gate", "joined", "quiet"),
    "gate.left": _alone("gate", "left", "quiet"),
    "run.lost": _alone("lost", "LOST", "fault", error=True),
    "run.back": _alone("lost", "back", "live"),
    "outcome.unknown": _outcome_unknown,
    "run.claimed": _alone("hand", "claimed", "quiet"),
    "run.released": _alone("hand", "released", "quiet"),
    "run.noted": _alone("hand", "noted"),
    "run.ruled": _alone("rules", "ruled", "quiet"),
}
