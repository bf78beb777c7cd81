"""Orders and lifts that operators asked for and have no answer yet, also while the record takes nothing."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from interlock import ids
from interlock.hub.core.core import Ask, AskLift
from interlock.hub.core.effects import Refusal, Reply
from interlock.hub.core.scope import Scope
from interlock.hub.core.world import Verb
from interlock.hub.failpoints import passing

if TYPE_CHECKING:
    from interlock.hub.server.engine import Engine

__all__ = ["Asking"]

_LIFT = "lift"
_FIX = "free space on the hub's disk, then {} again, with a new key if there was one"
_NOT_GIVEN = {
    "resume": Refusal(
        "unrecorded",
        "the record takes nothing now, so nothing was resumed: what was paused stays paused",
        _FIX.format("resume"),
    ),
    _LIFT: Refusal(
        "unrecorded",
        "the record takes nothing now, so nothing was lifted: the order stands",
        _FIX.format("lift it"),
    ),
}
"""What gives rights, and what is said where it could not be written: on disk first, or not at all."""


class Asking:
    """Gives what is asked to the core. Frames to gates are written before a call returns; its answer comes later."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._waiting: dict[int, tuple[str, str]] = {}
        """Requests without an answer: the order they give or lift, and the verb."""

    def order(
        self,
        verb: Verb,
        runs: Sequence[str],
        by: str,
        reason: str,
        key: str,
        *,
        scope: Scope | None = None,
        partial: bool = False,
        cause: str = "person",
    ) -> "asyncio.Future[Reply]":
        """Give an order. While the record takes nothing a resume is refused: one that waited would hold at any time."""
        passing("order received")
        engine, order = self._engine, ids.new_order()
        request, reply = engine.request()
        if not self._refused(request, verb):
            self._waiting[request] = order, verb
            at = engine.now()
            ask = Ask(
                order, verb, tuple(runs), by, reason, at.wall, key, scope=scope, partial=partial, cause=cause
            )
            engine.step(lambda: engine.core.order(request, ask, at))
        return reply

    def lift(self, order: str, proof: str, by: str, reason: str, key: str) -> "asyncio.Future[Reply]":
        """Lift a standing order. While the record takes nothing it is refused, as a resume is."""
        passing("lift received")
        engine = self._engine
        request, reply = engine.request()
        if not self._refused(request, _LIFT):
            self._waiting[request] = order, _LIFT
            at = engine.now()
            ask = AskLift(order, proof, by, reason, at.wall, ids.new_order(), key)
            engine.step(lambda: engine.core.lift(request, ask, at))
        return reply

    def _refused(self, request: int, verb: str) -> bool:
        if self._engine.unrecorded and verb in _NOT_GIVEN:
            self._engine.reply(Reply(request, _NOT_GIVEN[verb]))
            return True
        return False

    def answered(self, request: int) -> None:
        """Forget a request that has its answer."""
        self._waiting.pop(request, None)

    def unwritten(self) -> None:
        """Answer all that wait for a record that takes nothing. What takes rights away acts, and says so.

        What would give rights is taken back, before it can take hold: the record has both, or neither.
        """
        core = self._engine.core
        for request, (order, verb) in list(self._waiting.items()):
            due = core.due_reply(request)
            if verb in _NOT_GIVEN:
                self._take_back(due.order if due is not None else order, verb)
                self._engine.reply(Reply(request, _NOT_GIVEN[verb]))
            else:
                self._engine.reply(due or Reply(request, order=order))

    def _take_back(self, order: str, verb: str) -> None:
        engine, at = self._engine, self._engine.now()
        request, _ = engine.request()
        why = f"{verb} of order {order} could not be written to disk, so it does not take hold"
        if verb == _LIFT:
            engine.step(lambda: engine.core.stand_again(request, order, ids.new_order(), why, at))
            return
        cases = engine.core.world.orders.get(order, {})
        runs = tuple(case.run for case in cases.values() if case.inherited_from not in cases)
        if runs:
            ask = Ask(ids.new_order(), "pause", runs, "hub", why, at.wall, partial=True, cause="hub")
            engine.step(lambda: engine.core.order(request, ask, at))
