"""The shapes of plans that make good, and of what is unknown, as the HTTP API takes and answers them."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from interlock import ids
from interlock.events import CallId, ToolClass
from interlock.model import Model, Permit, Plan, Run, Sha256

__all__ = [
    "BeginRequest",
    "MarkAnswer",
    "MarkRequest",
    "PlanAnswer",
    "PlanRequest",
    "PlansAnswer",
    "ProbeAnswer",
    "ProposedAnswer",
    "StopRequest",
    "UnknownsAnswer",
]

STEPS_MAX = 200
Permits = Annotated[list[Permit], Field(min_length=1, max_length=STEPS_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PlanRequest(_Shape):
    """Which effects: these, or all of a run. Exactly one of the two."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"oneOf": [{"required": ["permits"]}, {"required": ["run"]}]},
    )
    permits: Annotated[list[Permit], Field(default=[], min_length=1, max_length=STEPS_MAX)]
    run: Annotated[str, Field(default="", pattern=ids.RUN_PREFIX)]

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.permits) == bool(self.run) or {"permits", "run"} <= self.model_fields_set:
            raise ValueError("name permits or a run, one of the two")
        return self


class BeginRequest(_Shape):
    """The effects of a plan, the digest it was shown with, and the end of that as proof."""

    permits: Permits
    digest: Sha256
    proof: Annotated[str, Field(max_length=64)]
    reason: Reason


class StopRequest(_Shape):
    """Why a plan goes no further."""

    reason: Reason


class MarkRequest(_Shape):
    """What a person found out about a call, and how."""

    outcome: Literal["done", "failed"]
    reason: Reason


class Way(_Shape):
    """A call that makes good or finds out; ``hosts`` counts the processes that offer its tool now."""

    tool: str
    args: str
    """A JSON object."""
    cls: ToolClass
    hosts: int


class Proposed(_Shape):
    """One effect, and what makes it good."""

    permit: Permit
    run: Run
    call: CallId
    tool: str
    cls: str
    at: float
    outcome: str
    compensation: Way | None
    state: Literal[
        "ready", "cannot be undone", "nothing happened", "done", "running", "failed", "unknown first"
    ]
    cannot: str


class ProposedAnswer(_Shape):
    """A plan; nothing of it has happened."""

    steps: list[Proposed]
    ready: int
    digest: Sha256
    proof: str


class Receipt(_Shape):
    """How far a step got. ``at`` has Unix seconds by state."""

    state: Literal[
        "waiting", "sent", "doing", "done", "failed", "unknown", "refused", "skipped", "not reached"
    ]
    job: str | None
    host: str | None
    run: Run | None
    permit: Permit | None
    key: str
    result: str
    problem: str
    late: bool
    at: dict[str, float]


class Made(Proposed):
    """A step with its receipt."""

    receipt: Receipt


class PlanAnswer(_Shape):
    """A plan that was begun."""

    plan: Plan
    by: str
    reason: str
    at: float
    digest: Sha256
    state: Literal["running", "waiting", "done", "failed", "unknown", "refused", "stopped"]
    why: str
    ended_at: float | None
    steps: list[Made]


class PlansAnswer(_Shape):
    """A page of plans, newest first."""

    plans: list[PlanAnswer]
    next: str | None


class ProbeSaid(_Shape):
    """What a probe said that did not decide."""

    at: float
    job: str
    result: str
    problem: str


class UnknownRow(_Shape):
    """A call that may have had its effect."""

    permit: Permit
    run: Run
    call: str
    tool: str
    cls: str
    args: str
    at: float
    why: str
    agent: str
    role: str
    probe: Way | None
    cannot: str
    """Why there is no probe; empty where there is one."""
    answer: ProbeSaid | None
    compensates: Plan | None


class UnknownsAnswer(_Shape):
    """The inbox, oldest first."""

    unknowns: list[UnknownRow]
    total: int


class Reconciled(_Shape):
    """What was found out, how, and by whom."""

    permit: Permit
    run: Run
    call: str
    tool: str
    outcome: Literal["done", "failed"]
    how: Literal["probe", "person"]
    by: str
    reason: str
    answer: str
    at: float


class ProbeAnswer(_Shape):
    """What stands after a probe: still unknown, or reconciled; both null where a late outcome came meanwhile."""

    unknown: UnknownRow | None
    reconciled: Reconciled | None


class MarkAnswer(_Shape):
    """It is written down."""

    reconciled: Reconciled
