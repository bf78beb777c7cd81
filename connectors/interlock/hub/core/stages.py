"""How far an order got: what the gates said, and which stage follows from it. The hub concludes, never a gate."""

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from math import inf
from typing import Any

from interlock.events import OrderAcknowledged
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact
from interlock.hub.core.world import Case, Run, Verb
from interlock.wire import MARGIN_MS, Answer

__all__ = ["Stages"]


class Stages:
    """Concludes the stages of each open case from the answers of the gates that count, and from the clock."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._presume: list[tuple[float, str, str]] = []
        self._last: dict[Verb, Callable[[Run, Case], None]] = {
            "kill": partial(self._still, "confirmed"),
            "pause": partial(self._still, "drained"),
            "cancel": self._ended,
            "resume": self._nothing_more,
        }

    def answer(self, gate: str, frame: Answer) -> None:
        """Take what a gate says about an order. An order nobody gave, or a gate that left, is passed over."""
        world = self._desk.world
        case = world.orders.get(frame.order, {}).get(frame.run)
        if case is None or world.runs[frame.run].members.get(gate) != "":
            return
        said = case.answers.get(gate)
        if said is not None and said.latest == frame.in_flight:
            return
        flying = [entry.model_dump(mode="json", exclude_none=True) for entry in frame.in_flight]
        self._desk.write(Fact("answer", {"gate": gate, "in_flight": flying}, run=case.run, order=case.order))
        told = OrderAcknowledged(order=case.order, gate=gate, in_flight=frame.in_flight)
        self._desk.tell(case.run, told)
        self.settle(world.runs[frame.run])

    def told_to_go_on(self, run: Run, gate: str) -> None:
        """Count ``opened`` with nothing that holds as a gate's answer to a resume it missed."""
        case = run.resume
        if (
            case is not None
            and (case.order, run.name) in self._desk.world.open_cases
            and gate not in case.answers
        ):
            body: dict[str, Any] = {"gate": gate, "in_flight": [], "with": "opened"}
            self._desk.write(Fact("answer", body, run=run.name, order=case.order))
            self.settle(run)

    def settle(self, run: Run) -> None:
        """Write down every stage that follows from what is known of this run now."""
        open_cases = self._desk.world.open_cases
        for case in (run.kill, run.pause, run.cancel, run.resume):
            if case is None or (case.order, run.name) not in open_cases:
                continue
            recorded = "recorded" in case.stages
            if recorded or case.verb != "resume":
                self._acknowledged(run, case)
            if recorded:
                self._last[case.verb](run, case)

    def _acknowledged(self, run: Run, case: Case) -> None:
        counted = list(run.active())
        if all(gate in case.answers for gate in counted):
            note = f"by {len(counted)} of {len(counted)} gates" if counted else "no gate is left that could"
            self._desk.stage(case, "acknowledged", note)

    def _still(self, stage: str, run: Run, case: Case) -> None:
        counted = list(run.active())
        said = [case.answers.get(gate) for gate in counted]
        if all(one is not None and not one.latest for one in said):
            note = "" if counted else "no gate of the run is left: each left it, or its process is gone"
            self._desk.stage(case, stage, note)

    def _ended(self, run: Run, case: Case) -> None:
        if run.claim:
            self._desk.stage(case, "ended", f"the agent claims: {run.claim}")
        elif run.members and not any(True for _ in run.active()):
            self._desk.stage(case, "ended", "no gate of the run is left")

    def _nothing_more(self, run: Run, case: Case) -> None:
        """A resume is done once it is acknowledged."""

    def expect(self, run: Run, case: Case) -> None:
        """Work out when nothing new can start any more in a killed run, by the leases and permits given so far."""
        gates = self._desk.world.gates
        last = [self._desk.now.mono]
        last.extend(gates[gate].lease_until for gate in run.active())
        last.extend(permit.expires for permit in run.permits.values())
        case.presume_at = max(last) + MARGIN_MS / 1000
        heappush(self._presume, (case.presume_at, case.order, case.run))

    @property
    def due(self) -> float:
        """When the clock allows it next, in monotonic seconds; ``inf`` for never."""
        return self._presume[0][0] if self._presume else inf

    def tick(self) -> None:
        """Presume what the clock allows."""
        desk, now = self._desk, self._desk.now.mono
        while self._presume and self._presume[0][0] <= now:
            _, order, name = heappop(self._presume)
            case = desk.world.open_cases.get((order, name))
            if case is None:
                continue
            run = desk.world.runs[name]
            counted = list(run.active())
            said = sum(gate in case.answers for gate in counted)
            note = f"nothing new can start; {said} of {len(counted)} gates have answered"
            desk.stage(case, "presumed", note + "; a call already in flight may go on")
