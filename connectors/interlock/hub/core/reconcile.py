"""The trace made to agree with the record after a restart: each has its own file, and the hub died between them."""

from collections.abc import Iterable, Iterator

from interlock.events import ConfirmedStopped, Drained, OrderRecorded, PresumedStopped, RunLost
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Tell
from interlock.hub.core.inbox import Inbox
from interlock.hub.core.inbox_events import announced, concluded
from interlock.hub.core.making import Making, Unknown
from interlock.hub.core.orders import Ask, Orders
from interlock.hub.core.stages import Stages
from interlock.hub.core.targets import Target, descendants
from interlock.hub.core.unknowns import found_out, left_open
from interlock.hub.core.world import Case, Run, Verb
from interlock.model import Model
from interlock.runs import OPEN_MAX, RunState

__all__ = ["Reconcile"]

_EVENTS: dict[str, type[OrderRecorded | Drained | PresumedStopped | ConfirmedStopped]] = {
    "recorded": OrderRecorded,
    "drained": Drained,
    "presumed": PresumedStopped,
    "confirmed": ConfirmedStopped,
}
_STOPS = ("recorded", "presumed", "confirmed")


class Reconcile:
    """Tells a run's trace what only the record has, and takes from it what only the trace has.

    The trace alone can hold the end of a run, and a kill or pause that went out to the gates before the hub died:
    both are taken over, because they take rights away. A resume is taken from the record only.
    """

    def __init__(self, desk: Desk, orders: Orders, stages: Stages) -> None:
        self._desk = desk
        self._orders = orders
        self._stages = stages

    def states(self, states: Iterable[RunState]) -> None:
        """Compare every run of the trace with the record, and tell of what was ordered where the trace has no run."""
        absent = dict(self._desk.world.runs)
        unknowns: dict[str, list[Unknown]] = {}
        for unknown in self._desk.world.making.unknowns.values():
            unknowns.setdefault(unknown.run, []).append(unknown)
        for state in states:
            absent.pop(state.run, None)
            run = self._desk.world.runs.get(state.run)
            if run is None:
                self._unknown(state)
                continue
            if state.claim and not run.claim:
                self._desk.write(Fact("run.finished", {"claim": state.claim}, run=run.name))
                self._stages.settle(run)
            self._adopt(state, run)
            self._tell(state, run, unknowns.get(run.name, ()))
        # The hub died before the first event of these was stored; their gates bring it again, if they come back.
        for run in absent.values():
            self._tell(RunState(run.name), run, unknowns.get(run.name, ()))

    def _tell(self, state: RunState, run: Run, unknowns: Iterable[Unknown]) -> None:
        world = self._desk.world
        for event in (*_missing(state, run), *_in_hand(state, run), *_waiting(state, world.inbox)):
            self._desk.tell(run.name, event)
        for event in _known_now(state, world.making):
            self._desk.tell(run.name, event)
        missed = [unknown for unknown in unknowns if unknown.call not in state.unknown]
        # A state names so many at most: told at every start, the others would be counted as left out each time.
        for unknown in missed[: max(0, OPEN_MAX - len(state.unknown))]:
            self._desk.tell(run.name, left_open(unknown))

    def _unknown(self, state: RunState) -> None:
        if state.phase == "running":
            why = "the hub restarted before it had this run on record"
            self._desk.do(Tell(state.run, state.trace, RunLost(why=why)))

    def _adopt(self, state: RunState, run: Run) -> None:
        world, verb = self._desk.world, _stopped(state)
        known, given = world.orders.get(state.order, {}), world.given.get(state.order)
        if not state.order or run.name in known or run.kill is not None:
            return
        # Each run that heard of the order is taken over in its turn, under the one order.
        if given is not None and (given.verb != verb or given.lifted is not None):
            return
        if verb == "pause" and (run.pause is not None or run.over()):
            return
        why = "found in the trace after a restart: it went out to the gates before the hub died"
        ask = Ask(state.order, verb, (run.name,), state.by.raw, why, self._desk.now.wall, cause="gate")
        below = [target for target in descendants(world, verb, run.name) if target.run not in known]
        self._orders.issue(ask, [Target(run.name, ""), *below])


def _stopped(state: RunState) -> Verb:
    return "kill" if state.stop else "pause"


def _missing(state: RunState, run: Run) -> Iterator[Model]:
    """Yield the events that bring the trace's view of a run to what the record says."""
    if run.kill is not None:
        if not state.stop:
            yield run.kill.issued()
        yield from _reached(run.kill, _STOPS[_STOPS.index(state.stop) + 1 if state.stop in _STOPS else 0 :])
    elif run.pause is not None:
        known = state.hold and state.order == run.pause.order
        if not known:
            yield run.pause.issued()
        yield from _reached(run.pause, () if known and state.hold == "drained" else ("drained",))
    elif state.hold and run.resume is not None:
        yield run.resume.issued()


def _in_hand(state: RunState, run: Run) -> Iterator[Model]:
    """Yield what the trace missed of claims, releases and notes: it is told of them once they are on record."""
    if run.hand is not None and state.claimed_by.raw != run.claimed_by:
        yield run.hand
    yield from run.noted[state.notes :]


def _known_now(state: RunState, making: Making) -> Iterator[Model]:
    """Yield what the trace missed of calls whose outcome was unknown, and is known now."""
    for found in making.reconciled.values() if state.unknown else ():
        if found.run == state.run and found.call in state.unknown:
            yield found_out(found)


def _waiting(state: RunState, inbox: Inbox) -> Iterator[Model]:
    """Yield what the trace missed of calls that wait for people: that they do, and that they do no more."""
    for known in inbox.open.values():
        if known.run == state.run and known.state == "waiting" and known.name not in state.waiting:
            yield announced(known)
    for name in state.waiting:
        found = inbox.known.get(name)
        if found is None or found.state != "waiting":
            yield concluded(name, found)


def _reached(case: Case, stages: Iterable[str]) -> Iterator[Model]:
    for name in stages:
        reached = case.stages.get(name)
        if reached is not None and name not in case.unsaved:
            yield _EVENTS[name](order=case.order, verb=case.verb, ms=reached.ms, note=reached.note)
