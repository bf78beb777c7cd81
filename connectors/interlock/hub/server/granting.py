"""Rights that operators give and take, while they have no answer yet, also while the record takes nothing."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from interlock.hub.core.effects import Refusal, Reply

if TYPE_CHECKING:
    from interlock.hub.server.engine import Engine

__all__ = ["Granting"]

Step = Callable[[int], None]
_NOT_GIVEN = Refusal(
    "unrecorded",
    "the record takes nothing now, so no right was given",
    "free space on the hub's disk, then try again",
)


class Granting:
    """Giving is on disk first, or does not happen; taking happens, and says whether it is on disk."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._waiting: dict[int, bool] = {}
        """Requests without an answer, and whether each gives a right."""

    def give(self, step: Step) -> "asyncio.Future[Reply]":
        """Let ``step`` ask the core for a right, with the number of the request it gets."""
        request, reply = self._engine.request()
        if self._engine.unrecorded:
            self._engine.reply(Reply(request, _NOT_GIVEN))
        else:
            self._ask(request, step, gives=True)
        return reply

    def take(self, step: Step) -> "asyncio.Future[Reply]":
        """Let ``step`` take a right away, now. While the record takes nothing its answer does not wait for it."""
        request, reply = self._engine.request()
        self._ask(request, step, gives=False)
        if self._engine.unrecorded and not reply.done():
            self._engine.reply(Reply(request))
        return reply

    def _ask(self, request: int, step: Step, *, gives: bool) -> None:
        engine = self._engine
        self._waiting[request] = gives
        engine.step(lambda: engine.core.hand(lambda: step(request), engine.now()))

    def answered(self, request: int) -> None:
        """Forget a request that has its answer."""
        self._waiting.pop(request, None)

    def unwritten(self) -> None:
        """Answer all that wait for a record that takes nothing, after what would have given a right was taken back."""
        engine = self._engine
        engine.step(lambda: engine.core.rights_unwritten(engine.now()))
        for request, gives in list(self._waiting.items()):
            engine.reply(Reply(request, _NOT_GIVEN if gives else None))
