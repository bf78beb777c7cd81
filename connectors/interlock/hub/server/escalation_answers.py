"""The shapes of what the HTTP API takes and answers about calls that wait for people."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from interlock.events import ToolClass
from interlock.model import Escalation, Model, Permit, Run, Sha256
from interlock.wire import EXACT_MAX

__all__ = [
    "ApproveRequest",
    "Counted",
    "DecidedAnswer",
    "EscalationAnswer",
    "EscalationsAnswer",
    "RejectRequest",
]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ApproveRequest(_Shape):
    """Approve what has this digest, or edit it and approve that."""

    digest: Sha256
    args: Annotated[str, Field(max_length=EXACT_MAX)] | None = None
    """The JSON text of other arguments, which shall run instead."""
    reason: Annotated[str, Field(max_length=2000)] = ""


class RejectRequest(_Shape):
    """Reject what has this digest; the agent is told why."""

    digest: Sha256
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class Bound(_Shape):
    """One rule of the policy, its bound, and the value it met."""

    rule: str
    bound: str
    value: str


class Ballot(_Shape):
    """One approval, of one digest."""

    by: str
    at: float
    digest: Sha256
    edited: bool


class Requester(_Shape):
    """Who asks: the agent, and who owns it, if that is known."""

    agent: str
    owner: str


class Reversible(_Shape):
    """How far it can be made good: its class, and the tool that does it, if there is one."""

    cls: ToolClass
    compensate: str | None


class Likeness(_Shape):
    """The last approved call of the same role and tool."""

    escalation: Escalation
    args: str
    by: str
    at: float


class EscalationAnswer(_Shape):
    """One call that waits, or waited, for people. Texts of the agent are as it wrote them, without secrets."""

    id: Escalation
    state: Literal["waiting", "approved", "rejected", "timed_out", "void", "used"]
    run: Run
    agent: str
    role: str
    goal: str
    call: str
    tool: str
    cls: ToolClass
    definition: str
    policy: str
    args: str
    """Exact JSON, but for secrets."""
    hidden: bool
    """Secrets in it are shown as digests."""
    digest: Sha256
    why: list[Bound]
    near: list[Bound]
    taint: list[str]
    says: str | None
    requester: Requester
    needs: int
    votes: list[Ballot]
    asked_at: float
    expires_at: float | None
    left_s: float | None
    held: bool
    wait_s: float
    on_timeout: Literal["reject"]
    on_reject: str
    reversible: Reversible
    last_like: Likeness | None
    group: Sha256
    permit: Permit | None
    outcome: Literal["done", "failed", "unknown", "too_late"] | None
    decided_by: str | None
    decided_at: float | None
    reason: str | None
    cause: str | None
    edited: bool
    override: bool


class DecidedAnswer(EscalationAnswer):
    """What became of it by this decision."""

    unrecorded: bool
    """True where this acts and could not be written to disk yet."""


class EscalationsAnswer(_Shape):
    """A page of them."""

    escalations: list[EscalationAnswer]
    next: str | None
    """Give it as ``after`` for the page that follows."""


class Paced(_Shape):
    """How often one ``approvals:`` of the policy that has a ``pace`` was asked for in the last hour."""

    role: str
    tools: list[str]
    """At most 20 of those that were asked about."""
    per_h: int
    pace: int


class Counted(_Shape):
    """How much waits for people."""

    waiting: int
    danger: int
    oldest_s: float | None
    next_s: float | None
    """Seconds the next one has left."""
    per_h: int
    """Decisions by people in the last hour."""
    timed_out_per_h: int
    """Calls that nobody decided in time in the last hour: rejected without a person."""
    paces: list[Paced]
    """Those of the active policy, the one most over its pace first."""
