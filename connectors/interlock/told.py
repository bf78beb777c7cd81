"""What the hub itself adds to a run's trace: orders and what came of them, gates, hands, rules, decisions, amends.

No agent may write any of these kinds. :mod:`interlock.events` has the union they belong to, and what agents report.
"""

from typing import Annotated, Literal

from pydantic import Field

from interlock.model import Escalation, Gate, Model, Name, Order, Permit, Plan, Run, Sha256
from interlock.text import Untrusted

__all__ = [
    "By",
    "CallId",
    "CompensationEnded",
    "CompensationPlanned",
    "CompensationStep",
    "ConfirmedStopped",
    "Count",
    "Drained",
    "EscalationDecided",
    "EscalationOpened",
    "EscalationUsed",
    "EscalationVoted",
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
]

ToolClass = Literal["read", "write", "danger"]
CallId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
# Bounds far above anything real, so that no sum overflows what SQLite and JSON can hold.
Millis = Annotated[float, Field(ge=0, le=1e15)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Short = Annotated[Untrusted, Field(max_length=512)]


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
