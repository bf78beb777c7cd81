"""What one row of a trace says on its line, as visible pieces of text with a tone. What it is is found by its kind.

Summaries are cut early: a line never costs more than its few hundred characters, however long the text behind it.
"""

import json
from collections.abc import Callable
from typing import Any, cast

from interlock.ids import shorten
from interlock_console.output import millis
from interlock_console.trace.deciding import DECIDING, rule_of
from interlock_console.trace.fold import GAP, Row
from interlock_console.trace.gist import Piece, body_text, gist
from interlock_console.trace.layout import EDGE

__all__ = ["Piece", "body_text", "gist", "label", "said"]

Json = dict[str, Any]

_LABELS = {
    "model": "LLM",
    "tool": "TOOL",
    "call": "CALL",
    "think": "THINK",
    "say": "SAY",
    "context": "CTX",
    "gate": "GATE",
    "order": "ORDER",
    "start": "START",
    "end": "END",
    "lost": "LOST",
    "?": "?",
    "shed": "GAP",
    "hand": "HAND",
    "rules": "RULES",
    "ask": "ASK",
    "guard": "GUARD",
    "breaker": "BREAK",
    "mend": "MEND",
    GAP: "GAP",
}

_VOICES = {"user": "USER", "system": "SYSTEM"}
_CLASSES = {"read": "READ", "write": "WRITE", "danger": "DANGER"}

_ARGUMENT = 200
_SENTENCE = 16


def label(row: Row) -> str:
    """Return the word for the kind of a row, at most six letters: a call by its class, a message by its role."""
    if row.kind == "tool" and (proposed := row.event("tool.proposed")) is not None:
        return _CLASSES.get(proposed.get("cls", ""), "TOOL")
    if row.kind == "say":
        return _VOICES.get(_event(row).get("role", ""), "SAY")
    return _LABELS.get(row.kind, "?")


def said(row: Row) -> tuple[list[Piece], list[Piece]]:
    """Return what the row says: first what it is, then what came of it; both may be cut to fit."""
    if row.said is None or row.said[0] != row.version:
        row.said = (row.version, _SAY.get(row.kind, _unknown)(row))
    words: tuple[list[Piece], list[Piece]] = row.said[1]
    return words


def _event(row: Row) -> Json:
    event: Json = row.items[-1]["e"]["event"]
    return event


def _tool(row: Row) -> tuple[list[Piece], list[Piece]]:
    proposed, finished = row.event("tool.proposed"), row.event("tool.finished")
    lost = row.event("outcome.unknown")
    name: list[Piece]
    if proposed is None:
        name = [(gist((lost or {}).get("tool") or row.call), "text"), (" (it began earlier)", "dim")]
    else:
        name = [(gist(proposed.get("tool", "")) + " ", "head"), *_arguments(proposed.get("args"))]
    return name, _outcome(finished, lost) or _waiting(row)


def _arguments(args: Any) -> list[Piece]:
    text = body_text(args)
    try:
        values = json.loads(text) if isinstance(args, str) and len(text) <= 65_536 else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or not values:
        return [(gist(text), "text")] if text not in ("", "{}") else []
    named = {name: _value(value) for name, value in cast("Json", values).items()}
    pieces: list[Piece] = []
    # A path comes before the file that is written to it. A value that is a sentence says itself what it is.
    for name, value in sorted(named.items(), key=lambda pair: len(pair[1]) >= _ARGUMENT):
        if len(named) > 1 and len(value) < _SENTENCE:
            pieces.append((gist(name) + "=", "dim"))
        pieces.append((value + "  ", "text"))
    return pieces


def _value(value: object) -> str:
    if isinstance(value, str):
        return gist(value, _ARGUMENT)
    return gist(json.dumps(value, ensure_ascii=False, separators=(",", ":")), _ARGUMENT)


def _outcome(finished: Json | None, lost: Json | None) -> list[Piece]:
    if finished is not None and finished.get("shadow"):
        return [("nothing happened: ", "held"), (gist(body_text(finished.get("result"))), "quiet")]
    if finished is None:
        return [(f"{gist(lost.get('why', ''))}: it may have happened", "alarm")] if lost else []
    late = "late: " if finished.get("late") else ""
    error = body_text(finished.get("error"))
    if error or finished["outcome"] != "done":
        tone = "alarm" if finished["outcome"] == "unknown" else "fault"
        return [(late + (gist(error) or f"{finished['outcome']}, and no word why"), tone)]
    return [(late + (gist(body_text(finished.get("result"))) or "(empty result)"), "quiet")]


def _waiting(row: Row) -> list[Piece]:
    verdict = row.event("gate.decided")
    if verdict is None or verdict["verdict"] == "allow":
        return []
    return [(gist(f"{rule_of(verdict)} {verdict.get('reason') or ''}"), row.tone)]


def _model(row: Row) -> tuple[list[Piece], list[Piece]]:
    started, finished = row.event("model.started") or {}, row.event("model.finished") or {}
    asked, served = started.get("asked") or "", finished.get("served") or ""
    name: list[Piece] = [(gist(asked or served or "model"), "head")]
    if asked and served and asked != served:
        name.append((f" != served {gist(served)}", "held"))
    if finished.get("tokens_in") is not None or finished.get("tokens_out") is not None:
        name.append((f" {finished.get('tokens_in') or 0}+{finished.get('tokens_out') or 0} tok", "dim"))
    if finished.get("error"):
        return name, [(gist(body_text(finished["error"])), "fault")]
    return name, [(gist(body_text(finished["text"])), "text")] if finished.get("text") else []


def _call(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = row.event("gate.decided") or {}
    return [
        (gist(row.call), "text"),
        (" " + gist(f"{event.get('verdict')}: {event.get('rule')}"), "dim"),
    ], _waiting(row)


def _gate(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    if event["kind"] != "gate.decided":
        where = f"pid {event['pid']} on {event.get('host') or 'an unnamed host'}" if event.get("pid") else ""
        return [(gist(event["gate"]), "text"), ("  " + gist(event.get("why") or where), "dim")], []
    rule = gist(f"{rule_of(event)}  {event.get('reason') or ''}")
    waited = f"  waited {millis(event['waited_ms'])}" if event.get("waited_ms") else ""
    return [(f"{gist(event['verdict'])} {gist(event['call'])}  ", row.tone), (rule + waited, "text")], []


def _order(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    order = shorten(event["order"])
    if event["kind"] == "order.issued":
        inherited = (
            f"  inherited from {shorten(event['inherited_from'])}" if event.get("inherited_from") else ""
        )
        words = f"{event['verb']} by {gist(event.get('by', ''), 80)}"
        return [
            (words, row.tone),
            (f"  {gist(event.get('reason', ''))}", "text"),
            (f"{inherited}  {order}", "dim"),
        ], []
    if event["kind"] == "order.acknowledged":
        flying = event.get("in_flight") or ()
        names = gist(", ".join(call["tool"] for call in flying))
        said = f"{shorten(event['gate'])} answered, {len(flying)} call{'s' * (len(flying) != 1)} in flight  "
        return [(said, "held" if flying else "text"), (f"{names}  {order}", "dim")], []
    sentence = _STAGES.get(event["kind"], event["kind"])
    return [
        (f"{event['verb']} {sentence}", row.tone),
        (f"  {gist(event.get('note') or '')}  {order}", "dim"),
    ], []


_STAGES = {
    "order.recorded": "recorded: the order is on disk",
    "drained": "drained: no gated call in flight",
    "stop.presumed": "presumed stopped: nothing new can start; not confirmed",
    "stop.confirmed": "confirmed stopped: no gated call in flight",
}


def _say(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    return [
        (f"{gist(event.get('author') or event.get('role', ''), 40)}: ", "head"),
        (gist(body_text(event.get("text"))), "text"),
    ], []


def _start(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    who = f"{gist(event.get('agent', ''), 60)} as {gist(event.get('role', ''), 60)}"
    return [(who + ": ", "head"), (gist(body_text(event.get("goal"))), "text")], []


def _end(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    text = body_text(event.get("error")) or body_text(event.get("output"))
    return [(f"the agent claims {gist(event['claim'])}  ", row.tone), (gist(text), "text")], []


def _lost(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    if event["kind"] == "run.back":
        return [(f"a gate of the run is back: {shorten(event['gate'])}", "live")], []
    if event["kind"] == "outcome.unknown":
        words = f"{gist(event.get('tool', ''), 80)}: outcome unknown, it may have happened"
        return [(words, "alarm"), (f"  {gist(event.get('why', ''))}  {event.get('permit', '')}", "text")], []
    return [(f"lost: {gist(event.get('why', ''))}", "fault")], []


def _hand(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    who = [(f"{gist(event.get('by', ''), 80)}: ", "head")]
    if event["kind"] == "run.noted":
        return [*who, (gist(event.get("text", "")), "text")], []
    taken = f", taken from {gist(event['taken_from'], 80)}" if event.get("taken_from") else ""
    return [*who, (row.word + taken, "text"), (f"  {gist(event.get('note', ''))}", "quiet")], []


def _rules(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    policy = f"policy {event.get('n', 0)}" if event.get("policy") else "no policy"
    staged = ", staged for a share of the runs" if event.get("candidate") else ""
    level = gist(event.get("level", "auto"), 20)
    return [(f"under {policy}{staged}: ", "text"), (level, "text" if level == "auto" else "held")], []


def _shed(row: Row) -> tuple[list[Piece], list[Piece]]:
    count = _event(row)["count"]
    return [(f"{count} reports were not kept here: more came than the hub took", "alarm")], []


def _missing(row: Row) -> tuple[list[Piece], list[Piece]]:
    last = int(row.ms or row.n)
    return [(f"events {row.n} to {last} did not come over the feed and are not shown here yet", "alarm")], []


def _edge(row: Row) -> tuple[list[Piece], list[Piece]]:
    return [(f"events {row.word} are not loaded: moving on loads them", "held")], []


def _unknown(row: Row) -> tuple[list[Piece], list[Piece]]:
    event = _event(row)
    rest = ", ".join(f"{key}={_value(value)}" for key, value in event.items() if key != "kind")
    return [
        (gist(event["kind"], 80), "held"),
        (" is a kind this console does not know: ", "dim"),
        (gist(rest), "text"),
    ], []


_SAY: dict[str, Callable[[Row], tuple[list[Piece], list[Piece]]]] = {
    "tool": _tool,
    "model": _model,
    "call": _call,
    "gate": _gate,
    "order": _order,
    "think": lambda row: ([(gist(body_text(_event(row).get("text"))), "text")], []),
    "say": _say,
    "context": lambda row: (
        [("context  ", "dim"), (gist(body_text(_event(row).get("messages"))), "text")],
        [],
    ),
    "start": _start,
    "end": _end,
    "lost": _lost,
    "shed": _shed,
    "hand": _hand,
    "rules": _rules,
    **DECIDING,
    EDGE: _edge,
    GAP: _missing,
}
