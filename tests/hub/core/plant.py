"""The core with everything around it made of lists: a disk that commits when told, sockets that keep what was sent.

No clock, no I/O. ``Plant.crash`` throws away everything the disk had not committed, and starts a new core on it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from interlock.events import Envelope, InFlight, RunStarted
from interlock.hub.core.core import Ask, AskLift, Core
from interlock.hub.core.effects import (
    Append,
    Check,
    Deliver,
    Effect,
    Fact,
    Hang,
    Moment,
    Pushed,
    Reply,
    Send,
    SendOpened,
    Spread,
    Tell,
)
from interlock.orders import Receipt
from interlock.text import Untrusted
from interlock.wire import (
    Answer,
    AskPermit,
    Beat,
    Granted,
    Hello,
    Join,
    Leave,
    Open,
    Outcome,
    commands,
    decode_down,
)

BOOT = "boot-of-this-host/4026531836"
DIGEST = "0" * 64


def run_id(number: int) -> str:
    """Return the id of a run by a small number."""
    return f"r-{number:016x}"


def number_of(name: str) -> int:
    """Return the small number an id was made from."""
    return int(name.partition("-")[2], base=16)


def order_id(number: int) -> str:
    """Return the id of an order by a small number."""
    return f"o-{number:016x}"


def flying(call: str, *, tool: str = "refund", permit: str | None = None) -> InFlight:
    """Return one call in flight."""
    return InFlight(call=call, tool=Untrusted(tool), cls="write", permit=permit)


@dataclass
class Plant:
    """One hub without its sockets. ``auto`` commits every append at once."""

    auto: bool = True
    time: float = 1000.0
    disk: list[tuple[float, Fact]] = field(default_factory=list)
    queue: deque[Append] = field(default_factory=deque)
    sent: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    ruled: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """What each connection was told of policy and dial."""
    log: list[Effect] = field(default_factory=list)
    """Every effect in its order, and each commit as its ``Append`` once more."""
    told: list[tuple[str, Any]] = field(default_factory=list)
    granted: list[tuple[str, str]] = field(default_factory=list)
    """Every permit that was sent, and what was true of it at that moment."""
    replies: dict[int, Reply] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    hung: dict[int, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Start a core that has seen nothing."""
        self.core = self.fresh()

    def fresh(self) -> Core:
        return Core(boot=BOOT, new_permit=lambda: f"p-{next(self.numbers):016x}")

    @property
    def now(self) -> Moment:
        """Now, by both clocks."""
        return Moment(self.time, 1_700_000_000.0 + self.time)

    # what comes out

    def take(self, effects: Sequence[Effect]) -> None:
        """Carry effects out in their order."""
        for effect in effects:
            self.log.append(effect)
            self._take(effect)
        while self.auto and self.queue:
            self.commit()

    def _take(self, effect: Effect) -> None:
        match effect:
            case Send() | SendOpened() | Deliver() | Spread():
                self._written(effect)
            case Append():
                self.queue.append(effect)
            case Tell():
                self.told.append((effect.run, effect.event))
            case Reply():
                self.replies[effect.request] = effect
            case Check():
                self.checks.append(effect.gate)
            case Hang():
                self.hung[effect.conn] = effect.code
                self.take(self.core.closed(effect.conn, self.now))
            case Pushed():
                self.take(self.core.pushed(effect.order, self.now))
            case _:
                pass

    def _written(self, effect: Send | SendOpened | Deliver | Spread) -> None:
        if isinstance(effect, Spread):
            for conn in effect.to:
                self.ruled[conn].append(effect.frame)
            return
        if not isinstance(effect, Deliver):
            self._sent(effect.conn, effect.frame)
            return
        spell = commands(effect.order)
        for conn, runs in effect.to:
            self._sent(conn, decode_down(spell(runs)))

    def _sent(self, conn: int, frame: Any) -> None:
        self.sent[conn].append(frame)
        if isinstance(frame, Granted):
            self.granted.append((frame.permit, self._standing(frame.permit)))

    def _standing(self, permit: str) -> str:
        """Return what was true of a permit when it was sent: its run as it was, or that it is not on disk."""
        run = next(
            (fact.run for _, fact in self.disk if fact.permit == permit and fact.kind == "permit"), None
        )
        if run is None:
            return "not on disk"
        known = self.core.world.runs[run]
        return (
            "killed" if known.kill else "paused" if known.pause else "finished" if known.claim else "running"
        )

    def commit(self) -> None:
        """Let the oldest append reach the disk."""
        append = self.queue.popleft()
        self.disk.extend((self.now.wall, fact) for fact in append.facts)
        self.log.append(append)
        self.take(self.core.committed(append.token, self.now))

    def commit_all(self) -> None:
        """Let every append reach the disk, those that follow from them too."""
        while self.queue:
            self.commit()

    # what goes in

    def hello(
        self, conn: int, gate: int, *, boot: str = BOOT, pid: int | None = None, own: bool = False
    ) -> None:
        """Connect a gate; ``own``: with the token of the hub's own agent."""
        frame = Hello(gate=f"g-{gate:016x}", pid=pid or 100 + gate, started=7, boot=boot)
        self.take(self.core.connected(conn, frame, self.now, own=own))

    def frame(self, conn: int, frame: Any) -> None:
        """Send a frame from a gate."""
        self.take(self.core.frame(conn, frame, self.now))

    def open(
        self,
        conn: int,
        run: int,
        *,
        parent: int | None = None,
        agent: str = "refunds",
        role: str = "support",
        **more: Any,
    ) -> None:
        """Open a run."""
        started = RunStarted(
            agent=Untrusted(agent),
            role=Untrusted(role),
            goal=Untrusted("refund A-1"),
            parent=run_id(parent) if parent is not None else None,
            labels={},
        )
        name = run_id(run)
        first = Envelope(run=name, seq=1, at=0.0, trace=f"{run:032x}", span=f"{run:016x}", event=started)
        self.frame(conn, Open(req=f"open-{run}", run=name, first=first, **more))

    def join(self, conn: int, run: int, **more: Any) -> None:
        """Join a run."""
        self.frame(conn, Join(req=f"join-{run}", run=run_id(run), **more))

    def leave(self, conn: int, run: int) -> None:
        """Leave a run."""
        self.frame(conn, Leave(run=run_id(run)))

    def beat(self, conn: int, n: int = 0) -> None:
        """Send a heartbeat."""
        self.frame(conn, Beat(n=n))

    def ask(self, conn: int, run: int, call: str, *, req: str | None = None) -> None:
        """Ask for a permit."""
        self.frame(
            conn,
            AskPermit(
                req=req or f"ask-{call}",
                run=run_id(run),
                call=call,
                tool=Untrusted("refund"),
                cls="write",
                digest=DIGEST,
                args=Untrusted("{}"),
            ),
        )

    def outcome(self, conn: int, run: int, permit: str, call: str, outcome: Any = "done") -> None:
        """Report how a permitted call ended."""
        self.frame(conn, Outcome(run=run_id(run), permit=permit, call=call, outcome=outcome))

    def answer(self, conn: int, order: int, run: int, *in_flight: InFlight) -> None:
        """Answer an order."""
        self.frame(conn, Answer(order=order_id(order), run=run_id(run), in_flight=in_flight))

    def close(self, conn: int) -> None:
        """Close a connection."""
        self.take(self.core.closed(conn, self.now))

    def order(
        self, order: int, verb: Any, *runs: int, key: str | None = None, reason: str = "why", **more: Any
    ) -> int:
        """Give an order; return the number of the request."""
        request = next(self.numbers)
        self.take(
            self.core.order(request, self.asked(order, verb, *runs, key=key, reason=reason, **more), self.now)
        )
        return request

    def asked(
        self, order: int, verb: Any, *runs: int, key: str | None = None, reason: str = "why", **more: Any
    ) -> Ask:
        """Return an order as an operator asks for it: of runs, or with ``scope`` of an agent, a role or the fleet."""
        names = tuple(run_id(run) for run in runs)
        return Ask(order_id(order), verb, names, "ada", reason, self.now.wall, key or "", **more)

    def lift(self, order: int, resume: int, *, proof: str | None = None, key: str = "") -> int:
        """Lift an order; return the number of the request. What its runs go on by is order ``resume``."""
        request, name = next(self.numbers), order_id(order)
        last = name[-4:] if proof is None else proof
        ask = AskLift(name, last, "bob", "over", self.now.wall, order_id(resume), key)
        self.take(self.core.lift(request, ask, self.now))
        return request

    def finished(self, run: int, claim: str = "done") -> None:
        """Let the trace see the end of a run."""
        self.take(self.core.finished(run_id(run), claim, self.now))

    def reported(self, *runs: int) -> None:
        """Let runs report something, as the server does before it stores that."""
        names = [run_id(run) for run in runs]
        if self.core.owes(names):
            self.take(self.core.reported(names, self.now))

    def gone(self, gate: int) -> None:
        """Find that the process of a gate does not exist any more."""
        self.take(self.core.process_gone(f"g-{gate:016x}", self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass, with a tick each second and one at the end."""
        while seconds > 0:
            step = min(1.0, seconds)
            seconds -= step
            self.time += step
            self.take(self.core.tick(self.now))

    def crash(self, *, after: float = 1.0) -> None:
        """Kill the hub: what is not on disk is lost, every connection is cut; start again."""
        self.queue.clear()
        self.time += after
        self.core = self.fresh()
        self.take(self.core.recover(list(self.disk), self.now))

    # what is seen

    def receipt(self, order: int, run: int) -> Receipt:
        """Return one receipt."""
        return self.core.receipts([(order_id(order), run_id(run))])[0]

    def stages(self, order: int, run: int) -> list[str]:
        """Return the stages one receipt shows."""
        return [stage.stage for stage in self.receipt(order, run).stages]

    def kinds(self, run: int) -> list[str]:
        """Return the kinds the hub added to a run's trace."""
        return [event.kind for name, event in self.told if name == run_id(run)]

    def last(self, conn: int, kind: str) -> Any:
        """Return the newest frame of this kind on a connection."""
        return next(frame for frame in reversed(self.sent[conn]) if frame.kind == kind)

    def count(self, conn: int, kind: str) -> int:
        """Return how many frames of this kind went out on a connection."""
        return sum(frame.kind == kind for frame in self.sent[conn])

    def permit(self, conn: int, run: int, call: str) -> str:
        """Ask for a permit and return its name; it must be granted."""
        self.ask(conn, run, call)
        granted = self.last(conn, "granted")
        assert isinstance(granted, Granted)
        assert granted.req == f"ask-{call}"
        return granted.permit


def running(gates: int = 1, *, auto: bool = True) -> Plant:
    """Return a plant with run 1, opened by gate 1 on connection 1 and joined by the others on theirs."""
    plant = Plant()
    for gate in range(1, gates + 1):
        plant.hello(gate, gate)
        if gate == 1:
            plant.open(1, 1)
        else:
            plant.join(gate, 1)
        plant.beat(gate)
    plant.auto = auto
    return plant
