"""The desk every part of the core works at: the world, the moment, and what is to be done about it."""

from collections.abc import Callable

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


class Desk:
    """Collects the effects of one input. Facts are folded as they are written, and appended together at the end."""

    def __init__(self) -> None:
        self.world = World()
        self.now = Moment(0.0, 0.0)
        self._effects: list[Effect] = []
        self._facts: list[Fact] = []
        self._then: list[Callable[[], None]] = []
        self._waiting: dict[int, list[Callable[[], None]]] = {}
        self._token = 0

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

    def tell(self, run: str, event: Model) -> None:
        """Add an event of the hub to the run's trace."""
        self._effects.append(Tell(run, self.world.runs[run].trace, event))

    def reply(self, request: int, receipts: tuple[tuple[str, str], ...]) -> None:
        """Answer an operator with receipts."""
        self._effects.append(Reply(request, receipts=receipts))

    def refuse(self, request: int, code: str, problem: str, fix: str) -> None:
        """Answer an operator with a refusal."""
        self._effects.append(Reply(request, refusal=Refusal(code, problem, fix)))

    def write(self, fact: Fact) -> None:
        """Let a fact become true now and have it recorded with the others of this input."""
        fold(self.world, fact, self.now)
        self._facts.append(fact)

    def then(self, step: Callable[[], None]) -> None:
        """Do this once everything written by this input is on disk."""
        self._then.append(step)

    def stage(self, case: Case, stage: str, note: str = "") -> None:
        """Write down that an order reached a stage, and tell the run's trace."""
        if stage in case.stages:
            return
        ms = max(0.0, (self.now.mono - case.received) * 1000)
        body = {"stage": stage, "ms": round(ms, 3), "at": self.now.wall, "note": note, "verb": case.verb}
        self.write(Fact("stage", body, run=case.run, order=case.order))
        told = _TOLD.get(stage)
        if told is not None:
            self.tell(case.run, told(order=case.order, verb=case.verb, ms=round(ms, 3), note=note))
        self.do(Moved(case.order))

    def committed(self, token: int) -> None:
        """Go on with what waited for this append."""
        for step in self._waiting.pop(token, ()):
            step()

    def drain(self) -> list[Effect]:
        """Return what is to be done, the append last."""
        effects, self._effects = self._effects, []
        if self._facts or self._then:
            self._token += 1
            effects.append(Append(self._token, tuple(self._facts)))
            self._waiting[self._token] = self._then
            self._facts, self._then = [], []
        return effects
