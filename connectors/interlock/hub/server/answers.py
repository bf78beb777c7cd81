"""The shapes of what the HTTP API takes and answers: the API document is made from these, and the tests hold them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from interlock.events import Envelope
from interlock.hub.server.access_answers import HeldGlass
from interlock.hub.server.escalation_answers import Counted
from interlock.hub.server.order_answers import Standing
from interlock.hub.server.policy_answers import DialTold
from interlock.model import Model, Sha256
from interlock.orders import Receipt
from interlock.runs import RunState

__all__ = [
    "BrakeAnswer",
    "ErrorAnswer",
    "EventsAnswer",
    "RunAnswer",
    "RunsAnswer",
    "StatusAnswer",
]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class StopTimes(_Shape):
    """Stops since the hub started, and milliseconds from the order to the last gate's answer."""

    count: int
    ms: Annotated[list[float], Field(max_length=2)]
    """p50 and p99 of the newest thousand; empty while there was none."""


class Disk(_Shape):
    """Bytes of the file system that holds the data folder."""

    free: int
    total: int


class ConsoleTold(_Shape):
    """Who has the feed open: the operator, and beside it the name that the person gave."""

    who: str
    since: float
    """Unix seconds."""
    read_only: bool
    role: str
    """What they may act as now; empty where their token was revoked."""


class Brake(_Shape):
    """What the hub's canary proved of the brake. Times are milliseconds from an order to the closed gate."""

    proven_at: float | None
    """Unix seconds of the last good proof since the hub started."""
    ok: bool | None
    """None before the first proof; False when the last one failed, or is too long ago."""
    problem: str
    p50: float | None
    p99: float | None
    """Of the last sixty good proofs."""
    count: int
    every_s: float
    slow_ms: int


class StopTime(_Shape):
    """One kill or pause of one run: milliseconds from the order to each stage, null for what was not reached."""

    order: str
    run: str
    verb: Literal["kill", "pause"]
    at: float
    canary: bool
    """It was a proof of the brake."""
    pushed: float | None
    closed: float | None
    """When nothing could start any more: the last gate's answer, or what the canary saw by its own clock."""
    recorded: float | None
    acknowledged: float | None
    drained: float | None
    confirmed: float | None
    presumed: float | None


class BrakeAnswer(_Shape):
    """The brake, and a page of stops, newest first."""

    brake: Brake
    stops: list[StopTime]
    next: str | None
    """Give it as ``after`` for the page that follows."""


class BreakerTold(_Shape):
    """A circuit breaker that is not closed, at one gate."""

    tool: str
    endpoint: str
    gate: str
    state: Literal["open", "half-open"]
    until: float | None
    """Open until then (Unix seconds); past that the next call probes."""
    since: float


class CandidateShort(_Shape):
    """A policy that holds for a share of the runs."""

    n: int
    digest: str
    share: float


class PolicyShort(_Shape):
    """Which policy holds, and how many dials hold something back."""

    n: int
    digest: str
    by: str
    at: float
    candidate: CandidateShort | None
    dials: int


class RecordHead(_Shape):
    """The newest entry of the record that is on disk."""

    origin: str
    epoch: int
    n: int
    hash: Sha256


class StatusAnswer(_Shape):
    """The hub, as the console's first line shows it."""

    name: str
    version: str
    started: float
    policy: PolicyShort | None
    """None where none was pushed: calls are judged by their class alone."""
    dials: list[DialTold]
    """What holds something back, the newest 50."""
    standing: list[Standing]
    unrecorded: int
    head: RecordHead
    witness: str
    """What a gate knows that this record does not: somebody put an older copy there. Empty while nothing is wrong."""
    unknowns: int
    """Calls that may have had their effect, and nobody knows."""
    gates: int
    runs: int
    events_per_s: float
    operator: str
    role: str
    stops: StopTimes
    escalations: Counted
    breakers: list[BreakerTold]
    """Those that changed last first, at most 200."""
    brake: Brake
    break_glass: list[HeldGlass]
    """Each is an alarm on every console."""
    reviews: int
    """Break-glass that has ended and that nobody reviewed."""
    consoles: list[ConsoleTold]
    pos: int
    uptime_s: float
    disk: Disk


class RunsAnswer(_Shape):
    """A page of runs, newest first."""

    runs: list[RunState]
    next: str | None
    """Give it as ``after`` for the page that follows."""


class RunAnswer(_Shape):
    """One run and what was ordered for it."""

    run: RunState
    receipts: list[Receipt]


class Item(_Shape):
    """One stored event: ``pos`` counts through the whole hub, ``n`` through the run."""

    pos: int
    n: int
    at: float
    """Unix seconds at which the hub stored it."""
    e: Envelope


class EventsAnswer(_Shape):
    """A page of one run's events, in order."""

    items: list[Item]
    first: int | None
    last: int | None


class Placed(_Shape):
    """One thing that is wrong in a file: line and column count from 1, and are 0 where there are none."""

    line: int
    column: int
    problem: str
    fix: str


class Error(_Shape):
    """``code`` is stable; ``problem`` says what happened, ``fix`` what to do next."""

    code: str
    problem: str
    fix: str
    problems: list[Placed] | None = None
    """Everything that is wrong in a file that was sent, with its place."""


class ErrorAnswer(_Shape):
    """Every answer that is not 2xx."""

    error: Error
