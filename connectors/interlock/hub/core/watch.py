"""What only time tells: runs nobody has heard of, and gates that are away and whose process may be gone."""

from heapq import heappop, heappush
from math import inf

from interlock.events import RunBack, RunLost
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Check
from interlock.hub.core.world import Gate, Run

__all__ = ["CHECKS", "CHECK_S", "LOST_S", "Watch"]

LOST_S = 10.0
"""Without a heartbeat from any gate for so long, a run is lost."""
CHECK_S = 1.0
"""Between two looks at the process of a gate that is away."""
CHECKS = 200
"""Processes looked at in one tick."""
STALL_S = 5.0
"""A tick so late says that the hub itself stood still: heartbeats may wait unread, so nobody is lost yet."""
GRACE_S = 3.0


class Watch:
    """Keeps deadlines in heaps, so that a tick costs what is due and not what there is."""

    def __init__(self, desk: Desk, boot: str) -> None:
        self._desk = desk
        self._boot = boot
        self._due: list[tuple[float, str]] = []
        self._away: list[tuple[float, str]] = []
        self._watched: set[str] = set()
        self._ticked = inf
        self._grace = -inf

    def expect(self, run: Run) -> None:
        """Begin to wait for heartbeats of a run."""
        heappush(self._due, (self._desk.now.mono + LOST_S, run.name))

    def heard(self, run: Run, gate: str) -> None:
        """A gate of the run is there: a lost run is back."""
        if run.lost:
            run.lost = False
            self._desk.tell(run.name, RunBack(gate=gate))
            self.expect(run)

    def lose(self, run: Run, why: str) -> None:
        """Say that nobody is known to look after a run that has not ended."""
        if not run.lost and not run.claim:
            run.lost = True
            self._desk.tell(run.name, RunLost(why=why))

    def away(self, gate: Gate) -> None:
        """Look from now on whether a disconnected gate's process still exists, if it is one of this host's."""
        local = gate.boot == self._boot and bool(self._boot) and gate.pid > 0 and gate.started > 0
        if local and gate.name not in self._watched:
            self._watched.add(gate.name)
            heappush(self._away, (self._desk.now.mono, gate.name))

    def tick(self) -> None:
        """Find what is due."""
        now = self._desk.now.mono
        if now - self._ticked > STALL_S:
            self._grace = now + GRACE_S - LOST_S
        self._ticked = now
        self._check(now)
        self._lost(now)

    def _check(self, now: float) -> None:
        for _ in range(CHECKS):
            if not self._away or self._away[0][0] > now:
                return
            _, name = heappop(self._away)
            gate = self._desk.world.gates[name]
            if gate.conn or gate.gone or not gate.runs:
                self._watched.discard(name)
                continue
            self._desk.do(Check(name, gate.pid, gate.started))
            heappush(self._away, (now + CHECK_S, name))

    def _lost(self, now: float) -> None:
        world = self._desk.world
        while self._due and self._due[0][0] <= now:
            _, name = heappop(self._due)
            run = world.runs.get(name)
            if run is None or run.lost or run.claim:
                continue
            last = max(self._heard(run), self._grace)
            if last + LOST_S > now:
                heappush(self._due, (last + LOST_S, name))
            elif any(True for _ in run.active()):
                self.lose(run, f"no heartbeat from any of its gates for {LOST_S:.0f} s")
            else:
                self.lose(run, "every gate left it, and none said how it ended")

    def _heard(self, run: Run) -> float:
        """Return when a gate was last heard that had this run open, or left it."""
        world, last = self._desk.world, run.parted
        for name in run.active():
            gate = world.gates[name]
            here = gate.conn and run.name in world.links[gate.conn].runs
            last = max(last, gate.heard if here else gate.parted)
        return last
