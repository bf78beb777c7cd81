"""One run as a fold over its events: the same code in the hub's ``run_state`` table and on a screen.

Pure, and free of pydantic, so that one-shot commands may use it: events come as decoded JSON, one *item*
each, ``{"pos": int, "n": int, "e": envelope}`` with the envelope of :mod:`interlock.events`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, cast
from zlib import crc32

from interlock.text import Untrusted

__all__ = ["LOOP_AT", "OPEN_MAX", "STREAK_AT", "TOOLS_MAX", "RunState", "apply"]

Json = dict[str, Any]

LOOP_AT = 3
"""The same call this many times in a row is shown as a loop (among recorded runs: 2.9 % of AgentDojo's, 9 %
of Claude Code's; every one of the latter failed)."""
STREAK_AT = 3
"""Failed tool calls in a row that are shown as a streak."""

OPEN_MAX = 500
"""Calls of a kind (proposed, flying, unknown) that a state names. It is written with every event, so what an agent
opens and never ends must not make it longer and longer."""

TOOLS_MAX = 24
"""Different tools that a state names, the first ones called: most roles have fewer, and every event writes them."""
_TOOL_NAME = 100
"""Characters of the name of one of them."""

_MOST = 2**53
"""A sum of tokens never says more: beyond anything real, and exact wherever JSON goes."""

_NOTHING = Untrusted("")


@dataclass(slots=True)
class RunState:
    """Everything the fleet screen says of one run. Counts are since its start; times are Unix seconds."""

    run: str
    agent: Untrusted = _NOTHING
    role: Untrusted = _NOTHING
    goal: Untrusted = _NOTHING
    success: Untrusted = _NOTHING
    model_asked: Untrusted = _NOTHING
    model_served: Untrusted = _NOTHING
    mode: str = "live"
    connector: str = ""
    parent: str = ""
    trace: str = ""
    labels: dict[str, Untrusted] = field(default_factory=dict[str, Untrusted])
    n: int = 0
    pos: int = 0
    started_at: float = 0.0
    last_at: float = 0.0
    phase: str = "running"
    """``running``, ``finished`` or ``lost``."""
    claim: str = ""
    hold: str = ""
    """``pausing``, then ``drained`` once every gate of the run stands still."""
    stop: str = ""
    """``requested``, ``recorded``, ``presumed``, ``confirmed``."""
    lost_why: str = ""
    """What the hub knows of a loss: no heartbeat, or a process that is gone."""
    cancelling: bool = False
    order: str = ""
    """The newest pause or kill order that holds for the run."""
    answered: list[str] = field(default_factory=list[str])
    """Gates that have answered it."""
    by: Untrusted = _NOTHING
    calls: int = 0
    models: int = 0
    errors: int = 0
    streak: int = 0
    repeat: int = 0
    denied: int = 0
    last_error: int = 0
    """``n`` of the newest failed call, 0 when there is none."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    tool: Untrusted = _NOTHING
    """The newest tool called."""
    tools: list[Untrusted] = field(default_factory=list[Untrusted])
    """The different tools it asked for, in the order it first did, the first :data:`TOOLS_MAX` of them."""
    said: Untrusted = _NOTHING
    """The beginning of the newest reasoning or message."""
    flying: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    """Calls that passed the gate and have not ended: call id -> [tool, class, since (Unix seconds)]."""
    unknown: dict[str, Untrusted] = field(default_factory=dict[str, Untrusted])
    """Calls whose outcome is unknown: call id -> tool."""
    left_out: int = 0
    """Calls that should be in ``flying`` or ``unknown`` and found no room: both are lower bounds from then on."""
    gates: list[str] = field(default_factory=list[str])
    proposed: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    """Calls not yet started: call id -> [tool, class]."""
    signature: str = ""
    waiting_for: str = ""
    """The oldest escalation a call of it waits for; empty while none does."""
    waiting: list[str] = field(default_factory=list[str])
    """All of them, oldest first."""
    claimed_by: Untrusted = _NOTHING
    """Who has the run in hand, as they say; empty for nobody."""
    claimed_at: float = 0.0
    notes: int = 0
    """How many notes people wrote about it."""
    last_note: Untrusted = _NOTHING
    """The beginning of the newest."""
    policy: str = ""
    """The digest of the policy it was under when it last reported anything; empty while none was pushed."""
    policy_n: int = 0
    """Its number at the hub."""
    candidate: bool = False
    """It is one of the share of runs under a staged policy."""
    level: str = "auto"
    """How far it may go by itself: ``stopped``, ``read-only``, ``shadow``, ``ask``, ``auto``."""

    @property
    def shadowed(self) -> bool:
        """Whether none of its side effects happens: it began so, or policy or dial hold it there."""
        return self.mode == "shadow" or self.level == "shadow"

    def to_json(self) -> Json:
        """Return the state as plain JSON; the inverse of :meth:`from_json`."""
        return {name: _plain(getattr(self, name)) for name in _FIELDS}

    @classmethod
    def from_json(cls, data: Json) -> "RunState":
        """Return the state a hub of this or a newer version wrote; fields it does not know are dropped."""
        state = cls(run=data["run"])
        for name in _FIELDS:
            if name in data:
                setattr(state, name, _typed(name, data[name]))
        return state


_FIELDS = tuple(f.name for f in fields(RunState))
_TEXTS = frozenset(f.name for f in fields(RunState) if f.default is _NOTHING)


def _plain(value: Any) -> Any:
    if isinstance(value, Untrusted):
        return value.raw
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in cast("Json", value).items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast("list[object]", value)]
    return value


def _typed(name: str, value: Any) -> Any:
    if name in _TEXTS:
        return Untrusted(value)
    if name in ("labels", "unknown"):
        return {key: Untrusted(text) for key, text in value.items()}
    if name in ("flying", "proposed"):
        return {key: [Untrusted(entry[0]), *entry[1:]] for key, entry in value.items()}
    if name == "tools":
        return [Untrusted(text) for text in value]
    return value


def apply(state: RunState, item: Json) -> None:
    """Fold one stored event into the state. Items of one run must come in the order of ``n``."""
    envelope = item["e"]
    state.n, state.pos = item["n"], item["pos"]
    at = envelope["at"]
    state.last_at = max(state.last_at, at)
    event = envelope["event"]
    handler = _HANDLERS.get(event["kind"])
    if handler is not None:
        handler(state, event, at)


def _head(body: str | Json, limit: int = 400) -> Untrusted:
    text = body if isinstance(body, str) else body.get("head", "")
    return Untrusted(text[:limit])


def _run_started(state: RunState, event: Json, at: float) -> None:
    state.started_at = at
    state.agent, state.role = Untrusted(event["agent"]), Untrusted(event["role"])
    state.goal = _head(event["goal"], 2000)
    state.success = _head(event.get("success") or "", 2000)
    state.model_asked = Untrusted(event.get("model") or "")
    state.mode, state.connector = event.get("mode", "live"), event.get("connector", "")
    state.parent = event.get("parent") or ""
    state.labels = {key[:200]: _head(text) for key, text in event.get("labels", {}).items()}


def _run_finished(state: RunState, event: Json, _: float) -> None:
    # The first claim counts, as it does for the hub.
    state.phase, state.claim = "finished", state.claim or event["claim"]
    said = event.get("output") or event.get("error")
    if said:
        state.said = _head(said)


def _escalation_opened(state: RunState, event: Json, _: float) -> None:
    if event["escalation"] not in state.waiting and len(state.waiting) < OPEN_MAX:
        # A new list: whoever was handed this state before keeps the one it had.
        state.waiting = [*state.waiting, event["escalation"]]
        state.waiting_for = state.waiting[0]


def _escalation_decided(state: RunState, event: Json, _: float) -> None:
    state.waiting = [name for name in state.waiting if name != event["escalation"]]
    state.waiting_for = state.waiting[0] if state.waiting else ""


def _model_started(state: RunState, event: Json, at: float) -> None:
    state.models += 1
    _fly(state, event["call"], [Untrusted(event.get("asked") or "model"), "model", at])


def _model_finished(state: RunState, event: Json, _: float) -> None:
    state.flying.pop(event["call"], None)
    state.model_served = Untrusted(event["served"]) if event.get("served") else state.model_served
    state.tokens_in = min(state.tokens_in + (event.get("tokens_in") or 0), _MOST)
    state.tokens_out = min(state.tokens_out + (event.get("tokens_out") or 0), _MOST)
    state.cost += event.get("cost") or 0.0


def _fly(state: RunState, call: str, entry: list[Any]) -> None:
    """Name a call that is in flight. The newest are left out where there are too many: the oldest say the most."""
    if len(state.flying) < OPEN_MAX or call in state.flying:
        state.flying[call] = entry
    else:
        state.left_out += 1


def _give_up(state: RunState, call: str, tool: Untrusted) -> None:
    if len(state.unknown) < OPEN_MAX or call in state.unknown:
        state.unknown[call] = tool
    else:
        state.left_out += 1


def _said(state: RunState, event: Json, _: float) -> None:
    state.said = _head(event["text"])


def _tool_proposed(state: RunState, event: Json, _: float) -> None:
    tool = Untrusted(event["tool"])
    state.calls += 1
    state.tool = tool
    known = tool if len(tool) <= _TOOL_NAME else Untrusted(tool.raw[:_TOOL_NAME])
    if known not in state.tools and len(state.tools) < TOOLS_MAX:
        # A new list: whoever was handed this state before keeps the one it had.
        state.tools = [*state.tools, known]
    state.proposed[event["call"]] = [tool, event["cls"]]
    if len(state.proposed) > OPEN_MAX:
        # What was proposed longest ago and never started; should it start after all, it counts as danger.
        del state.proposed[next(iter(state.proposed))]
    args = event.get("args", "")
    exact = event.get("digest") or (args if isinstance(args, str) else args["sha256"])
    if len(exact) > 64:
        exact = f"{exact[:32]} {len(exact)} {crc32(exact.encode(errors='surrogatepass'))}"
    signature = f"{event['tool']}\0{exact}"
    state.repeat = state.repeat + 1 if signature == state.signature else 1
    state.signature = signature


def _gate_decided(state: RunState, event: Json, _: float) -> None:
    if event["verdict"] in ("deny", "killed"):
        state.denied += 1
        state.proposed.pop(event["call"], None)


def _tool_started(state: RunState, event: Json, at: float) -> None:
    tool, cls = state.proposed.pop(event["call"], None) or [_NOTHING, "danger"]
    _fly(state, event["call"], [tool, cls, at])


def _tool_retried(state: RunState, event: Json, _: float) -> None:
    """Remember what it is while it may be out of flight: a paused run is drained between two attempts."""
    known = state.flying.get(event["call"])
    if known is not None:
        state.proposed[event["call"]] = known[:2]


def _tool_repeated(state: RunState, event: Json, _: float) -> None:
    state.proposed.pop(event["call"], None)


def _tool_finished(state: RunState, event: Json, _: float) -> None:
    call, outcome = event["call"], event["outcome"]
    rested = state.proposed.pop(call, None)
    tool = (state.flying.pop(call, None) or rested or [state.unknown.get(call, _NOTHING)])[0]
    state.unknown.pop(call, None)
    if outcome == "unknown":
        _give_up(state, call, tool)
    if outcome == "done":
        state.streak = 0
    else:
        state.errors += not event.get("late", False)
        state.streak += 1
        state.last_error = state.n


def _order_issued(state: RunState, event: Json, _: float) -> None:
    verb = event["verb"]
    if verb == "kill":
        state.stop = state.stop or "requested"
        _holds(state, event)
    elif verb == "pause" and not state.stop:
        state.hold = "pausing"
        _holds(state, event)
    elif verb == "resume" and not state.stop:
        state.hold, state.order = "", ""
    elif verb == "cancel":
        state.cancelling = True


def _holds(state: RunState, event: Json) -> None:
    state.order, state.by, state.answered = event["order"], Untrusted(event["by"]), []


def _acknowledged(state: RunState, event: Json, at: float) -> None:
    """A gate's answer outranks the events: a call given up as unknown may still hold its thread."""
    if event["order"] == state.order and event["gate"] not in state.answered:
        state.answered.append(event["gate"])
    for call in event.get("in_flight", ()):
        flying = [Untrusted(call["tool"]), call["cls"], at - call.get("ms", 0.0) / 1000]
        if call["call"] not in state.flying:
            _fly(state, call["call"], flying)


def _order_recorded(state: RunState, event: Json, _: float) -> None:
    if event["verb"] == "kill" and state.stop == "requested":
        state.stop = "recorded"


def _drained(state: RunState, event: Json, _: float) -> None:
    if state.hold and event["order"] == state.order:
        state.hold = "drained"
        state.flying.clear()


def _presumed(state: RunState, _event: Json, _: float) -> None:
    if state.stop != "confirmed":
        state.stop = "presumed"


def _confirmed(state: RunState, _event: Json, _: float) -> None:
    state.stop = "confirmed"
    state.flying.clear()


def _gate_joined(state: RunState, event: Json, _: float) -> None:
    if event["gate"] not in state.gates:
        state.gates.append(event["gate"])


def _gate_left(state: RunState, event: Json, _: float) -> None:
    if event["gate"] in state.gates:
        state.gates.remove(event["gate"])


def _run_lost(state: RunState, event: Json, _: float) -> None:
    if state.phase == "running":
        state.phase, state.lost_why = "lost", event["why"]


def _run_back(state: RunState, _event: Json, _: float) -> None:
    if state.phase == "lost":
        state.phase = "running"


def _outcome_unknown(state: RunState, event: Json, _: float) -> None:
    state.flying.pop(event["call"], None)
    _give_up(state, event["call"], Untrusted(event["tool"]))


def _reconciled(state: RunState, event: Json, _: float) -> None:
    state.unknown.pop(event["call"], None)


def _claimed(state: RunState, event: Json, at: float) -> None:
    state.claimed_by, state.claimed_at = Untrusted(event["by"]), at


def _released(state: RunState, _event: Json, _: float) -> None:
    state.claimed_by, state.claimed_at = _NOTHING, 0.0


def _noted(state: RunState, event: Json, _: float) -> None:
    state.notes += 1
    state.last_note = _head(event["text"])


def _ruled(state: RunState, event: Json, _: float) -> None:
    state.policy, state.policy_n = event.get("policy") or "", event.get("n", 0)
    state.candidate, state.level = event.get("candidate", False), event.get("level", "auto")


_HANDLERS: dict[str, Callable[[RunState, Json, float], None]] = {
    "run.started": _run_started,
    "run.finished": _run_finished,
    "model.started": _model_started,
    "model.finished": _model_finished,
    "reasoning": _said,
    "message": _said,
    "tool.proposed": _tool_proposed,
    "gate.decided": _gate_decided,
    "tool.started": _tool_started,
    "tool.finished": _tool_finished,
    "tool.retried": _tool_retried,
    "tool.repeated": _tool_repeated,
    "order.issued": _order_issued,
    "order.acknowledged": _acknowledged,
    "order.recorded": _order_recorded,
    "drained": _drained,
    "stop.presumed": _presumed,
    "stop.confirmed": _confirmed,
    "gate.joined": _gate_joined,
    "gate.left": _gate_left,
    "run.lost": _run_lost,
    "run.back": _run_back,
    "outcome.unknown": _outcome_unknown,
    "outcome.reconciled": _reconciled,
    "run.claimed": _claimed,
    "run.released": _released,
    "run.noted": _noted,
    "run.ruled": _ruled,
    "escalation.opened": _escalation_opened,
    "escalation.decided": _escalation_decided,
}
