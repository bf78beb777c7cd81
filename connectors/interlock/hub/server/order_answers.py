"""The shapes of orders, of what they would reach, and of what lifts them, as the HTTP API takes and answers them."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from interlock.events import InFlight
from interlock.hub.core.scope import Scope
from interlock.model import Model, Order, Run, Sha256
from interlock.orders import Cause, Receipt

__all__ = [
    "LiftAnswer",
    "LiftRequest",
    "OrderRequest",
    "OrderedAnswer",
    "PreviewAnswer",
    "PreviewRequest",
    "Standing",
    "SummariesAnswer",
    "Summary",
]

Verb = Literal["cancel", "pause", "resume", "kill"]
Name = Annotated[str, Field(min_length=1, max_length=512)]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AgentScope(_Shape):
    """Every run of an agent, by its exact name."""

    agent: Name

    def meant(self) -> Scope:
        """Return it as the core has it."""
        return Scope("agent", self.agent)


class RoleScope(_Shape):
    """Every run of a role, by its exact name."""

    role: Name

    def meant(self) -> Scope:
        """Return it as the core has it."""
        return Scope("role", self.role)


class FleetScope(_Shape):
    """Every run there is."""

    fleet: Literal[True]

    def meant(self) -> Scope:
        """Return it as the core has it."""
        return Scope("fleet")


class _Whom(_Shape):
    """Runs and their descendants, or a scope: exactly one of the two."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"oneOf": [{"required": ["runs"]}, {"required": ["scope"]}]},
    )
    verb: Verb
    runs: Annotated[list[Run], Field(default=[], min_length=1, max_length=10_000)]
    scope: AgentScope | RoleScope | FleetScope | SkipJsonSchema[None] = None
    partial: bool = False
    """Leave out runs that cannot be targets and say which, instead of refusing all."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.runs) == (self.scope is not None) or {"runs", "scope"} <= self.model_fields_set:
            raise ValueError("name runs or a scope, one of the two")
        return self

    def meant(self) -> Scope | None:
        """Return the scope as the core has it."""
        return self.scope.meant() if self.scope is not None else None


class OrderRequest(_Whom):
    """What an operator commands. By scope, and no resume, it also holds for runs that register later."""

    reason: Annotated[str, Field(max_length=2000)] = ""
    cause: Cause = "person"
    """What made the operator give it, to be counted later; ``reason`` says it in words."""


class PreviewRequest(_Whom):
    """An order that is not given."""


class Standing(_Shape):
    """An order that holds for runs to come."""

    order: Order
    verb: Verb
    scope: AgentScope | RoleScope | FleetScope
    by: str
    reason: str
    at: float
    cause: str
    targets: int
    later: int
    """Targets that registered since."""


class Lifted(_Shape):
    """Who took a standing order back; ``order`` is the resume its runs go on by, null where none did."""

    by: str
    reason: str
    at: float
    order: Order | None


class GateCount(_Shape):
    """Gates of the targets: how many answered for all the targets they have, of how many that count."""

    answered: int
    total: int


class ClassCount(_Shape):
    """Calls in flight."""

    read: int
    write: int
    danger: int
    model: int


class Waiting(_Shape):
    """What stands between one target and its last stage, one sentence each."""

    run: Run
    waits_for: list[str]


class Summary(_Shape):
    """The combined receipt of an order."""

    order: Order
    verb: Verb
    scope: AgentScope | RoleScope | FleetScope | None
    by: str
    reason: str
    at: float
    cause: str
    """Of the request, or ``hub``, ``gate`` (it obeyed before the hub knew) or ``canary``."""
    standing: bool
    lifted: Lifted | None
    targets: int
    named: int
    children: int
    later: int
    refused: int
    stages: dict[str, int]
    ms: dict[str, Annotated[list[float], Field(min_length=3, max_length=3)]]
    """p50, p99 and the most of each stage, over the targets as of the order."""
    gates: GateCount
    in_flight: ClassCount
    waiting: Annotated[list[Waiting], Field(max_length=100)]
    waiting_total: int
    unrecorded: bool
    complete: bool


class Refused(_Shape):
    """A run that was asked for and is no target."""

    run: Run
    code: str
    problem: str


class OrderedAnswer(_Shape):
    """How far an order got: the first receipts, and all of them counted."""

    order: Order
    receipts: Annotated[list[Receipt], Field(max_length=200)]
    more: int
    """Receipts beyond those."""
    refused: list[Refused]
    summary: Summary


class WouldReach(_Shape):
    """One run an order would reach, or, where ``refused`` says why, would not."""

    run: Run
    agent: str
    role: str
    phase: str
    """As the trace has it; empty where it has nothing of the run yet."""
    inherited_from: Run | None
    in_flight: list[InFlight]
    refused: str


class PreviewAnswer(_Shape):
    """Whom an order would reach as of now, and what they are doing."""

    verb: Verb
    scope: AgentScope | RoleScope | FleetScope | None
    targets: Annotated[list[WouldReach], Field(max_length=500)]
    total: int
    refused: int
    agents: int
    gates: int
    silent: int
    """Targets that have a gate which is not connected."""
    in_flight: ClassCount
    cost: float
    """What the targets have spent, as the trace knows it."""
    digest: Sha256
    """Of the targets' ids: the same digest is the same set."""


class LiftRequest(_Shape):
    """The order that is meant, shown by the last four characters of its id."""

    proof: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(max_length=2000)] = ""


class LiftAnswer(_Shape):
    """The order that stands no more, and how many runs go on."""

    lifted: Summary
    resumed: int
    order: Order | None
    """The resume they go on by."""


class SummariesAnswer(_Shape):
    """A page of orders, newest first."""

    orders: list[Summary]
    next: str | None
    """Give it as ``after`` for the page that follows."""
