"""What the rows say that are about decisions: guardrails, escalations, breakers, and what was made good."""

from collections.abc import Callable
from typing import Any

from interlock.ids import shorten
from interlock_console.output import millis
from interlock_console.trace.fold import Row
from interlock_console.trace.gist import Piece, gist

__all__ = ["DECIDING", "rule_of"]

Json = dict[str, Any]
Said = tuple[list[Piece], list[Piece]]


def rule_of(event: Json) -> str:
    """Return what decided, with its bound and the value that met it, where the policy named them."""
    bound, value, would = event.get("bound"), event.get("value"), event.get("would")
    met = f" {bound}" if bound else ""
    met += f", got {value}" if value else ""
    met += f"; it would be: {would}" if would else ""
    return f"{event.get('rule', '')}{met}"


def _event(row: Row) -> Json:
    event: Json = row.items[-1]["e"]["event"]
    return event


def _guard(row: Row) -> Said:
    event = _event(row)
    findings: list[Json] = event["findings"]
    first, more = findings[0], len(findings) - 1
    also = f"  and {more} more" if more else ""
    unread = f"  {event['unread']} characters were not looked at" if event.get("unread") else ""
    name: list[Piece] = [
        (f"{gist(first.get('rule', ''), 80)} in {gist(first.get('source', ''), 80)}", row.tone)
    ]
    return name, [(gist(first.get("excerpt", "")), "text"), (also + unread, "dim")]


def _ask(row: Row) -> Said:
    event = _event(row)
    return _ASKED[event["kind"]](event, row.tone)


def _opened(event: Json, tone: str) -> Said:
    people = f"{event['needs']} people decide" if event.get("needs", 1) > 1 else "a person decides"
    name: list[Piece] = [(f"{gist(event['tool'], 80)} waits: {people}", tone)]
    why = "; ".join(map(str, event.get("why") or ()))
    return name, [(gist(why), "text"), (f"  {event['escalation']}", "dim")]


def _voted(event: Json, tone: str) -> Said:
    edited = ", arguments changed" if event.get("edited") else ""
    said = f"{gist(event['by'], 80)} approves, {event['votes']} of {event['needs']}{edited}"
    return [(said, tone), (f"  {event['escalation']}", "dim")], []


def _decided(event: Json, tone: str) -> Said:
    edited = ", with changed arguments" if event.get("edited") else ""
    said = f"{event['verdict'].replace('_', ' ')} by {gist(event['by'], 80)}{edited}"
    return [(said, tone)], [(gist(event.get("reason", "")), "text"), (f"  {event['escalation']}", "dim")]


def _used(event: Json, tone: str) -> Said:
    return [(f"the approval of {event['call']} became {event['permit']}", tone)], []


_ASKED: dict[str, Callable[[Json, str], Said]] = {
    "escalation.opened": _opened,
    "escalation.voted": _voted,
    "escalation.decided": _decided,
    "escalation.used": _used,
}


def _breaker(row: Row) -> Said:
    event = _event(row)
    where = f" at {gist(event['endpoint'], 80)}" if event.get("endpoint") else ""
    name: list[Piece] = [(f"breaker of {gist(event['tool'], 80)}{where} is {event['state']}", row.tone)]
    lasts = f", for {millis(event['for_ms'])}" if event.get("for_ms") else ""
    return name, [(f"{event.get('failures', 0)} of {event.get('calls', 0)} calls failed{lasts}", "quiet")]


def _mend(row: Row) -> Said:
    event = _event(row)
    return _MENDED[event["kind"]](event, row.tone)


def _planned(event: Json, tone: str) -> Said:
    count = len(event.get("permits") or ())
    said = f"{gist(event['by'], 80)} has {count} effect{'s' * (count != 1)} made good"
    return [(said, tone)], [(gist(event.get("reason", "")), "text"), (f"  {event['plan']}", "dim")]


def _step(event: Json, tone: str) -> Said:
    job = f"  {shorten(event['run'])}" if event.get("run") else ""
    said = f"{gist(event['tool'], 80)} for {event['permit']}: {event['state']}"
    return [(said, tone)], [(gist(event.get("problem") or ""), "fault"), (job, "dim")]


def _ended(event: Json, tone: str) -> Said:
    return [(f"the plan {event['plan']} ended: {event['state']}", tone)], [
        (gist(event.get("why", "")), "text")
    ]


def _reconciled(event: Json, tone: str) -> Said:
    how = "by its probe" if event["how"] == "probe" else f"by {gist(event['by'], 80)}"
    said = f"{gist(event['tool'], 80)} {event['outcome']}: found out {how}"
    return [(said, tone)], [(gist(event.get("reason", "")), "text"), (f"  {event['permit']}", "dim")]


_MENDED: dict[str, Callable[[Json, str], Said]] = {
    "compensation.planned": _planned,
    "compensation.step": _step,
    "compensation.ended": _ended,
    "outcome.reconciled": _reconciled,
}

DECIDING: dict[str, Callable[[Row], Said]] = {
    "guard": _guard,
    "ask": _ask,
    "breaker": _breaker,
    "mend": _mend,
}
"""What each kind of these rows says."""
