"""One stored event as one line of text. What an event says is found in a table by its kind."""

from collections.abc import Callable
from typing import Any, cast

from interlock.ids import shorten
from interlock_console.output import clock, line, millis

__all__ = ["line_of", "summary"]

Json = dict[str, Any]

_LIMIT = 160


def line_of(item: Json, agents: dict[str, str] | None = None) -> str:
    """Return one line for a stored event; ``agents`` gives the name of each run's agent and turns the column on."""
    envelope = item["e"]
    event = envelope["event"]
    run = line(shorten(envelope["run"]))
    who = "" if agents is None else f"{line(agents.get(envelope['run'], ''), 12):<12}  "
    head = f"{clock(envelope['at'])}  {run}  {who}{line(event['kind'], 18):<18}"
    return f"{head}  {summary(event)}".rstrip()


def summary(event: Json) -> str:
    """Return what an event says, in one visible line; of an unknown kind the names of its fields."""
    say = _SAY.get(event["kind"])
    if say is None:
        return line("unknown kind with " + ", ".join(key for key in event if key != "kind"), _LIMIT)
    return line(say(event), _LIMIT)


def _body(body: Any) -> str:
    if isinstance(body, dict):
        ref = cast("Json", body)
        return f"{ref.get('head', '')} ... ({ref.get('size', '?')} bytes)"
    return body or ""


def _join(*parts: object) -> str:
    return "  ".join(str(part) for part in parts if part not in (None, ""))


def _started(event: Json) -> str:
    return f"{event['agent']} as {event['role']}: {_body(event['goal'])}"


def _finished(event: Json) -> str:
    return _join(f"the agent claims {event['claim']}", _body(event.get("output")), _body(event.get("error")))


def _model_finished(event: Json) -> str:
    tokens = f"{event.get('tokens_in') or 0}+{event.get('tokens_out') or 0} tokens"
    return _join(
        event["call"], event.get("served"), tokens, _body(event.get("error")) or _body(event.get("text"))
    )


def _message(event: Json) -> str:
    return f"{event.get('author') or event['role']}: {_body(event['text'])}"


def _proposed(event: Json) -> str:
    return _join(event["call"], f"{event['tool']} ({event['cls']})", _body(event["args"]))


def _decided(event: Json) -> str:
    waited = event.get("waited_ms") or 0.0
    after = f"after {millis(waited)}" if waited else ""
    return _join(event["call"], event["verdict"], _rule(event), event.get("reason"), after)


def _rule(event: Json) -> str:
    bound, value = event.get("bound"), event.get("value")
    would = f"it would be: {event['would']}" if event.get("would") else ""
    return _join(event.get("rule"), bound, f"got {value}" if value else "", would)


def _tool_finished(event: Json) -> str:
    late = "late" if event.get("late") else "nothing happened outside" if event.get("shadow") else ""
    took = millis(event.get("ms") or 0.0)
    said = _body(event.get("error")) or _body(event.get("result"))
    return _join(event["call"], event["outcome"], late, took, said)


def _screened(event: Json) -> str:
    first, *more = event["findings"]
    also = f"and {len(more)} more" if more else ""
    return _join(event["verdict"], first["rule"], first["source"], first.get("excerpt"), also)


def _issued(event: Json) -> str:
    return f"{event['verb']} by {event['by']}: {event['reason']}  {event['order']}"


def _acknowledged(event: Json) -> str:
    flying = event.get("in_flight") or ()
    holds = ", ".join(call["tool"] for call in flying)
    return _join(event["gate"], f"{len(flying)} in flight", holds)


def _stage(event: Json) -> str:
    return _join(event["verb"], f"after {millis(event['ms'])}", event.get("note"), event["order"])


def _gate(event: Json) -> str:
    pid = f"pid {event['pid']}" if event.get("pid") else ""
    return _join(event["gate"], pid, event.get("host"), event.get("why"))


def _from(event: Json) -> str:
    return f"taken from {event['taken_from']}" if event.get("taken_from") else ""


_SAY: dict[str, Callable[[Json], str]] = {
    "run.started": _started,
    "run.finished": _finished,
    "model.started": lambda event: _join(event["call"], event.get("asked")),
    "model.finished": _model_finished,
    "reasoning": lambda event: _body(event["text"]),
    "message": _message,
    "context.snapshot": lambda event: _body(event["messages"]),
    "tool.proposed": _proposed,
    "gate.decided": _decided,
    "tool.started": lambda event: _join(event["call"], event.get("permit")),
    "tool.finished": _tool_finished,
    "tool.retried": lambda event: _join(
        event["call"], f"attempt {event['attempt']} {event['outcome']}", _body(event.get("error"))
    ),
    "tool.repeated": lambda event: _join(event["call"], f"has the answer of {event['first']}: nothing ran"),
    "breaker.changed": lambda event: _join(event["tool"], event.get("endpoint"), f"breaker {event['state']}"),
    "input.screened": _screened,
    "escalation.opened": lambda event: _join(
        event["escalation"],
        event["call"],
        event["tool"],
        "waits for a person",
        "; ".join(event.get("why") or ()),
    ),
    "escalation.voted": lambda event: _join(
        event["escalation"], event["by"], f"approves, {event['votes']} of {event['needs']}"
    ),
    "escalation.decided": lambda event: _join(
        event["escalation"], event["verdict"].replace("_", " "), f"by {event['by']}", event.get("reason")
    ),
    "escalation.used": lambda event: _join(event["escalation"], event["call"], event["permit"]),
    "compensation.planned": lambda event: _join(
        event["plan"],
        f"effects: {len(event['permits'])}, by {event['by']}",
        event.get("reason"),
    ),
    "compensation.step": lambda event: _join(
        event["plan"], event["permit"], event["tool"], event["state"], event.get("problem")
    ),
    "compensation.ended": lambda event: _join(event["plan"], event["state"], event.get("why")),
    "outcome.reconciled": lambda event: _join(
        event["permit"],
        event["tool"],
        event["outcome"],
        f"by {event['how']}, {event['by']}",
        event.get("reason"),
    ),
    "reports.shed": lambda event: f"{event['count']} reports were not kept: more came than the hub took",
    "order.issued": _issued,
    "order.acknowledged": _acknowledged,
    "order.recorded": _stage,
    "drained": _stage,
    "stop.presumed": _stage,
    "stop.confirmed": _stage,
    "gate.joined": _gate,
    "gate.left": _gate,
    "run.lost": lambda event: event["why"],
    "run.back": _gate,
    "outcome.unknown": lambda event: _join(event["call"], event["tool"], event["why"]),
    "run.claimed": lambda event: _join(event["by"], _from(event), event.get("note")),
    "run.released": lambda event: _join(event["by"], _from(event), event.get("note")),
    "run.noted": lambda event: _join(event["by"], event["text"]),
    "run.ruled": lambda event: _join(
        f"policy {event['n']}" if event.get("policy") else "no policy",
        "staged" if event.get("candidate") else None,
        event.get("level"),
    ),
}
