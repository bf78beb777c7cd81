"""What agents report, and what the hub adds to a run's trace. One discriminated union, no I/O, no clock.

An :class:`Envelope` carries one event. Its ``event`` is one of the classes below, told apart by ``kind``;
a kind that this version does not know becomes :class:`Unknown` with its fields kept, so an older console
survives a newer agent.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, TypeAdapter

from interlock import ids
from interlock.model import Body, Escalation, Gate, Model, Name, Order, Permit, Plan, Run, Sha256
from interlock.text import Untrusted

__all__ = ["EVENTS", "HUB_KINDS", "Envelope", "Event", "InFlight", "Unknown", "event_adapter"]

ToolClass = Literal["read", "write", "danger"]
CallId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
# Bounds far above anything real, so that no sum overflows what SQLite and JSON can hold.
Millis = Annotated[float, Field(ge=0, le=1e15)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Short = Annotated[Untrusted, Field(max_length=512)]


class RunStarted(Model):
    """A run began. The first event of every run."""

    kind: Literal["run.started"] = "run.started"
    agent: Name
    role: Name
    goal: Body
    model: Name | None = None
    """The model asked for; what was served is known per call."""
    success: Untrusted | None = None
    """How one would know that the goal is reached, in the agent owner's words."""
    mode: Literal["live", "replay", "shadow"] = "live"
    parent: Run | None = None
    connector: str = "python"
    labels: Annotated[dict[str, Untrusted], Field(max_length=32, default_factory=dict)]


class RunFinished(Model):
    """The run ended, as the agent claims it: a claim, never a verdict."""

    kind: Literal["run.finished"] = "run.finished"
    claim: Literal["done", "failed", "cancelled", "killed", "ended"]
    """``ended`` is an end without any claim."""
    output: Body | None = None
    error: Body | None = None


class ModelStarted(Model):
    """A model call passed the gate and began."""

    kind: Literal["model.started"] = "model.started"
    call: CallId
    asked: Name | None = None
    messages: Body | None = None
    """The context the model was given, as JSON text."""


class ModelFinished(Model):
    """A model call ended. Costs are US dollars, tokens as the provider counted them."""

    kind: Literal["model.finished"] = "model.finished"
    call: CallId
    served: Name | None = None
    text: Body | None = None
    tokens_in: Count | None = None
    tokens_out: Count | None = None
    tokens_cached: Count | None = None
    tokens_reasoning: Count | None = None
    cost: Annotated[float, Field(ge=0, le=1e12)] | None = None
    finish: Untrusted | None = None
    error: Body | None = None
    ms: Millis | None = None


class Reasoning(Model):
    """What the agent said it was thinking."""

    kind: Literal["reasoning"] = "reasoning"
    text: Body
    call: CallId | None = None


class Message(Model):
    """One message of the conversation, by whoever ``author`` says."""

    kind: Literal["message"] = "message"
    role: Literal["system", "user", "assistant", "tool", "other"]
    text: Body
    author: Name | None = None


class ContextSnapshot(Model):
    """What was in the model's context at a decision, as JSON text."""

    kind: Literal["context.snapshot"] = "context.snapshot"
    messages: Body
    call: CallId | None = None


class ToolProposed(Model):
    """The agent wants to call a tool. ``args`` is canonical JSON of the bound arguments, secrets redacted."""

    kind: Literal["tool.proposed"] = "tool.proposed"
    call: CallId
    tool: Name
    cls: ToolClass
    args: Body
    digest: Sha256 | None = None
    """Of the exact arguments (see ``interlock.canonical``), before redaction."""
    parent_call: CallId | None = None


class GateDecided(Model):
    """The gate's verdict on one tool or model call."""

    kind: Literal["gate.decided"] = "gate.decided"
    call: CallId
    verdict: Literal["allow", "deny", "ask", "shadow", "hold", "killed"]
    """``hold`` and ``ask``: waiting, for a resume or for a person; another verdict for the same call follows.
    ``shadow``: the call goes on, and its effect does not happen; ``would`` says what it would have come to."""
    rule: str = ""
    """What decided: a path in the policy, ``class read``, ``permit``, ``order o-...``, ``lease``, ``dial role``."""
    reason: Untrusted | None = None
    permit: Permit | None = None
    waited_ms: Millis = 0.0
    bound: Short | None = None
    """What the rule says, for example ``<= 200``."""
    value: Short | None = None
    """What in the call it is about."""
    would: Literal["allow", "ask", "deny"] | None = None
    policy: Sha256 | None = None
    """The policy it was decided by."""
    escalation: Escalation | None = None
    edited_by: Short | None = None
    """A person changed the arguments; ``args`` (secrets redacted) and ``digest`` are of what runs."""
    args: Body | None = None
    digest: Sha256 | None = None


class ToolStarted(Model):
    """The tool body began; from here its effects are possible."""

    kind: Literal["tool.started"] = "tool.started"
    call: CallId
    permit: Permit | None = None
    attempt: Annotated[int, Field(ge=1, le=2**31)] = 1
    """Each attempt of a call is said to start; ``tool.retried`` stands between two."""
    key: Name | None = None
    """The idempotency key that goes downstream; absent where that is the permit itself, or there is none."""
    shadow: Literal[True] | None = None
    """The body was not run: the call is in shadow, or is one of a recording."""


class ToolFinished(Model):
    """The tool ended, or its time did. A write that timed out is ``unknown``, never ``failed``."""

    kind: Literal["tool.finished"] = "tool.finished"
    call: CallId
    outcome: Literal["done", "failed", "unknown"]
    result: Body | None = None
    error: Body | None = None
    ms: Millis = 0.0
    late: bool = False
    """True for the outcome of a call that had been given up as unknown before."""
    shadow: Literal[True] | None = None
    """Nothing happened outside: ``result`` is what the tool's contract declares for a shadowed call."""


class ToolRetried(Model):
    """One attempt of a call did not succeed, and another one follows ``wait_ms`` later, unless it is stopped."""

    kind: Literal["tool.retried"] = "tool.retried"
    call: CallId
    attempt: Annotated[int, Field(ge=1, le=2**31)]
    """The one that ended."""
    outcome: Literal["failed", "unknown"]
    error: Body | None = None
    wait_ms: Millis = 0.0


class ToolRepeated(Model):
    """A call with the idempotency key of one that is done: it got that call's answer, and nothing ran."""

    kind: Literal["tool.repeated"] = "tool.repeated"
    call: CallId
    first: CallId


class BreakerChanged(Model):
    """The circuit breaker of a tool at this gate changed its state, because of how ``call`` went."""

    kind: Literal["breaker.changed"] = "breaker.changed"
    call: CallId
    tool: Name
    endpoint: Name = Untrusted("")
    state: Literal["closed", "open", "half-open"]
    failures: Count = 0
    """Of the last ``calls`` calls in its window."""
    calls: Count = 0
    for_ms: Millis = 0.0
    """How long it stays open, from now."""


class InputFinding(Model):
    """What a guardrail found in one text: which rule, where the text came from, and what stands there."""

    verdict: Literal["flag", "ask", "block"]
    rule: Annotated[str, Field(max_length=256)]
    """``guard.injection: SIGN``, ``guard.scope...`` or ``guard.hooks.NAME``, as the role's policy has it."""
    source: Name
    excerpt: Annotated[Untrusted, Field(max_length=200)] = Untrusted("")
    offset: Count = 0
    """Where the excerpt begins in its text, in characters."""


class InputScreened(Model):
    """What the guardrails found in what a model was about to read, or in what a tool gave back. None for no finding.

    From then on the run is tainted by the sources that ``findings`` name: policies may ask because of it.
    """

    kind: Literal["input.screened"] = "input.screened"
    call: CallId | None = None
    """The model call it is for, or the tool call whose result it is; none for the goal."""
    verdict: Literal["flag", "ask", "block"]
    findings: Annotated[tuple[InputFinding, ...], Field(min_length=1, max_length=32)]
    unread: Count = 0
    """Characters that were not looked at, because there were too many."""


class ReportsShed(Model):
    """Reports of this gate that were not kept, between the event before this one and the one after.

    More came than the hub took. Thoughts and messages are left out one by one; calls of reads and models whole, with
    all their events. Calls that can have an effect are never left out.
    """

    kind: Literal["reports.shed"] = "reports.shed"
    count: Count
    """Events that are missing."""


class InFlight(Model):
    """One call that has passed a gate and not ended."""

    call: CallId
    tool: Name
    cls: Literal["read", "write", "danger", "model"]
    ms: Millis = 0.0
    """How long it has been in flight, by the gate's own clock."""
    permit: Permit | None = None


class OrderIssued(Model):
    """An operator's order reached the hub and was pushed or is about to be. Written by the hub."""

    kind: Literal["order.issued"] = "order.issued"
    order: Order
    verb: Literal["cancel", "pause", "resume", "kill"]
    by: Untrusted
    reason: Untrusted
    inherited_from: Run | None = None
    """The run named in the order, when this one is its descendant."""


class OrderAcknowledged(Model):
    """One gate answered an order; ``in_flight`` is what it still has in the air. Written by the hub."""

    kind: Literal["order.acknowledged"] = "order.acknowledged"
    order: Order
    gate: Gate
    in_flight: tuple[InFlight, ...] = ()


class _Stage(Model):
    order: Order
    verb: Literal["cancel", "pause", "resume", "kill"]
    ms: Millis
    """Since the hub received the order, by the hub's monotonic clock."""
    note: str = ""


class OrderRecorded(_Stage):
    """The order is on disk. Written by the hub."""

    kind: Literal["order.recorded"] = "order.recorded"


class Drained(_Stage):
    """Every gate of a paused run answered, and no gated call is in flight. Written by the hub."""

    kind: Literal["drained"] = "drained"


class PresumedStopped(_Stage):
    """Every permit and lease of the run has run out: nothing new can start. Written by the hub."""

    kind: Literal["stop.presumed"] = "stop.presumed"


class ConfirmedStopped(_Stage):
    """Every gate of the run answered this order and has no gated call in flight. Written by the hub."""

    kind: Literal["stop.confirmed"] = "stop.confirmed"


class GateJoined(Model):
    """A process connected its gate to the run. Written by the hub."""

    kind: Literal["gate.joined"] = "gate.joined"
    gate: Gate
    pid: int | None = None
    host: Untrusted = Untrusted("")


class GateLeft(Model):
    """A gate left the run for good: it said so, or its process is gone. Written by the hub."""

    kind: Literal["gate.left"] = "gate.left"
    gate: Gate
    why: str


class RunLost(Model):
    """No heartbeat from any gate of the run for too long. Written by the hub."""

    kind: Literal["run.lost"] = "run.lost"
    why: str


class RunBack(Model):
    """A gate of a lost run is back. Written by the hub."""

    kind: Literal["run.back"] = "run.back"
    gate: Gate


class OutcomeUnknown(Model):
    """A permit was given and its outcome will not come: the effect may have happened. Written by the hub."""

    kind: Literal["outcome.unknown"] = "outcome.unknown"
    call: CallId
    permit: Permit
    tool: Name
    why: str


By = Annotated[Untrusted, Field(max_length=128)]
Note = Annotated[Untrusted, Field(max_length=2000)]


class RunClaimed(Model):
    """Somebody has the run in hand now. Written by the hub."""

    kind: Literal["run.claimed"] = "run.claimed"
    by: By
    note: Note = Untrusted("")
    taken_from: By | None = None
    """Who had it, where it was taken over."""


class RunReleased(Model):
    """Nobody has the run in hand any more. Written by the hub."""

    kind: Literal["run.released"] = "run.released"
    by: By
    note: Note = Untrusted("")
    taken_from: By | None = None
    """Who had it, where it was somebody other than ``by``."""


class RunRuled(Model):
    """What the run is under from now on: the policy, and how far it may go by itself. Written by the hub."""

    kind: Literal["run.ruled"] = "run.ruled"
    policy: Sha256 | None = None
    """Its digest; none while no policy was pushed."""
    n: Count = 0
    """Its number at the hub."""
    candidate: bool = False
    """The run is one of the share that is under a staged policy."""
    level: Literal["stopped", "read-only", "shadow", "ask", "auto"] = "auto"
    """The lowest of the role's autonomy and of the dials that cover the run; single tools may have a lower one."""


class RunNoted(Model):
    """What a person wrote about the run. Written by the hub."""

    kind: Literal["run.noted"] = "run.noted"
    by: By
    text: Note


class EscalationOpened(Model):
    """A call waits until a person decides. Written by the hub."""

    kind: Literal["escalation.opened"] = "escalation.opened"
    escalation: Escalation
    call: CallId
    tool: Name
    cls: ToolClass
    digest: Sha256
    """What a vote is for."""
    why: Annotated[tuple[Annotated[Untrusted, Field(max_length=1000)], ...], Field(max_length=16)] = ()
    needs: Count = 1
    wait_ms: Millis = 0.0


class EscalationVoted(Model):
    """Somebody approved, and more people have to. Written by the hub."""

    kind: Literal["escalation.voted"] = "escalation.voted"
    escalation: Escalation
    by: By
    votes: Count
    needs: Count
    edited: bool = False
    """They changed the arguments: votes before this one do not count."""


class EscalationDecided(Model):
    """What waited waits no more. Written by the hub."""

    kind: Literal["escalation.decided"] = "escalation.decided"
    escalation: Escalation
    verdict: Literal["approved", "rejected", "timed_out", "void"]
    by: By
    reason: Note = Untrusted("")
    edited: bool = False
    cause: str = ""


class EscalationUsed(Model):
    """The one permit of an approval was given. Written by the hub."""

    kind: Literal["escalation.used"] = "escalation.used"
    escalation: Escalation
    call: CallId
    permit: Permit


class CompensationPlanned(Model):
    """A person had effects of this run made good: that is on disk, and begins. Written by the hub."""

    kind: Literal["compensation.planned"] = "compensation.planned"
    plan: Plan
    by: By
    reason: Note = Untrusted("")
    permits: Annotated[tuple[Permit, ...], Field(max_length=200)]
    """The effects of this run that the plan is about, the newest first."""


class CompensationStep(Model):
    """How far the making good of one effect got; told to the run of the effect and to that of the job.

    Written by the hub.
    """

    kind: Literal["compensation.step"] = "compensation.step"
    plan: Plan
    permit: Permit
    """What is made good."""
    tool: Name
    """What makes it good."""
    state: Literal["sent", "doing", "done", "failed", "unknown", "refused"]
    run: Run | None = None
    """The run of the job, once there is one."""
    problem: Annotated[Untrusted, Field(max_length=2000)] | None = None


class CompensationEnded(Model):
    """A plan goes no further. Written by the hub."""

    kind: Literal["compensation.ended"] = "compensation.ended"
    plan: Plan
    state: Literal["done", "failed", "unknown", "refused", "stopped"]
    why: str = ""


class OutcomeReconciled(Model):
    """It is known now how a call ended whose outcome was unknown. Written by the hub."""

    kind: Literal["outcome.reconciled"] = "outcome.reconciled"
    call: CallId
    permit: Permit
    tool: Name
    outcome: Literal["done", "failed"]
    how: Literal["probe", "person"]
    by: By
    reason: Note = Untrusted("")


class Unknown(Model):
    """An event of a kind this version does not know; every field it came with is kept."""

    model_config = ConfigDict(frozen=True, extra="allow")
    kind: Annotated[str, Field(max_length=128)]


EVENTS: tuple[type[Model], ...] = (
    RunStarted,
    RunFinished,
    ModelStarted,
    ModelFinished,
    Reasoning,
    Message,
    ContextSnapshot,
    ToolProposed,
    GateDecided,
    ToolStarted,
    ToolFinished,
    ToolRetried,
    ToolRepeated,
    BreakerChanged,
    InputScreened,
    ReportsShed,
    OrderIssued,
    OrderAcknowledged,
    OrderRecorded,
    Drained,
    PresumedStopped,
    ConfirmedStopped,
    GateJoined,
    GateLeft,
    RunLost,
    RunBack,
    OutcomeUnknown,
    RunClaimed,
    RunReleased,
    RunNoted,
    RunRuled,
    EscalationOpened,
    EscalationVoted,
    EscalationDecided,
    EscalationUsed,
    CompensationPlanned,
    CompensationStep,
    CompensationEnded,
    OutcomeReconciled,
)


def _kind(model: type[Model]) -> str:
    return str(model.model_fields["kind"].default)


_KNOWN = frozenset(map(_kind, EVENTS))

HUB_KINDS = frozenset(map(_kind, EVENTS[EVENTS.index(OrderIssued) :]))
"""Kinds only the hub may write; from an agent they are refused."""


def _tag(value: dict[str, Any] | Model) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) and kind in _KNOWN else "?"


Event = Annotated[
    Annotated[RunStarted, Tag("run.started")]
    | Annotated[RunFinished, Tag("run.finished")]
    | Annotated[ModelStarted, Tag("model.started")]
    | Annotated[ModelFinished, Tag("model.finished")]
    | Annotated[Reasoning, Tag("reasoning")]
    | Annotated[Message, Tag("message")]
    | Annotated[ContextSnapshot, Tag("context.snapshot")]
    | Annotated[ToolProposed, Tag("tool.proposed")]
    | Annotated[GateDecided, Tag("gate.decided")]
    | Annotated[ToolStarted, Tag("tool.started")]
    | Annotated[ToolFinished, Tag("tool.finished")]
    | Annotated[ToolRetried, Tag("tool.retried")]
    | Annotated[ToolRepeated, Tag("tool.repeated")]
    | Annotated[BreakerChanged, Tag("breaker.changed")]
    | Annotated[InputScreened, Tag("input.screened")]
    | Annotated[ReportsShed, Tag("reports.shed")]
    | Annotated[OrderIssued, Tag("order.issued")]
    | Annotated[OrderAcknowledged, Tag("order.acknowledged")]
    | Annotated[OrderRecorded, Tag("order.recorded")]
    | Annotated[Drained, Tag("drained")]
    | Annotated[PresumedStopped, Tag("stop.presumed")]
    | Annotated[ConfirmedStopped, Tag("stop.confirmed")]
    | Annotated[GateJoined, Tag("gate.joined")]
    | Annotated[GateLeft, Tag("gate.left")]
    | Annotated[RunLost, Tag("run.lost")]
    | Annotated[RunBack, Tag("run.back")]
    | Annotated[OutcomeUnknown, Tag("outcome.unknown")]
    | Annotated[RunClaimed, Tag("run.claimed")]
    | Annotated[RunReleased, Tag("run.released")]
    | Annotated[RunNoted, Tag("run.noted")]
    | Annotated[RunRuled, Tag("run.ruled")]
    | Annotated[EscalationOpened, Tag("escalation.opened")]
    | Annotated[EscalationVoted, Tag("escalation.voted")]
    | Annotated[EscalationDecided, Tag("escalation.decided")]
    | Annotated[EscalationUsed, Tag("escalation.used")]
    | Annotated[CompensationPlanned, Tag("compensation.planned")]
    | Annotated[CompensationStep, Tag("compensation.step")]
    | Annotated[CompensationEnded, Tag("compensation.ended")]
    | Annotated[OutcomeReconciled, Tag("outcome.reconciled")]
    | Annotated[Unknown, Tag("?")],
    Discriminator(_tag),
]

event_adapter: TypeAdapter[Any] = TypeAdapter(Event)


class Envelope(Model):
    """One event with its place in the run.

    ``seq`` counts 1, 2, 3 ... without gaps for each pair of run and gate: it is what resume and dedupe
    use. The hub adds two numbers when it stores the event: ``n``, dense within the run, and ``pos``, the
    one order of the whole hub.
    """

    v: Literal[1] = 1
    run: Run
    seq: Annotated[int, Field(ge=1, le=2**53)]
    at: Annotated[float, Field(ge=0, le=1e12)]
    """Unix seconds by the agent's wall clock: decoration, never used for order."""
    trace: Annotated[str, Field(pattern=ids.TRACE)]
    span: Annotated[str, Field(pattern=ids.SPAN)]
    parent: Annotated[str, Field(pattern=ids.SPAN)] | None = None
    recorded: Count | None = None
    """The event's own number in the recording it was replayed from; absent for what the gate itself adds."""
    event: Event
