"""What gates said and the core has not taken yet: ten thousand answers at once must not keep an operator waiting.

Each connection's frames are taken in their order, and of those that wait each connection's in turn: one that sends
without end waits for itself, and keeps nobody's permit.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

__all__ = ["CROWDED", "MOST", "SLICE", "Inbox"]

Step = Callable[[], None]

SLICE = 0.05
"""Seconds of gates' frames in one turn of the loop; orders, commits and answers to operators come in between."""
MOST = 20_000
"""Frames that wait at most; beyond, each that comes in has one of its own connection's taken first."""
CROWDED = 1_000
"""Frames of one connection that wait before no more of it is read for a while."""


class Inbox:
    """Hands frames on at once while there are few, and slice by slice while there are many."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.monotonic) -> None:
        self._loop, self._clock = loop, clock
        self._waiting: dict[int, deque[Step]] = {}
        """Connection -> what waits of it; the one whose turn it is comes first."""
        self._count = 0
        self._until = 0.0
        self._turning = False

    def put(self, step: Step, conn: int = 0) -> None:
        """Take a step of this connection after every other of it, now or in a later turn of the loop."""
        if not self._turning:
            self._turning = True
            self._until = self._clock() + SLICE
            self._loop.call_soon(self._turn)
        if not self._waiting and self._clock() < self._until:
            step()
            return
        own = self._waiting.setdefault(conn, deque())
        own.append(step)
        self._count += 1
        if self._count > MOST:
            self._take(conn)

    def _take(self, conn: int) -> None:
        own = self._waiting.pop(conn)
        step = own.popleft()
        self._count -= 1
        if own:
            self._waiting[conn] = own
        step()

    def _turn(self) -> None:
        self._until = self._clock() + SLICE
        while self._waiting and self._clock() < self._until:
            self._take(next(iter(self._waiting)))
        self._turning = bool(self._waiting)
        if self._turning:
            self._loop.call_soon(self._turn)

    def crowded(self, conn: int) -> bool:
        """Return whether so much waits of a connection that reading on would only cost everybody time."""
        return len(self._waiting.get(conn, ())) >= CROWDED

    def drain(self, conn: int | None = None) -> None:
        """Take everything that waits of one connection, or of all, now."""
        if conn is None:
            while self._waiting:
                self._take(next(iter(self._waiting)))
        else:
            while conn in self._waiting:
                self._take(conn)

    async def emptied(self, seconds: float) -> None:
        """Wait for what waits here now, at most so long, so that what gates said before a question is in its answer."""
        if self._waiting:
            left = len(self._waiting)
            done: asyncio.Future[None] = self._loop.create_future()

            def passed() -> None:
                nonlocal left
                left -= 1
                if not left and not done.done():
                    done.set_result(None)

            for conn in list(self._waiting):
                self.put(passed, conn)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done, seconds)
