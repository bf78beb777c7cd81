"""The core after a start: the record folded again, and nothing assumed that only the dead hub knew."""

from collections.abc import Iterable

from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact
from interlock.hub.core.fold import fold
from interlock.hub.core.permits import Permits
from interlock.hub.core.stages import Stages
from interlock.hub.core.watch import Watch
from interlock.wire import LEASE_MS

__all__ = ["Recovery"]


class Recovery:
    """Counts from the restart: every lease as granted now, every run as lost until a gate of it is back."""

    def __init__(self, desk: Desk, stages: Stages, permits: Permits, watch: Watch) -> None:
        self._desk = desk
        self._stages = stages
        self._permits = permits
        self._watch = watch

    def fold(self, facts: Iterable[tuple[float, Fact]]) -> None:
        """Fold the whole record, then go on with every order that has not come to its end."""
        world = self._desk.world
        world.replaying = True
        for _, fact in facts:
            fold(world, fact, self._desk.now)
        world.replaying = False
        self._gates()
        for run in world.runs.values():
            self._watch.lose(run, "the hub restarted, and no gate of the run has come back yet")
        self._recorded()
        for case in list(world.open_cases.values()):
            if case.verb == "kill":
                self._stages.expect(world.runs[case.run], case)
            self._stages.settle(world.runs[case.run])
        self._doubts()

    def _gates(self) -> None:
        for gate in self._desk.world.gates.values():
            if gate.runs:
                gate.lease_until = self._desk.now.mono + LEASE_MS / 1000
                self._watch.away(gate)

    def _recorded(self) -> None:
        """An order that was read from the record is on disk, also where the hub died before it said so."""
        for cases in self._desk.world.orders.values():
            self._desk.stages(list(cases.values()), "recorded", "found in the record after a restart")

    def _doubts(self) -> None:
        for run in self._desk.world.runs.values():
            if run.kill is not None and run.permits:
                for gate, said in run.kill.answers.items():
                    self._permits.doubt(run, gate, said.latest)
