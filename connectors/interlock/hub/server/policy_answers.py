"""The shapes of policy and dial, as the HTTP API takes and answers them."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from interlock import model
from interlock.dials import DialScope, Level
from interlock.hub.server.order_answers import AgentScope, FleetScope, Name, RoleScope
from interlock.model import Model, Sha256

__all__ = [
    "DialAnswer",
    "DialRequest",
    "DialTold",
    "DialsAnswer",
    "PolicyAnswer",
    "PushRequest",
    "RollbackRequest",
    "SidesAnswer",
    "StageRequest",
    "VersionAnswer",
    "VersionsAnswer",
]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


Reason = Annotated[str, Field(max_length=2000)]


def _whole(value: Any) -> Any:
    """Return a number without its ``.0``: to a schema 2.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class PushRequest(_Shape):
    """A policy as its file has it."""

    source: Annotated[str, Field(min_length=1, max_length=512 * 1024)]
    """YAML."""
    reason: Reason = ""
    stage: Annotated[float, Field(gt=0, lt=1)] | None = None
    """The share of the runs that are to be under it first; without, all are."""


class RollbackRequest(_Shape):
    """The version that is to hold again."""

    n: Annotated[int, Field(ge=1, le=2**53), BeforeValidator(_whole)]
    reason: Reason = ""


class StageRequest(_Shape):
    """The candidate that is meant, by its digest."""

    digest: Sha256
    reason: Reason = ""


class ToolScope(_Shape):
    """Every call of a tool, by its exact name."""

    tool: Name


class DialRequest(_Shape):
    """How far a scope may go from now on."""

    scope: AgentScope | RoleScope | ToolScope | FleetScope
    level: Level
    reason: Reason = ""
    proof: Annotated[str, Field(max_length=64)] = ""
    """To raise it: the last four characters of the order that lowered it."""

    def meant(self) -> DialScope:
        """Return the scope as the core has it."""
        return DialScope.model_validate(self.scope.model_dump())


class Changed(_Shape):
    """One change between two policies; values as JSON text, null where there is none."""

    path: str
    was: str | None
    now: str | None


class VersionTold(_Shape):
    """A policy that was pushed. ``diff`` is the difference to what held then, ``diff_total`` counts it all."""

    n: int
    digest: Sha256
    source_digest: Sha256
    by: str
    at: float
    reason: str
    size: int
    diff: list[Changed]
    diff_total: int


class CandidateTold(VersionTold):
    """A policy that holds for a share of the runs, since when (Unix seconds)."""

    share: float
    since: float


class DialTold(_Shape):
    """A dial that holds something back."""

    scope: DialScope
    level: Level
    order: model.Order
    by: str
    reason: str
    at: float
    cause: str


class PolicyAnswer(_Shape):
    """What holds. ``rules`` goes up with each change."""

    active: VersionTold | None
    candidate: CandidateTold | None
    dials: list[DialTold]
    rules: int


class VersionsAnswer(_Shape):
    """A page of versions, newest first."""

    versions: list[VersionTold]
    next: str | None


class VersionAnswer(_Shape):
    """One version with its texts; null where it is too old to be kept here. The record has it."""

    version: VersionTold
    json_: Annotated[str | None, Field(alias="json")]
    source: str | None


class RuleCount(_Shape):
    """How often a rule decided, and what."""

    rule: str
    verdict: str
    count: int


class Side(_Shape):
    """What gates reported of the calls that one policy decided since the stage began."""

    n: int
    digest: Sha256
    runs: int
    calls: int
    allow: int
    ask: int
    deny: int
    shadow: int
    rules: list[RuleCount]
    """The most frequent first, 100 at most."""


class SidesAnswer(_Shape):
    """Both sides of a staged rollout, since when (Unix seconds)."""

    since: float
    share: float
    active: Side
    candidate: Side


class DialsAnswer(_Shape):
    """Every dial that holds something back."""

    dials: list[DialTold]


class DialAnswer(_Shape):
    """A dial that was turned: ``dial`` is null where it holds nothing back any more."""

    dial: DialTold | None
    was: Level
    order: model.Order
    unrecorded: bool
    """True where this acts and is not on disk yet."""
