"""What the core knows: runs, gates, permits, and the orders at each run. Plain data that the fold changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Literal, NamedTuple

from interlock.events import InFlight, OrderIssued, RunClaimed, RunNoted, RunReleased
from interlock.hub.core.inbox import Inbox
from interlock.hub.core.making import Making
from interlock.hub.core.people import People
from interlock.hub.core.rulebook import Rulebook
from interlock.hub.core.scope import Scope
from interlock.hub.core.tally import Tally
from interlock.orders import Cancel, Kill, LateOutcome, Order, Pause, Resume, Stage
from interlock.text import Untrusted
from interlock.wire import AskPermit

__all__ = ["Case", "Gate", "Given", "Held", "Lifted", "Link", "Permit", "Run", "Said", "Verb", "World"]

Verb = Literal["cancel", "pause", "resume", "kill"]

_VERBS: dict[Verb, type[Cancel | Pause | Resume | Kill]] = {
    "cancel": Cancel,
    "pause": Pause,
    "resume": Resume,
    "kill": Kill,
}


@dataclass(slots=True)
class Gate:
    """One process's ``connect()``."""

    name: str
    pid: int = 0
    started: int = 0
    boot: str = ""
    host: str = ""
    conn: int = 0
    """The connection it speaks on now; 0 while it is away."""
    heard: float = -inf
    parted: float = -inf
    """When it was last heard on the connection before this one."""
    lease_until: float = -inf
    """The latest expiry of any lease the hub sent it, by the hub's monotonic clock."""
    gone: bool = False
    """Its process is proven gone: it can never come back."""
    token: str = ""
    """The agent token it came with first, and comes with ever after; empty for the one that is bound to nothing."""
    runs: dict[str, None] = field(default_factory=dict[str, None])
    """The runs it is a member of and has not left."""


@dataclass(slots=True)
class Permit:
    """A permit that has no outcome yet."""

    name: str
    gate: str
    call: str
    tool: str
    req: str
    digest: str
    expires: float
    """When the gate may start nothing with it any more, by the hub's monotonic clock, counted from the commit."""
    at: float = 0.0
    """When it was asked for, in seconds of the tally's clock; 0 where an older hub did not say."""
    granted: bool = False
    """True once the intent is on disk and the gate was told; after a restart the gate may have been told."""


@dataclass(frozen=True, slots=True)
class Held:
    """A permit asked for while the run was paused."""

    conn: int
    gate: str
    ask: AskPermit


@dataclass(slots=True)
class Said:
    """What one gate said about one order: in its first answer, and in its newest."""

    first: tuple[InFlight, ...]
    latest: tuple[InFlight, ...]


@dataclass(slots=True)
class Case:
    """One order at one run, and how far it got."""

    order: str
    run: str
    verb: Verb
    by: str
    reason: str
    at: float
    received: float
    """When the hub received the order, by its monotonic clock."""
    inherited_from: str = ""
    stages: dict[str, Stage] = field(default_factory=dict[str, Stage])
    answers: dict[str, Said] = field(default_factory=dict[str, Said])
    unsaved: set[str] = field(default_factory=set[str])
    """Stages that are true and not on disk yet: receipts do not show them."""
    sent: set[str] = field(default_factory=set[str])
    """Gates the order was written to since this hub started."""
    late: list[LateOutcome] = field(default_factory=list[LateOutcome])
    presume_at: float = inf
    """When nothing new can start any more, whoever has not answered."""
    closed: str = ""
    """Why nothing more is expected: another order took its place, or the run ended."""
    later: bool = False
    """The run registered after the order was given; its times count from then."""

    def as_order(self, runs: tuple[str, ...]) -> Order:
        """Return the order as a gate gets it: naming only the runs that gate has."""
        return _VERBS[self.verb](
            order=self.order, runs=runs, by=Untrusted(self.by), reason=Untrusted(self.reason), at=self.at
        )

    def issued(self) -> OrderIssued:
        """Return the order as the run's trace gets it."""
        return OrderIssued(
            order=self.order,
            verb=self.verb,
            by=Untrusted(self.by),
            reason=Untrusted(self.reason),
            inherited_from=self.inherited_from or None,
        )


class Lifted(NamedTuple):
    """The lift of a standing order. ``resume`` is the order that lets its runs go on, ``at`` in Unix seconds."""

    by: str
    reason: str
    at: float
    resume: str


@dataclass(slots=True)
class Given:
    """One order as it was given, whomever it reaches."""

    order: str
    verb: Verb
    by: str
    reason: str
    at: float
    scope: Scope | None = None
    cause: str = "person"
    """What made somebody give it, as it is counted later."""
    named: int = 0
    children: int = 0
    later: int = 0
    also: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Targets for which the like held already, as pairs of that order and the run."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    """Runs that were asked for and cannot be targets, and why: the code of the refusal."""
    lifts: str = ""
    """The standing order whose lift gave this resume."""
    recorded: bool = False
    lifting: "Lifted | None" = None
    """A lift that takes hold once it is on disk."""
    lifted: "Lifted | None" = None
    freed: set[str] = field(default_factory=set[str])
    """Runs that were resumed although this pause stands."""

    @property
    def stands(self) -> bool:
        """Whether it holds for runs that register later."""
        return self.scope is not None and self.verb != "resume" and self.lifted is None

    def within(self, run: "Run") -> bool:
        """Return whether the run itself is one of the scope."""
        return self.scope is not None and self.scope.covers(run.agent, run.role)


@dataclass(slots=True)
class Run:
    """One run, as far as control needs to know it."""

    name: str
    trace: str = ""
    parent: str = ""
    agent: str = ""
    role: str = ""
    goal: str | None = None
    """The goal, where its gate said it in full on this connection of the hub's life; never in the record."""
    ruled: tuple[str, int, bool, str] | None = None
    """What its trace was told last of policy and level: digest, number, whether that is the candidate, level."""
    owner: str = ""
    """Who asks for what its agent does, by the token of the agent; empty where that is not known."""
    claim: str = ""
    """How it ended, as the agent claims; empty while it has not."""
    members: dict[str, str] = field(default_factory=dict[str, str])
    """Gate -> why it needs no answer any more (it left, or its process is gone); empty while it counts."""
    kill: "Case | None" = None
    pause: "Case | None" = None
    cancel: "Case | None" = None
    resume: "Case | None" = None
    """The newest resume; it takes hold once it is on disk."""
    permits: dict[str, Permit] = field(default_factory=dict[str, Permit])
    spent: dict[str, str] = field(default_factory=dict[str, str])
    """Permit -> its outcome: ``unknown`` may still be followed by a late ``done`` or ``failed``."""
    used: dict[str, int] = field(default_factory=dict[str, int])
    """Tool -> how many permits of it there were, void ones left out."""
    held: list[Held] = field(default_factory=list[Held])
    lost: bool = False
    parted: float = -inf
    """When a gate left it last."""
    orders: list[str] = field(default_factory=list[str])
    """Every order it ever got, oldest first."""
    hand: "RunClaimed | RunReleased | None" = None
    """The newest claim or release, as the run's trace gets it."""
    handed: float = 0.0
    """When that was, in Unix seconds."""
    noted: list[RunNoted] = field(default_factory=list[RunNoted])
    """What people noted, oldest first: a trace that missed some is told after a restart."""

    @property
    def claimed_by(self) -> str:
        """Who has it in hand, or nothing."""
        return self.hand.by.raw if isinstance(self.hand, RunClaimed) else ""

    def holding(self) -> "Iterator[Case]":
        """Yield the orders a gate of this run has to obey now."""
        for case in (self.stop(), self.cancel):
            if case is not None:
                yield case

    def stop(self) -> "Case | None":
        """Return the order that lets nothing start now."""
        return self.kill or self.pause

    def active(self) -> Iterator[str]:
        """Yield the gates that count."""
        return (gate for gate, why in self.members.items() if not why)

    def over(self) -> bool:
        """Say whether the run ended and no process of it counts any more: no order can reach anything in it."""
        return bool(self.claim) and not any(True for _ in self.active()) and not self.permits


@dataclass(slots=True)
class Link:
    """One connection: the gate behind it and the runs it has opened or joined on this connection."""

    gate: str
    runs: set[str] = field(default_factory=set[str])
    told: dict[str, str] = field(default_factory=dict[str, str])
    """Run -> the order that holds for it, as it was last written to this connection."""
    own: bool = False
    """It came with the token of the hub's own agent, which alone may carry a reserved name."""
    token: str = ""
    """The agent token it came with; empty for the one that is bound to nothing."""
    policies: set[str] = field(default_factory=set[str])
    """Digests of the policies whose texts were written to it."""


@dataclass(slots=True)
class World:
    """Everything the core knows."""

    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    gates: dict[str, Gate] = field(default_factory=dict[str, Gate])
    links: dict[int, Link] = field(default_factory=dict[int, Link])
    children: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    orders: dict[str, dict[str, Case]] = field(default_factory=dict[str, dict[str, Case]])
    """Order -> run -> case, in the order of the record."""
    given: dict[str, Given] = field(default_factory=dict[str, Given])
    """Every order by its id, in the order of the record."""
    standing: dict[str, Given] = field(default_factory=dict[str, Given])
    """The orders that hold for runs that register later, oldest first."""
    live: dict[str, Run] = field(default_factory=dict[str, Run])
    """Runs an order can reach something in, in the order they registered."""
    keys: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Idempotency key -> digest of the request, and the order it became."""
    open_cases: dict[tuple[str, str], Case] = field(default_factory=dict[tuple[str, str], Case])
    """Cases that can still reach a stage."""
    own: dict[str, None] = field(default_factory=dict[str, None])
    """The runs of the hub's own agents, oldest first: no scope reaches them, and ended ones are forgotten."""
    rules: Rulebook = field(default_factory=Rulebook)
    """Policy and dial."""
    making: Making = field(default_factory=Making)
    """What is made good, and what is unknown."""
    tally: Tally = field(default_factory=Tally)
    """How often each role had a permit for each tool of late."""
    inbox: Inbox = field(default_factory=Inbox)
    """What waits for people, and what became of it."""
    epoch: int = 1
    """Goes up with each restore from a backup: what was to be decided before is void."""
    people: People = field(default_factory=People)
    """Who may come in, and as what."""
    replaying: bool = False
    """True while facts that are on disk already are folded again."""

    def below(self, name: str) -> Iterator[str]:
        """Yield the descendants of a run, nearest first."""
        queue = list(self.children.get(name, ()))
        for child in queue:
            yield child
            queue.extend(self.children.get(child, ()))
