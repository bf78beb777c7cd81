"""What gates said and the core has not taken yet: ten thousand answers at once must not keep an operator waiting."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

__all__ = ["MOST", "SLICE", "Inbox"]

SLICE = 0.05
"""Seconds of gates' frames in one turn of the loop; orders, commits and answers to operators come in between."""
MOST = 20_000
"""Frames that wait at most; beyond, each that comes in waits for one to be taken, and so does its socket."""


class Inbox:
    """Hands frames on at once while there are few, and slice by slice while there are many: always in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._until = 0.0
        self._turning = False

    def put(self, step: Callable[[], None]) -> None:
        """Take a step after every other that was put here, now or in a later turn of the loop."""
        if not self._turning:
            self._turning = True
            self._until = time.monotonic() + SLICE
            self._loop.call_soon(self._turn)
        if not self._waiting and time.monotonic() < self._until:
            step()
            return
        self._waiting.append(step)
        if len(self._waiting) > MOST:
            self._waiting.popleft()()

    def _turn(self) -> None:
        self._until = time.monotonic() + SLICE
        while self._waiting and time.monotonic() < self._until:
            self._waiting.popleft()()
        self._turning = bool(self._waiting)
        if self._turning:
            self._loop.call_soon(self._turn)

    def drain(self) -> None:
        """Take everything that waits, now."""
        while self._waiting:
            self._waiting.popleft()()

    async def emptied(self, seconds: float) -> None:
        """Wait for what waits here now, at most so long, so that what gates said before a question is in its answer."""
        if self._waiting:
            done: asyncio.Future[None] = self._loop.create_future()
            self.put(lambda: None if done.done() else done.set_result(None))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done, seconds)
