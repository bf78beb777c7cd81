"""Connections: which gate speaks on which, which runs it has opened, and when it is gone for good."""

from interlock.events import GateJoined, GateLeft, RunBack, RunStarted
from interlock.hub.core.delivery import Delivery
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact
from interlock.hub.core.newcomers import Newcomers
from interlock.hub.core.permits import Permits
from interlock.hub.core.stages import Stages
from interlock.hub.core.targets import depth
from interlock.hub.core.watch import Watch
from interlock.hub.core.world import Gate, Link, Run
from interlock.reserved import CANARY, PREFIX, reserved
from interlock.text import Untrusted
from interlock.wire import LEASE_MS, Beat, Hello, Join, Lease, Leave, Open, Opened, Refused

__all__ = ["DEPTH_MAX", "MEMBERS_MAX", "Links"]

DEPTH_MAX = 100
"""Ancestors a run can have. An order looks at those of each run: without an end to them one agent, by a line of
children, could keep an order for a role from everybody else's gates."""

GOAL_MAX = 16 * 1024
"""Characters of a goal that are kept. What a longer one names is for the gate alone to judge."""

MEMBERS_MAX = 4096
"""Gates that can ever join one run: its state and its receipts name each of them."""


class Links:
    """Connects gates to runs. What a gate may do on a connection hangs on what it opened there."""

    def __init__(
        self,
        desk: Desk,
        stages: Stages,
        permits: Permits,
        newcomers: Newcomers,
        delivery: Delivery,
        watch: Watch,
    ) -> None:
        self._desk = desk
        self._stages = stages
        self._permits = permits
        self._newcomers = newcomers
        self._delivery = delivery
        self._watch = watch

    def connected(self, conn: int, hello: Hello, *, own: bool = False, token: str = "") -> None:
        """Take a gate's hello. One gate has one connection, and is one process for ever, with one token.

        ``own``: it came with the token of the hub's own agent. ``token`` is an agent's, bound to its names.
        """
        desk, world = self._desk, self._desk.world
        gate = world.gates.get(hello.gate)
        if gate is None:
            gate = world.gates[hello.gate] = Gate(
                hello.gate, hello.pid, hello.started, hello.boot, hello.host.raw, token=token
            )
        elif gate.gone:
            desk.hang(conn, "role", f"gate {gate.name!r} is recorded as gone with its process; connect anew")
            return
        elif (gate.pid, gate.started, gate.boot) != (hello.pid, hello.started, hello.boot):
            problem = f"gate {gate.name!r} belongs to process {gate.pid}; each process connects its own"
            desk.hang(conn, "role", problem)
            return
        if gate.token != token:
            desk.hang(conn, "role", f"gate {gate.name!r} came with another token; connect anew")
            return
        if gate.conn:
            desk.hang(gate.conn, "superseded", f"gate {gate.name!r} has connected again")
            self._drop(gate.conn)
        gate.conn, gate.heard = conn, desk.now.mono
        world.links[conn] = Link(gate.name, own=own, token=token)

    def closed(self, conn: int) -> None:
        """A connection is no more. That proves nothing about the process behind it."""
        if conn in self._desk.world.links:
            self._drop(conn)

    def _drop(self, conn: int) -> None:
        self._permits.forget(conn)
        gate = self._desk.world.gates[self._desk.world.links.pop(conn).gate]
        gate.conn, gate.parted = 0, gate.heard
        self._desk.world.making.hosts.pop(gate.name, None)
        self._watch.away(gate)

    def open(self, conn: int, frame: Open) -> None:
        """Register a run, or let its gate go on with it."""
        world = self._desk.world
        run = world.runs.get(frame.run)
        if run is not None:
            self._known(conn, frame, run, may_enter=frame.again)
            return
        started = frame.first.event
        if frame.first.run != frame.run or not isinstance(started, RunStarted):
            self._desk.hang(conn, "malformed", f"the first event of run {frame.run!r} is not its own")
            return
        if not self._may_be(conn, frame, started):
            return
        parent = started.parent or ""
        if parent and parent not in world.runs:
            problem = f"parent run {parent!r} is not known here"
            self._desk.send(conn, Refused(req=frame.req, code="unknown_parent", problem=problem))
            return
        if depth(world, parent) > DEPTH_MAX:
            problem = f"run {parent!r} has {DEPTH_MAX} ancestors; start what follows it without a parent"
            self._desk.send(conn, Refused(req=frame.req, code="limit", problem=problem))
            return
        body = {
            "trace": frame.first.trace,
            "parent": parent,
            "agent": started.agent.raw,
            "role": started.role.raw,
        }
        bound = world.people.tokens.get(world.links[conn].token)
        if bound is not None:
            body["owner"] = bound.operator
        self._desk.write(Fact("run", body, run=frame.run))
        _remember(world.runs[frame.run], frame)
        self._watch.expect(world.runs[frame.run])
        if frame.again:
            self._desk.tell(frame.run, RunBack(gate=world.links[conn].gate))
        self._member(conn, frame.run)
        self._newcomers.inherit(frame.run)
        self._welcome(conn, frame, world.runs[frame.run])

    def _may_be(self, conn: int, frame: Open, started: RunStarted) -> bool:
        """Say whether a run may have these names: the hub's own agent is the canary, and nobody else is."""
        names = started.agent.raw, started.role.raw
        if self._desk.world.links[conn].own:
            fine, problem = names == (CANARY, CANARY), f"with this token an agent and its role are {CANARY!r}"
        else:
            fine = not any(map(reserved, names))
            problem = f"names that begin with {PREFIX!r} are the hub's own; give the agent and role another"
        if fine and (wrong := self._unbound(conn, *names)):
            fine, problem = False, wrong
        if not fine:
            self._desk.send(conn, Refused(req=frame.req, code="policy", problem=problem))
        return fine

    def _unbound(self, conn: int, agent: str, role: str) -> str:
        """Return why the token of this connection is not for such a run, or nothing."""
        token = self._desk.world.people.tokens.get(self._desk.world.links[conn].token)
        return "" if token is None else token.misfit(agent, role)

    def join(self, conn: int, frame: Join) -> None:
        """Let a further gate into a run, or a known one back."""
        run = self._desk.world.runs.get(frame.run)
        if run is None:
            problem = f"run {frame.run!r} is not known here"
            self._desk.send(conn, Refused(req=frame.req, code="unknown_run", problem=problem))
            return
        self._known(conn, frame, run, may_enter=True)

    def _known(self, conn: int, frame: Open | Join, run: Run, *, may_enter: bool) -> None:
        gate = self._desk.world.links[conn].gate
        if (run.name in self._desk.world.own) != self._desk.world.links[conn].own:
            problem = f"run {run.name!r} is the hub's own, and opens only to its own agent"
            if self._desk.world.links[conn].own:
                problem = f"run {run.name!r} is not the hub's own"
            self._desk.send(conn, Refused(req=frame.req, code="policy", problem=problem))
        elif wrong := self._unbound(conn, run.agent, run.role):
            self._desk.send(conn, Refused(req=frame.req, code="policy", problem=wrong))
        elif run.members.get(gate) == "":
            self._welcome(conn, frame, run)
        elif run.claim:
            problem = f"run {run.name!r} has ended; nothing more starts in it"
            self._desk.send(conn, Refused(req=frame.req, code="finished", problem=problem))
        elif may_enter and gate not in run.members and len(run.members) >= MEMBERS_MAX:
            problem = (
                f"{MEMBERS_MAX} gates have joined run {run.name!r}; open a run of its own with it as parent"
            )
            self._desk.send(conn, Refused(req=frame.req, code="limit", problem=problem))
        elif may_enter:
            self._member(conn, frame.run)
            self._welcome(conn, frame, run)
        else:
            problem = f"run {run.name!r} was opened by another gate; join it instead"
            self._desk.send(conn, Refused(req=frame.req, code="policy", problem=problem))

    def _member(self, conn: int, run: str) -> None:
        desk = self._desk
        gate = desk.world.gates[desk.world.links[conn].gate]
        body = {
            "gate": gate.name,
            "pid": gate.pid,
            "started": gate.started,
            "boot": gate.boot,
            "host": gate.host,
        }
        if gate.token:
            body["token"] = gate.token
        desk.write(Fact("gate", body, run=run))
        desk.tell(run, GateJoined(gate=gate.name, pid=gate.pid, host=Untrusted(gate.host)))

    def _welcome(self, conn: int, frame: Open | Join, run: Run) -> None:
        """Let the gate speak for the run; ``opened`` follows once everything about the run is on disk."""
        link = self._desk.world.links[conn]
        if isinstance(frame, Open):
            _remember(run, frame)
        link.runs.add(run.name)
        self._newcomers.adopt(link.gate, frame.held, run.name)
        self._watch.heard(run, link.gate)
        self._desk.then(lambda: self._opened(conn, frame.req, link.gate, run))

    def _opened(self, conn: int, req: str, gate: str, run: Run) -> None:
        desk = self._desk
        link = desk.world.links.get(conn)
        if link is None or run.name not in link.runs:
            return
        holds = run.stop()
        opened = Opened(
            req=req,
            run=run.name,
            state="killed" if run.kill else "paused" if run.pause else "running",
            order=holds.as_order((run.name,)) if holds else None,
            cancel=run.cancel.as_order((run.name,)) if run.cancel else None,
        )
        desk.send_opened(conn, gate, opened)
        if holds:
            link.told[run.name] = holds.order
        for case in run.holding():
            desk.sent(case, gate)
            if "pushed" not in case.stages:
                desk.pushed(case.order)
        if holds is None:
            self._stages.told_to_go_on(run, gate)

    def beat(self, conn: int, frame: Beat) -> None:
        """Answer a heartbeat with a lease, counted here from this sending.

        A gate that came back and has not been told on this connection what holds is told first: no lease reaches a
        gate ahead of a kill, so a stop that was presumed stays true. One that has forgotten the run leaves it then.
        """
        desk = self._desk
        link = desk.world.links[conn]
        gate = desk.world.gates[link.gate]
        self._delivery.remind(conn)
        gate.lease_until = desk.now.mono + LEASE_MS / 1000
        desk.send(conn, Lease(n=frame.n))
        for name in link.runs:
            self._watch.heard(desk.world.runs[name], gate.name)

    def leave(self, conn: int, frame: Leave) -> None:
        """Count a gate no more: nothing of this run is in flight there, and nothing will start."""
        link = self._desk.world.links[conn]
        link.runs.discard(frame.run)
        run = self._desk.world.runs.get(frame.run)
        if run is None or run.members.get(link.gate) != "":
            return
        run.held = [held for held in run.held if held.gate != link.gate]
        self._left(run, link.gate, "left", gone=False)

    def gone(self, name: str) -> None:
        """Count a gate no more whose process does not exist any more. One that is connected again is alive."""
        gate = self._desk.world.gates.get(name)
        if gate is None or gate.conn:
            return
        for run in [self._desk.world.runs[run] for run in gate.runs]:
            self._left(run, name, f"process {gate.pid} is gone", gone=True)
            if not any(True for _ in run.active()):
                self._watch.lose(run, f"process {gate.pid} is gone, and no other gate looks after the run")

    def _left(self, run: Run, gate: str, why: str, *, gone: bool) -> None:
        self._permits.give_up(
            run, gate, f"its gate {why}" if gone else "its gate left and never said how it ended"
        )
        run.parted = self._desk.now.mono
        self._desk.write(Fact("gate.left", {"gate": gate, "why": why, "gone": gone}, run=run.name))
        self._desk.tell(run.name, GateLeft(gate=gate, why=why))
        self._stages.settle(run)


def _remember(run: Run, frame: Open) -> None:
    """Keep a run's goal while the hub lives, for bounds that name it. The first one counts."""
    started = frame.first.event
    if run.goal is None and isinstance(started, RunStarted) and isinstance(started.goal, Untrusted):
        run.goal = started.goal.raw if len(started.goal) <= GOAL_MAX else None
