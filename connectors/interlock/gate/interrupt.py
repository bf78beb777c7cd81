"""Ending what is awaited when its run is killed: the task is cancelled, and the cancellation becomes the kill."""

import asyncio
from typing import TYPE_CHECKING, Any

from interlock.gate.passage import stopped

if TYPE_CHECKING:
    from interlock.gate.gated import Gated
    from interlock.gate.glance import Read

__all__ = ["Interrupt"]


class Interrupt:
    """Watches one awaited call. Only reads and model calls have one: a write is never interrupted."""

    def __init__(self, call: "Gated | Read", task: "asyncio.Task[Any] | None") -> None:
        self._call, self._task = call, task
        self._loop = asyncio.get_running_loop()
        self._done = False
        self._fired = False
        call.cancelled_by(self._from_link)

    def _from_link(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._fire)
        except RuntimeError:
            pass  # the agent's loop is closed, so nothing is awaited there any more

    def _fire(self) -> None:
        if not self._done and not self._fired and self._task is not None:
            self._fired = True
            self._task.cancel()

    def over(self, error: BaseException | None) -> BaseException | None:
        """End the watch; return what to raise instead of ``error`` if the kill is what ended the call."""
        self._done = True
        self._call.cancelled_by(None)
        if not self._fired or self._task is None:
            return None
        left = self._task.uncancel()
        if left or not isinstance(error, asyncio.CancelledError | None):
            return None
        return stopped(self._call.run, self._call.tool)
