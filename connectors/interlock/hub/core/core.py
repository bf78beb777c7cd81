"""The core: every input with its moment goes in here, and what is to be done comes out. No I/O, no clock."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from interlock import ids
from interlock.hub.core.access import Access
from interlock.hub.core.approvals import Approvals, Place
from interlock.hub.core.ask import Ask, AskLift
from interlock.hub.core.bypolicy import ByPolicy
from interlock.hub.core.choice import Choice, choose
from interlock.hub.core.deciding import Deciding
from interlock.hub.core.delivery import Delivery
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import IMAGE, Effect, Fact, Moment, Reply
from interlock.hub.core.epochs import Epochs
from interlock.hub.core.erasures import Erasures
from interlock.hub.core.glass import GlassBox
from interlock.hub.core.hands import Hands
from interlock.hub.core.hosting import Hosting
from interlock.hub.core.image import load
from interlock.hub.core.judge import Judge
from interlock.hub.core.lifts import Lifts
from interlock.hub.core.links import Links
from interlock.hub.core.lowering import Lowering
from interlock.hub.core.makings import Makings
from interlock.hub.core.memory import settled
from interlock.hub.core.newcomers import Newcomers
from interlock.hub.core.orders import Orders
from interlock.hub.core.permits import Permits
from interlock.hub.core.pushes import Pushes
from interlock.hub.core.receipts import receipts
from interlock.hub.core.reconcile import Reconcile
from interlock.hub.core.recovery import Recovery
from interlock.hub.core.ruled import Ruled
from interlock.hub.core.rules import Rules
from interlock.hub.core.scope import Scope
from interlock.hub.core.stages import Stages
from interlock.hub.core.turning import Turning
from interlock.hub.core.unknowns import Unknowns
from interlock.hub.core.voids import Voids
from interlock.hub.core.watch import Watch
from interlock.hub.core.world import Verb, World
from interlock.jobs import Did, Doing, Offers
from interlock.orders import Receipt
from interlock.runs import RunState
from interlock.wire import Answer, AskPermit, Beat, Drop, Hello, Join, Leave, Open, Outcome, Refused

__all__ = ["Ask", "AskLift", "Core"]


class Core:
    """The control plane as a machine.

    ``boot`` is this host's boot id, a slash and its pid namespace, as gates say it in ``hello``; empty where it
    is not known, and then no process is ever proven gone. ``redact`` hides secrets in text before it is recorded.
    ``hub`` is this hub's name, the same after each start: what people approve is approved here and nowhere else.

    Every input returns effects, to be carried out in their order and all of them before the next input, also one
    that follows from an effect. ``committed`` is called for each ``Append``, in the order of their tokens.
    """

    def __init__(
        self,
        *,
        boot: str,
        new_permit: Callable[[], str] = ids.new_permit,
        redact: Callable[[str], str] = lambda text: text,
        hub: str = "",
    ) -> None:
        self._desk = Desk()
        self._stages = Stages(self._desk)
        self.access, self.glass = Access(self._desk, redact), GlassBox(self._desk, redact)
        """Operators and tokens, and break-glass; asked for within :meth:`hand`."""
        self.access.begin("", boot)
        judge, may = ByPolicy(self._desk), self.access.may_approve
        self.judge = judge
        """The hub's own copy of policy and dial, at work; to be asked."""
        self._voids = Voids(self._desk, judge, boot)
        self.approvals = Approvals(self._desk, judge, self._voids, redact, Place(hub, boot), may)
        """What waits for people, to be read."""
        self.deciding = Deciding(self._desk, self.approvals, self._voids, redact, may, boot)
        """Decisions of people; asked for within :meth:`hand`."""
        self._permits = Permits(self._desk, self.approvals, judge, new_permit, redact)
        self._delivery = Delivery(self._desk)
        self._orders = Orders(self._desk, self._stages, self._permits, self._delivery, redact)
        self._lifts = Lifts(self._desk, self._orders, redact)
        self._epochs = Epochs(self._desk, self._orders, self.access)
        self.erasures = Erasures(self._desk, redact)
        """Of long texts; asked for within :meth:`hand`."""
        self.hands = Hands(self._desk, redact)
        """Claims and notes, asked for within :meth:`hand`."""
        self.rules = Rules(self._desk, redact)
        """Policy and dial as they hold, to be read."""
        self._ruled = Ruled(self._desk, judge)
        self.rules.ruled = self._ruled.changed
        self.pushes, self.dials = Pushes(self._desk, self.rules, redact), Turning(self._desk, self.rules)
        """Changes of them; asked for within :meth:`hand`."""
        Lowering(self._desk, judge, self.dials).listen(self.deciding, self._permits)
        self.hosting = Hosting(self._desk)
        self.hosting.may = judge.could
        """Who runs tools for the hub, to be read."""
        self.makings = Makings(self._desk, self._orders, self.hosting, redact)
        self.unknowns = Unknowns(self._desk, self.hosting, redact)
        """Plans that make good, and what is unknown; asked for within :meth:`hand`."""
        self._watch = Watch(self._desk, boot)
        newcomers = Newcomers(self._desk, self._orders, self._stages)
        self._links = Links(self._desk, self._stages, self._permits, newcomers, self._delivery, self._watch)
        self._frames: dict[type, Callable[[int, Any], None]] = {
            Open: self._open,
            Join: self._links.join,
            Leave: self._links.leave,
            Beat: self._links.beat,
            AskPermit: self._ask,
            Drop: self.approvals.drop,
            Outcome: self._outcome,
            Answer: self._answer,
            Offers: self._offers,
            Doing: self._doing,
            Did: self._did,
        }

    def judge_by(self, judge: Judge) -> None:
        """Let these rules say which calls a person decides, and by whom."""
        self._voids.judge = self.approvals.judge = judge

    @property
    def world(self) -> World:
        """Everything the core knows, to be read and not changed."""
        return self._desk.world

    def recover(
        self,
        facts: Iterable[tuple[float, Fact]],
        now: Moment,
        image: bytes | None = None,
        pending: Mapping[str, str] | None = None,
    ) -> list[Effect]:
        """Fold the whole record, as pairs of wall time and fact, into a core that has seen nothing yet.

        With an ``image`` of the world, ``facts`` are those that came after it was taken. ``pending`` are the exact
        arguments of what waits for people, by the names that an ``Append`` gave them.
        """
        self._desk.begin(now)
        if image is not None:
            self._desk.world = load(image, now)
            self.access.anew()
        Recovery(self._desk, self._stages, self._permits, self._watch).fold(facts)
        self._lifts.finish()
        self.approvals.recovered(pending or {})
        self._forget()
        return self._desk.drain()

    def _forget(self) -> None:
        names = settled(self.world)
        if names:
            self._desk.write(Fact("forgotten", {"runs": names}))

    def vouch(self, entry: int, digest: str, now: Moment) -> list[Effect]:
        """Write down that the image with this digest is that of the world as of this entry of the record."""
        self._desk.begin(now)
        self._desk.write(Fact(IMAGE, {"entry": entry, "sha256": digest}))
        return self._desk.drain()

    def reconcile(self, states: Iterable[RunState], now: Moment) -> list[Effect]:
        """Make the trace agree with the record, once, after ``recover`` and before the first connection.

        ``states`` are all runs of the trace. What the trace missed is told, and what only the trace has (the end
        of a run, a kill or pause that went out before the hub died) is recorded.
        """
        self._desk.begin(now)
        states = tuple(states)
        Reconcile(self._desk, self._orders, self._stages).states(states)
        self._ruled.reconcile(states)
        return self._desk.drain()

    def take_up(self, order: str, facts: Iterable[Fact], now: Moment) -> list[Effect]:
        """Take up the epoch that the record is in, once at each start, and record what it says about itself.

        ``order`` is the id of the pause that the fleet gets in a new epoch.
        """
        self._desk.begin(now)
        self._epochs.take_up(order)
        for fact in facts:
            self._epochs.write(fact)
        return self._desk.drain()

    def rights_unwritten(self, now: Moment) -> list[Effect]:
        """Take back every right that was to be given and is not on disk: the record takes nothing."""
        self._desk.begin(now)
        self.deciding.unwritten()
        self.access.unwritten()
        self.glass.unwritten()
        self.rules.unwritten()
        self.makings.unwritten()
        return self._desk.drain()

    def connected(
        self, conn: int, hello: Hello, now: Moment, *, own: bool = False, token: str = ""
    ) -> list[Effect]:
        """Take the hello of a gate on a new connection; ``conn`` is positive and never used again.

        ``own``: the gate is that of the hub's own canary, which alone may be called so. ``token`` is the agent token
        it came with, empty for the one that is bound to nothing.
        """
        self._desk.begin(now)
        self._links.connected(conn, hello, own=own, token=token)
        if conn in self.world.links:
            self.rules.greet(conn)
        return self._desk.drain()

    def frame(self, conn: int, frame: Any, now: Moment) -> list[Effect]:
        """Take a control frame of a gate. A connection that the core does not know any more is passed over."""
        desk = self._desk
        desk.begin(now)
        link = desk.world.links.get(conn)
        if link is not None:
            desk.world.gates[link.gate].heard = now.mono
            self._frames[type(frame)](conn, frame)
        return desk.drain()

    def _open(self, conn: int, frame: Open) -> None:
        known = frame.run in self.world.runs
        self._links.open(conn, frame)
        if not known and frame.run in self.world.runs:
            self._ruled.born(self.world.runs[frame.run])

    def _ask(self, conn: int, frame: AskPermit) -> None:
        if frame.run in self.world.links[conn].runs:
            self._permits.ask(conn, frame)
            return
        problem = f"run {frame.run!r} is not open on this connection"
        self._desk.send(conn, Refused(req=frame.req, code="unknown_run", problem=problem))

    def _outcome(self, conn: int, frame: Outcome) -> None:
        run = self.world.runs.get(frame.run)
        if run is None or self.world.links[conn].gate not in run.members:
            problem = f"run {frame.run!r} was never open at this gate, so it has no outcomes in it"
            self._desk.hang(conn, "role", problem)
            return
        self._permits.outcome(conn, frame)
        self.makings.settle()
        self._stages.settle(run)

    def _answer(self, conn: int, frame: Answer) -> None:
        gate = self.world.links[conn].gate
        self._stages.answer(gate, frame)
        run = self.world.runs.get(frame.run)
        if run is not None and run.kill is not None and run.kill.order == frame.order:
            self._permits.doubt(run, gate, frame.in_flight)

    def _offers(self, conn: int, frame: Offers) -> None:
        host = self.hosting.offers(conn, frame)
        if host is not None:
            self.makings.offered(host, frame)

    def _doing(self, conn: int, frame: Doing) -> None:
        if not self.makings.doing(conn, frame):
            self.unknowns.doing(conn, frame)

    def _did(self, conn: int, frame: Did) -> None:
        if not self.makings.did(conn, frame):
            self.unknowns.did(conn, frame)

    def owes(self, runs: Collection[str]) -> bool:
        """Return whether :meth:`reported` is to be called before what these runs report is stored."""
        return self._ruled.owes(runs)

    def reported(self, runs: Collection[str], now: Moment) -> list[Effect]:
        """Take it that these runs report something: their traces are told first what they are under by now."""
        self._desk.begin(now)
        self._ruled.reported(runs)
        return self._desk.drain()

    def finished(self, run: str, claim: str, now: Moment) -> list[Effect]:
        """Take the agent's claim of how a run ended, as the trace has it. The first one counts."""
        self._desk.begin(now)
        found = self.world.runs.get(run)
        if found is not None and not found.claim:
            self._desk.write(Fact("run.finished", {"claim": claim}, run=run))
            self._permits.release(found)
            self._stages.settle(found)
        return self._desk.drain()

    def closed(self, conn: int, now: Moment) -> list[Effect]:
        """A connection is no more, whoever closed it."""
        self._desk.begin(now)
        self._links.closed(conn)
        self.unknowns.closed(conn)
        return self._desk.drain()

    def order(self, request: int, ask: Ask, now: Moment) -> list[Effect]:
        """Take an operator's order for all these runs or none, or for a scope. Its ``Reply`` carries ``request``.

        A run to which the order was given before, and for which it holds, is answered with that receipt. An order that
        is ``partial`` leaves out what cannot be a target. One by scope, other than a resume, stands until it is lifted.

        An order that takes rights away comes out as its frames and ``Pushed`` alone; what else it means is worked
        out with the next input, whichever that is, and before it. So nothing is decided that does not know of it.
        """
        self._desk.begin(now)
        self._orders.give(request, ask)
        return self._desk.drain()

    def lift(self, request: int, ask: AskLift, now: Moment) -> list[Effect]:
        """Take the lift of a standing order; it takes hold, and its ``Reply`` comes, once it is on disk."""
        self._desk.begin(now)
        self._lifts.lift(request, ask)
        return self._desk.drain()

    def stand_again(self, request: int, order: str, order_id: str, why: str, now: Moment) -> list[Effect]:
        """Give a standing order once more, as the hub's own, before a lift of it can take hold."""
        self._desk.begin(now)
        given = self.world.given[order]
        spared = frozenset(given.freed)
        ask = Ask(
            order_id, given.verb, (), "hub", why, now.wall, scope=given.scope, spared=spared, cause="hub"
        )
        self._orders.give(request, ask)
        return self._desk.drain()

    def due_reply(self, request: int) -> Reply | None:
        """Return what a request will be answered once the record has it; None where nothing waits for that."""
        return self._orders.due(request)

    def choose(self, verb: Verb, runs: Sequence[str], scope: Scope | None) -> Choice:
        """Return whom such an order would reach as of now. Nothing changes."""
        return choose(self.world, verb, runs, scope, set())

    def hand(self, step: Callable[[], None], now: Moment) -> list[Effect]:
        """Take what a person asks of :attr:`hands`: ``step`` asks it. Its ``Reply`` comes once it is on disk."""
        self._desk.begin(now)
        step()
        return self._desk.drain()

    def committed(self, token: int, now: Moment) -> list[Effect]:
        """The facts of this append are on disk."""
        self._desk.begin(now)
        self._desk.committed(token)
        return self._desk.drain()

    def pushed(self, order: str, now: Moment) -> list[Effect]:
        """The frames before a ``Pushed`` of this order were written to the sockets."""
        self._desk.begin(now)
        self._delivery.pushed(order)
        return self._desk.drain()

    def process_gone(self, gate: str, now: Moment) -> list[Effect]:
        """The process a ``Check`` asked about does not exist any more."""
        self._desk.begin(now)
        self._links.gone(gate)
        return self._desk.drain()

    @property
    def due(self) -> float:
        """The monotonic second of the next ``tick`` that has to be exact: then a run may be presumed stopped.

        ``inf`` where nothing waits for that. No input makes it come within a second of itself.
        """
        return self._stages.due

    def tick(self, now: Moment) -> list[Effect]:
        """Find out what time alone has changed; every 100 ms, and when it is ``due``."""
        self._desk.begin(now)
        self._stages.tick()
        self._permits.tick()
        self._watch.tick()
        self.makings.tick()
        self._voids.tick()
        self.access.tick()
        self.glass.tick()
        self._forget()
        return self._desk.drain()

    def receipts(self, pairs: Iterable[tuple[str, str]]) -> list[Receipt]:
        """Return the receipt of each pair of order and run, as far as it is known; unknown pairs are left out."""
        return receipts(self.world, pairs)

    def receipts_of(self, *, run: str | None = None, order: str | None = None) -> list[Receipt]:
        """Return the receipts of a run, of an order, or of one order at one run, oldest order first."""
        if run is None:
            given = self.world.orders.get(order or "", {})
            return receipts(self.world, [(order or "", name) for name in given])
        known = self.world.runs.get(run)
        names = [order] if order is not None else known.orders if known is not None else []
        return receipts(self.world, [(name, run) for name in names])
