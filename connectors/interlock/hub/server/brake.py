"""When the brake was last proven, and how fast it was: what the canary's verdicts come to. Pure."""

from collections import deque
from math import inf
from typing import Any, Literal

from interlock.model import Model

__all__ = ["EVERY_SECONDS", "PROOFS", "SLOW_MS", "Brake", "Given", "Verdict"]

EVERY_SECONDS = 60.0
PROOFS = 60
"""Proofs whose times p50 and p99 are of."""
SLOW_MS = 100
"""From order to closed gate; a p99 above this is shown as slow (DESIGN 10: recorded within 100 ms)."""
_LATE = 2.0
_GRACE = 5.0
"""A proof is stale after two intervals and this many seconds, or intervals if those are shorter: one proof may fail to
come, two may not."""


class Given(Model):
    """An order the canary gave, and the milliseconds from there to its gate closing, by its own clock."""

    order: str
    closed: float


class Verdict(Model):
    """What the canary says of one proof."""

    run: str
    ok: bool
    problem: str
    orders: dict[Literal["pause", "resume", "kill"], Given]
    at: float


class Brake:
    """The hub's word on its own brake. Without a fresh verdict of the canary it is never a good one."""

    def __init__(self, every: float | None, now: float) -> None:
        """Expect a proof every so many seconds from ``now`` on (monotonic); None where there is no canary."""
        self._every, self._last = every, now
        self._ms: deque[float] = deque(maxlen=PROOFS)
        self._ok: bool | None = None
        self._problem = "" if every is not None else "this hub was started with --no-canary"
        self._proven_at: float | None = None
        self._count = 0

    def take(self, verdict: Verdict, doubt: str, now: float) -> None:
        """Take a verdict; ``doubt`` says why the hub's own receipt does not bear it out, or is empty."""
        self._count += 1
        self._ok, self._problem = verdict.ok and not doubt, verdict.problem or doubt
        if self._ok:
            self._proven_at, self._last = verdict.at, now
            self._ms.append(verdict.orders["kill"].closed)

    def fail(self, problem: str) -> None:
        """Take it that there is no verdict, and why."""
        self._ok, self._problem = False, problem

    @property
    def _patience(self) -> float:
        return inf if self._every is None else self._every * _LATE + _GRACE * min(1.0, self._every)

    def to_json(self, now: float) -> dict[str, Any]:
        """Return the ``brake`` object of docs/protocol.md as of a monotonic second."""
        ordered = sorted(self._ms)
        p50, p99 = (
            (ordered[int((len(ordered) - 1) * part)] for part in (0.5, 0.99)) if ordered else (None, None)
        )
        ok, problem = self._ok, self._problem
        if ok is not False and now - self._last > self._patience:
            ok, problem = False, f"no proof for {now - self._last:.0f} s"
        return {
            "proven_at": self._proven_at,
            "ok": ok,
            "problem": problem,
            "p50": p50,
            "p99": p99,
            "count": self._count,
            "every_s": self._every or 0.0,
            "slow_ms": SLOW_MS,
        }
