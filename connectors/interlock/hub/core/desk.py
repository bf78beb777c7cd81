"""The desk every part of the core works at: the world, the moment, and what is to be done about it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from interlock.events import (
    ConfirmedStopped,
    Drained,
    OrderRecorded,
    PresumedStopped,
)
from interlock.hub.core.effects import (
    Append,
    Effect,
    Fact,
    Hang,
    Moment,
    Moved,
    Pushed,
    Refusal,
    Reply,
    Send,
    SendOpened,
    Tell,
)
from interlock.hub.core.fold import fold
from interlock.hub.core.world import Case, World
from interlock.model import Model
from interlock.wire import Opened

__all__ = ["Desk"]

_TOLD: dict[str, type[OrderRecorded | Drained | PresumedStopped | ConfirmedStopped]] = {
    "recorded": OrderRecorded,
    "drained": Drained,
    "presumed": PresumedStopped,
    "confirmed": ConfirmedStopped,
}
_ON_DISK_FIRST = frozenset({"drained", "presumed", "confirmed", "ended"})
"""Stages on which a person leans back: shown once they are on disk, so that no restart takes one away."""


class Desk:
    """Collects the effects of one input. Facts are folded as they are written, and appended together at the end."""

    def __init__(self) -> None:
        self.world = World()
        self.now = Moment(0.0, 0.0)
        self._effects: list[Effect] = []
        self._pushed: list[Effect] = []
        self._facts: list[Fact] = []
        self._keep: list[tuple[str, str]] = []
        self._spend: list[str] = []
        self.exact: dict[str, str] = {}
        """Exact arguments of what waits for people, by name; in the record there is no more than their digest."""
        self._then: list[Callable[[], None]] = []
        self._waiting: dict[int, list[Callable[[], None]]] = {}
        self._behind: list[tuple[Moment, Callable[[], None]]] = []
        self._unpushed: dict[str, dict[str, Case]] = {}
        self._token = 0
        self._gathered: dict[tuple[str, str, str], list[Case]] | None = None

    def begin(self, now: Moment) -> None:
        """Turn to the input of this moment, once what an order left to be done behind its frames is done."""
        behind, self._behind = self._behind, []
        for moment, step in behind:
            self.now = moment
            step()
        self.now = now

    def behind_frames(self, order: str, step: Callable[[], None]) -> None:
        """Let the frames of this order out now, and take the step, in this moment's name, before any other input."""
        self.pushed(order)
        self._behind.append((self.now, step))

    def do(self, effect: Effect) -> None:
        """Add an effect, in order."""
        self._effects.append(effect)

    def send(self, conn: int, frame: Model) -> None:
        """Write a frame to a connection; a connection that is not there any more is passed over."""
        if conn in self.world.links:
            self._effects.append(Send(conn, frame))

    def send_opened(self, conn: int, gate: str, frame: Opened) -> None:
        """Write an ``opened`` frame whose ``seq`` the trace knows."""
        if conn in self.world.links:
            self._effects.append(SendOpened(conn, gate, frame))

    def hang(self, conn: int, code: str, problem: str) -> None:
        """Close a connection and say why."""
        self._effects.append(Hang(conn, code, problem))

    def pushed(self, order: str) -> None:
        """Ask to be told when the frames of this input are written, for an order's receipts."""
        self._pushed.append(Pushed(order))

    def sent(self, case: Case, gate: str) -> None:
        """Keep in mind that an order is written to a gate; its stage ``pushed`` comes with :meth:`pushed`."""
        case.sent.add(gate)
        if "pushed" not in case.stages:
            self._unpushed.setdefault(case.order, {})[case.run] = case

    def out(self, order: str) -> list[Case]:
        """Return the cases of an order that were written to a gate, each once."""
        return list(self._unpushed.pop(order, {}).values())

    def tell(self, run: str, event: Model) -> None:
        """Add an event of the hub to the run's trace."""
        self._effects.append(Tell(run, self.world.runs[run].trace, event))

    def reply(self, request: int, receipts: tuple[tuple[str, str], ...]) -> None:
        """Answer an operator with receipts."""
        self.answer(Reply(request, receipts=receipts))

    def answer(self, reply: Reply) -> None:
        """Answer an operator."""
        self._effects.append(reply)

    def refuse(self, request: int, refusal: Refusal) -> None:
        """Answer an operator with a refusal."""
        self._effects.append(Reply(request, refusal=refusal))

    def write(self, fact: Fact) -> None:
        """Let a fact become true now and have it recorded with the others of this input."""
        fact = self._marked(fact)
        fold(self.world, fact, self.now)
        self._facts.append(fact)

    def _marked(self, fact: Fact) -> Fact:
        """Return the fact with the break-glass under which its operator acted, if there is one."""
        people = self.world.people
        if not people.open or "by" not in fact.body:
            return fact
        glass = people.broken(str(fact.body["by"]), *self.now)
        return fact if glass is None else replace(fact, body={**fact.body, "break_glass": glass.name})

    def keep(self, name: str, exact: str) -> None:
        """Have exact arguments on disk, apart from the record, before the facts of this input are."""
        self.exact[name] = exact
        self._keep.append((name, exact))

    def spend(self, name: str) -> None:
        """Let exact arguments go, once the facts of this input are on disk."""
        if self.exact.pop(name, None) is not None:
            self._spend.append(name)

    def then(self, step: Callable[[], None]) -> None:
        """Do this once everything written up to and with this input is on disk."""
        self._then.append(step)

    def stage(self, case: Case, stage: str, note: str = "") -> None:
        """Write down that an order reached a stage with one run, and tell the run's trace."""
        if self._gathered is None:
            self.stages([case], stage, note)
        else:
            self._gathered.setdefault((case.order, stage, note), []).append(case)

    @contextmanager
    def gathering(self) -> Generator[None]:
        """Let all that reach a stage within share one fact; it is written down at the end, in order."""
        self._gathered = {}
        yield
        gathered, self._gathered = self._gathered, None
        for (_, stage, note), cases in gathered.items():
            self.stages(cases, stage, note)

    def stages(self, cases: Sequence[Case], stage: str, note: str = "") -> None:
        """Write down that one order reached a stage with these runs: one fact for all whose time began together."""
        together: dict[float, list[Case]] = {}
        for case in cases:
            if stage not in case.stages:
                together.setdefault(case.received, []).append(case)
        for fresh in together.values():
            self._stages(fresh, stage, note)

    def _stages(self, fresh: Sequence[Case], stage: str, note: str) -> None:
        order, verb = fresh[0].order, fresh[0].verb
        ms = round(max(0.0, (self.now.mono - fresh[0].received) * 1000), 3)
        runs = [case.run for case in fresh]
        body = {"stage": stage, "ms": ms, "at": self.now.wall, "note": note, "verb": verb, "runs": runs}
        self.write(Fact("stage", body, run=runs[0] if len(runs) == 1 else "", order=order))
        if stage not in _ON_DISK_FIRST:
            self._show(fresh, stage)
            return
        for case in fresh:
            case.unsaved.add(stage)
        self.then(lambda: self._show(fresh, stage))

    def _show(self, cases: Sequence[Case], stage: str) -> None:
        """Tell the runs of a stage they reached together: it is one event for all of them."""
        told, event = _TOLD.get(stage), None
        for case in cases:
            reached = case.stages.get(stage)
            case.unsaved.discard(stage)
            if reached is not None and told is not None:
                event = event or told(order=case.order, verb=case.verb, ms=reached.ms, note=reached.note)
                self.tell(case.run, event)
        self.do(Moved(cases[0].order))

    def committed(self, token: int) -> None:
        """Go on with what waited for this append."""
        for step in self._waiting.pop(token, ()):
            step()

    def drain(self) -> list[Effect]:
        """Return what is to be done: frames first, then the append, at the end what answers for the frames.

        A step that waits for the disk and wrote nothing itself goes with the newest append that is still on its
        way, or is taken at once when there is none.
        """
        while self._then and not self._facts and not self._waiting:
            steps, self._then = self._then, []
            for step in steps:
                step()
        if self._facts:
            self._token += 1
            self._effects.append(
                Append(self._token, tuple(self._facts), tuple(self._keep), tuple(self._spend))
            )
            self._keep, self._spend = [], []
            self._waiting[self._token] = self._then
        elif self._then:
            self._waiting[next(reversed(self._waiting))].extend(self._then)
        self._facts, self._then = [], []
        effects = [*self._effects, *self._pushed]
        self._effects, self._pushed = [], []
        return effects
