"""What agents report, and what the hub adds to a run's trace. One discriminated union, no I/O, no clock.

An :class:`Envelope` carries one event. Its ``event`` is one of the classes below, told apart by ``kind``;
a kind that this version does not know becomes :class:`Unknown` with its fields kept, so an older console
survives a newer agent.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, TypeAdapter

from interlock import ids
from interlock.model import Body, Escalation, Model, Name, Permit, Run, Sha256
from interlock.text import Untrusted
from interlock.told import (
    By,
    CallId,
    CompensationEnded,
    CompensationPlanned,
    CompensationStep,
    ConfirmedStopped,
    Count,
    Drained,
    EscalationDecided,
    EscalationOpened,
    EscalationUsed,
    EscalationVoted,
    GateJoined,
    GateLeft,
    InFlight,
    Millis,
    Note,
    OrderAcknowledged,
    OrderIssued,
    OrderRecorded,
    OutcomeReconciled,
    OutcomeUnknown,
    PresumedStopped,
    RunBack,
    RunClaimed,
    RunLost,
    RunNoted,
    RunReleased,
    RunRuled,
    Short,
    ToolClass,
)

__all__ = [
    "EVENTS",
    "HUB_KINDS",
    "By",
    "CallId",
    "CompensationEnded",
    "CompensationPlanned",
    "CompensationStep",
    "ConfirmedStopped",
    "Count",
    "Drained",
    "Envelope",
    "EscalationDecided",
    "EscalationOpened",
    "EscalationUsed",
    "EscalationVoted",
    "Event",
    "GateJoined",
    "GateLeft",
    "InFlight",
    "Millis",
    "Note",
    "OrderAcknowledged",
    "OrderIssued",
    "OrderRecorded",
    "OutcomeReconciled",
    "OutcomeUnknown",
    "PresumedStopped",
    "RunBack",
    "RunClaimed",
    "RunLost",
    "RunNoted",
    "RunReleased",
    "RunRuled",
    "Short",
    "ToolClass",
    "Unknown",
    "event_adapter",
]


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
