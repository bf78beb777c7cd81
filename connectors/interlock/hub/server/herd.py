"""Gates come in one after another, however many come back at once. Never in the way of an order or a console.

Five hundred gates that lost one hub find the next one within a second or two. Each of them costs the loop a handshake,
a greeting and its runs; together they would hold up whoever wants to stop something just then.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from interlock.hub.server.limits import GATES_BURST, GATES_PER_S, GATES_WAITING

__all__ = ["Pace", "Turnstile"]

_LATEST = 60.0
"""Seconds after which whoever is sent away is to come again at the latest."""


class Pace:
    """Lets through ``burst`` at once and ``rate`` a second from then on: never more than both in any second. Pure."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, float(burst)
        self._left, self._at = float(burst), 0.0
        self._promised = 0.0

    def take(self, now: float) -> float:
        """Let one through at ``now`` and return 0, or return in how many seconds the next one may go through."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._rate

    def later(self, now: float, before: int) -> float:
        """Return in how many seconds one too many, behind ``before`` others, comes again: each at its own time."""
        self._promised = max(self._promised, now + before / self._rate) + 1.0 / self._rate
        self._promised = min(self._promised, now + _LATEST)
        return self._promised - now


class Turnstile:
    """Has gates wait for their turn in the order in which they came. Runs on the hub's loop."""

    def __init__(self, pace: Pace | None = None, most: int = GATES_WAITING) -> None:
        """At most ``most`` wait; further ones are told when to come again."""
        self._pace = pace or Pace(GATES_PER_S, GATES_BURST)
        self._most = most
        self._waiting: deque[tuple[asyncio.Future[None], Callable[[], bool]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, here: Callable[[], bool]) -> float:
        """Return 0 once it is the caller's turn, at once the seconds after which to come again where too many wait.

        ``here`` says whether the caller is still there: one that has left takes no turn from the others.
        """
        if len(self._waiting) >= self._most:
            return self._pace.later(time.monotonic(), len(self._waiting))
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, here))
        if self._timer is None:
            self._pump()
        await turn
        return 0.0

    def _pump(self) -> None:
        self._timer = None
        while self._waiting:
            turn, here = self._waiting[0]
            wait = 0.0 if turn.done() or not here() else self._pace.take(time.monotonic())
            if wait > 0.0:
                self._timer = asyncio.get_running_loop().call_later(wait, self._pump)
                return
            self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
