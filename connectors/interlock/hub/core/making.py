"""What the world knows of making good: plans and their steps, what is unknown, and who offers tools. Plain data."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from interlock.contract import ToolClass

__all__ = [
    "FLYING",
    "Answer",
    "Host",
    "Making",
    "Plan",
    "Progress",
    "Reconciled",
    "Step",
    "Unknown",
    "Way",
]

Json = dict[str, Any]
Progress = Literal[
    "waiting", "sent", "doing", "done", "failed", "unknown", "refused", "skipped", "not reached"
]
FLYING = ("sent", "doing")
"""A job is with a host, and how it ends is not known yet."""


class Way(NamedTuple):
    """A call that makes an effect good, or finds out about it. ``args`` is a JSON object as canonical text."""

    tool: str
    args: str
    cls: ToolClass
    fits: bool = False
    """The contract names the tool alone: of the call's arguments it gets those that it takes."""


@dataclass(slots=True)
class Step:
    """One effect of a plan, what makes it good, and how far that got."""

    permit: str
    run: str
    call: str
    tool: str
    cls: str
    at: float
    """When its intent was recorded, in Unix seconds."""
    outcome: str
    state: str
    """What the plan said of it before anything began."""
    cannot: str
    way: Way | None
    progress: Progress = "waiting"
    job: str = ""
    host: str = ""
    """The gate that has the job."""
    job_run: str = ""
    permits: list[str] = field(default_factory=list[str])
    """What the run of the job was permitted of the tool, oldest first."""
    strays: list[str] = field(default_factory=list[str])
    """Those of them that were for other arguments than the plan's: they make nothing good."""
    result: str = ""
    problem: str = ""
    late: bool = False
    """It was unknown before."""
    times: dict[str, float] = field(default_factory=dict[str, float])
    """When it came to each state, in Unix seconds."""
    conn: int = 0
    """The connection the job went over; 0 while it has not since this hub started."""
    away: float | None = None
    """Since when its host is not there, by the hub's monotonic clock."""
    said: Json | None = None
    """What the host said of the end, until it is decided."""

    @property
    def key(self) -> str:
        """What goes downstream with every attempt to make this effect good."""
        return f"c-{self.permit}"


@dataclass(slots=True)
class Plan:
    """A plan as it was begun. ``digest`` is what a person was shown."""

    plan: str
    by: str
    reason: str
    at: float
    digest: str
    steps: list[Step]
    state: str = "running"
    why: str = ""
    ended_at: float = 0.0
    recorded: bool = False
    """It is on disk: steps may be sent."""


@dataclass(slots=True)
class Answer:
    """What a probe said that did not decide. ``at`` in Unix seconds."""

    at: float
    job: str
    result: str
    problem: str


@dataclass(slots=True)
class Unknown:
    """A call that may have had its effect. ``at`` in Unix seconds, 0 where an old record does not say."""

    permit: str
    run: str
    call: str
    tool: str
    at: float
    why: str
    gate: str = ""
    """Whose call it was: nobody else says how it ended."""
    answer: Answer | None = None
    """Of the newest probe."""


class Reconciled(NamedTuple):
    """What a probe or a person found out about an effect."""

    permit: str
    run: str
    call: str
    tool: str
    outcome: str
    how: str
    by: str
    reason: str
    answer: str
    at: float
    gate: str = ""
    """Whose call it was: a late outcome comes from there."""


@dataclass(frozen=True, slots=True)
class Host:
    """A gate that runs tools for the hub, and the connection on which it said so."""

    gate: str
    conn: int
    agent: str
    role: str
    tools: dict[str, ToolClass]
    defaults: dict[str, str] = field(default_factory=dict[str, str])
    """Tool -> JSON object of what it fills in itself, for those that do."""


@dataclass(slots=True)
class Making:
    """Everything the core knows of making good."""

    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])
    newest: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """Permit -> the newest plan that set out to make it good, and which step of it."""
    jobs: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """Job -> the step it was sent for."""
    runs: dict[str, str] = field(default_factory=dict[str, str])
    """Run -> the job it is."""
    open: dict[str, None] = field(default_factory=dict[str, None])
    """Jobs whose end is not known, unknown ones among them, in the order they were sent."""
    going: dict[str, None] = field(default_factory=dict[str, None])
    """Plans that have not ended."""
    unknowns: dict[str, Unknown] = field(default_factory=dict[str, Unknown])
    """By permit, the oldest first."""
    reconciled: dict[str, Reconciled] = field(default_factory=dict[str, Reconciled])
    """By permit."""
    hosts: dict[str, Host] = field(default_factory=dict[str, Host])
    """By gate, while it is connected."""

    def step(self, job: str) -> Step | None:
        """Return the step a job was sent for; None where nobody knows the job."""
        place = self.jobs.get(job)
        return None if place is None else self.plans[place[0]].steps[place[1]]

    def made(self, permit: str) -> tuple[Plan, Step] | None:
        """Return the newest attempt to make this effect good."""
        place = self.newest.get(permit)
        if place is None:
            return None
        plan = self.plans[place[0]]
        return plan, plan.steps[place[1]]
