"""Which policies' decisions the trace counts: both sides of what is staged now, or none."""

from typing import TYPE_CHECKING

from interlock.hub.core.effects import Fact
from interlock.hub.server.lanes import Job
from interlock.hub.trace.sides import SIDES

if TYPE_CHECKING:
    from interlock.hub.server.engine import Engine

__all__ = ["Staging"]


class Staging:
    """Tells the trace, behind whatever waits to be written there."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._told = ""

    def changed(self) -> None:
        """Look at what holds now. At a start too: a trace that counts it already goes on."""
        book = self._engine.core.rules.book
        active, staged, candidate = book.version(), book.staged(), book.candidate
        order, body = "", {}
        if active is not None and staged is not None and candidate is not None:
            order = candidate.order
            since = self._engine.now().wall
            body = {"since": since, "active": active.digest, "candidate": staged.digest}
        told = f"{order} {body.get('active')}"
        if told != self._told:
            self._told = told
            self._engine.store_job(Job([], [], facts=(Fact(SIDES, body, order=order),)))
