"""An agent's side that obeys the protocol, for the core's tests: it keeps what a real gate keeps, and no more.

What the hub sends lies in the plant until :meth:`Agent.read`: a frame that was not read when the connection is cut
never arrived. What the agent sends arrives at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from interlock.events import InFlight
from interlock.wire import LEASE_MS, PERMIT_MS, Command, Granted, Held, Kept, Lease, Opened, Refused
from tests.hub.core.plant import Plant, flying, number_of, run_id


@dataclass
class Mine:
    """One run as its gate sees it."""

    number: int
    parent: int | None = None
    role: str = "support"
    joined: bool = False
    opened: bool = False
    state: str = "new"
    orders: dict[str, Any] = field(default_factory=dict)
    """Kill and pause orders it obeys."""
    asked: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Request -> the call it is for, and when it was sent."""
    flying: dict[str, str] = field(default_factory=dict)
    """Call -> its permit."""
    unkept: dict[str, str] = field(default_factory=dict)
    """Permit -> call, of outcomes the hub has not said to be on disk."""

    def kept(self, permits: Sequence[str]) -> None:
        """Forget outcomes that are on disk."""
        for permit in permits:
            self.unkept.pop(permit, None)

    def may_leave(self) -> bool:
        """Say whether nothing of the run is in flight or may still start."""
        return self.opened and not self.flying and not self.asked

    def in_flight(self) -> tuple[InFlight, ...]:
        """Return what is in the air."""
        return tuple(flying(call, permit=permit) for call, permit in self.flying.items())


@dataclass
class Agent:
    """One gate in one process."""

    plant: Plant
    number: int
    conn: int = 0
    at: int = 0
    """How many frames of this connection were read."""
    alive: bool = True
    lease_until: float = 0.0
    beats: list[float] = field(default_factory=list)
    runs: dict[str, Mine] = field(default_factory=dict)
    calls: int = 0
    starts: list[tuple[str, str]] = field(default_factory=list)
    """Every call that started: run and permit."""

    def connect(self) -> None:
        """Connect, and name every run again."""
        self.conn, self.at, self.beats = next(self.plant.numbers), 0, []
        self.plant.hello(self.conn, self.number)
        for name, mine in list(self.runs.items()):
            mine.opened = False
            mine.asked.clear()
            held = tuple(Held(order=order, run=name) for order in mine.orders.values())
            if mine.joined:
                self.plant.join(self.conn, mine.number, again=True, held=held)
            else:
                self.plant.open(
                    self.conn, mine.number, parent=mine.parent, role=mine.role, again=True, held=held
                )

    def could_start(self, mine: Mine) -> bool:
        """Say whether a permit that was sent and not read yet would still let a call start."""
        sent = self.plant.sent[self.conn][self.at :] if self.conn else []
        asked = [
            mine.asked[frame.req][1]
            for frame in sent
            if isinstance(frame, Granted) and frame.req in mine.asked
        ]
        return any(self.plant.time < at + PERMIT_MS / 1000 for at in asked)

    def cut(self) -> None:
        """Lose the connection with everything on it that was not read."""
        conn, self.conn = self.conn, 0
        self.plant.close(conn)

    def die(self) -> None:
        """End the process, whatever it was doing."""
        self.alive = False
        self.runs.clear()
        if self.conn:
            self.cut()

    def enter(
        self, run: int, *, parent: int | None = None, role: str = "support", join: bool = False
    ) -> None:
        """Open or join a run."""
        self.runs[run_id(run)] = Mine(run, parent=parent, role=role, joined=join)
        if join:
            self.plant.join(self.conn, run)
        else:
            self.plant.open(self.conn, run, parent=parent, role=role)

    def beat(self) -> None:
        """Send a heartbeat."""
        self.beats.append(self.plant.time)
        self.plant.beat(self.conn, len(self.beats) - 1)

    def ask(self, name: str) -> None:
        """Ask to start one more call, unless the run stands still."""
        mine = self.runs[name]
        if mine.opened and mine.state == "running":
            self.calls += 1
            call = f"c-{self.number}-{self.calls}"
            mine.asked[f"ask-{call}"] = call, self.plant.time
            self.plant.ask(self.conn, mine.number, call)

    def end(self, name: str, *, report: bool = True) -> None:
        """End the oldest call in flight; report it now, or once connected again."""
        mine = self.runs[name]
        call = next(iter(mine.flying))
        permit = mine.flying.pop(call)
        mine.unkept[permit] = call
        if self.conn and mine.opened and report:
            self._report(mine)

    def report(self) -> None:
        """Say everything that was not said yet."""
        for mine in self.runs.values():
            if self.conn and mine.opened:
                self._report(mine)

    def _report(self, mine: Mine) -> None:
        for permit, call in mine.unkept.items():
            self.plant.outcome(self.conn, mine.number, permit, call)
        for order in mine.orders.values():
            self._answer(mine, order)

    def _answer(self, mine: Mine, order: Any) -> None:
        self.plant.answer(self.conn, number_of(order.order), mine.number, *mine.in_flight())

    def leave(self, name: str) -> None:
        """Be done with a run that has nothing in flight."""
        mine = self.runs.pop(name)
        self._report(mine)
        self.plant.leave(self.conn, mine.number)

    def read(self, limit: int = 1000) -> None:
        """Read what the hub sent."""
        while self.conn and limit and self.at < len(self.plant.sent[self.conn]):
            frame = self.plant.sent[self.conn][self.at]
            self.at += 1
            limit -= 1
            self._take(frame)

    def _take(self, frame: Any) -> None:
        match frame:
            case Opened():
                self._opened(frame)
            case Command():
                for name in frame.runs:
                    self._obey(name, frame.order)
            case Granted():
                self._granted(frame)
            case Refused():
                self._refused(frame)
            case Lease():
                self.lease_until = self.beats[frame.n] + LEASE_MS / 1000
            case _:
                self._kept(frame)

    def _kept(self, frame: Any) -> None:
        for mine in self.runs.values():
            mine.kept(frame.permits if isinstance(frame, Kept) else ())

    def _opened(self, frame: Opened) -> None:
        mine = self.runs.get(frame.run)
        if mine is None:
            return
        assert mine.state != "killed" or frame.state == "killed", "a killed run must not be said to run"
        mine.opened = True
        if frame.order is not None:
            self._obey(frame.run, frame.order)
        else:
            mine.state = "running"
            mine.orders.clear()
        self._report(mine)

    def _obey(self, name: str, order: Any) -> None:
        mine = self.runs.get(name)
        if mine is None:
            self.plant.leave(self.conn, number_of(name))
            return
        if order.verb == "kill":
            mine.state, mine.orders = "killed", {"kill": order}
        elif order.verb == "pause" and mine.state != "killed":
            mine.state, mine.orders = "paused", {"pause": order}
        elif order.verb == "resume" and mine.state != "killed":
            mine.state, mine.orders = "running", {}
        self._answer(mine, order)

    def _granted(self, frame: Granted) -> None:
        for name, mine in self.runs.items():
            call, sent = mine.asked.pop(frame.req, ("", 0.0))
            if call and mine.state == "running" and self.plant.time < sent + PERMIT_MS / 1000:
                mine.flying[call] = frame.permit
                self.starts.append((name, frame.permit))
            elif call:
                # Never started: the hub learns that it will not.
                self.plant.outcome(self.conn, mine.number, frame.permit, call, "failed")

    def _refused(self, frame: Refused) -> None:
        for name, mine in list(self.runs.items()):
            mine.asked.pop(frame.req, None)
            if frame.req in (f"open-{mine.number}", f"join-{mine.number}"):
                del self.runs[name]
