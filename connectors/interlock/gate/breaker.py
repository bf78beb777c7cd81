"""Circuit breakers: whether a tool, or one endpoint of it, is worth another call. Time is an argument, in seconds."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal

from interlock.contract import Breaking

__all__ = ["Breaker", "Breakers", "Entered", "State"]

State = Literal["closed", "open", "half-open"]

MOST = 1024
"""Breakers of one gate. Endpoints are what agents write, so there is no end of them; closed ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What a breaker said to one call: let through under ``ticket`` (0: not), else ``left`` seconds to wait."""

    ticket: int
    left: float = 0.0
    changed: bool = False


class Breaker:
    """Opens after ``failures`` of the last ``calls`` within the window; then one call probes whether it may close."""

    __slots__ = ("_ended", "_lock", "_probe", "_probe_until", "_tickets", "rule", "since", "state", "until")

    def __init__(self, rule: Breaking) -> None:
        self.rule = rule
        self.state: State = "closed"
        self.until = 0.0
        """Open until then."""
        self.since = 0.0
        """When it left ``closed`` last."""
        self._ended: deque[tuple[float, bool]] = deque()
        self._tickets = 0
        self._probe = 0
        self._probe_until = 0.0
        self._lock = threading.Lock()

    def enter(self, now: float) -> Entered:
        """Ask to let a call through. One that is must :meth:`leave`.

        A probe that has not come back after the window's time is given up, and another call may probe.
        """
        with self._lock:
            if self.state == "closed":
                return Entered(self._ticket())
            if self.state == "open" and now < self.until:
                return Entered(0, self.until - now)
            if self.state == "half-open" and now < self._probe_until:
                return Entered(0)
            changed = self.state == "open"
            self.state = "half-open"
            self._probe_until = now + self.rule.window_s
            self._probe = self._ticket()
            return Entered(self._probe, changed=changed)

    def _ticket(self) -> int:
        self._tickets += 1
        return self._tickets

    def leave(self, ticket: int, now: float, *, failed: bool | None) -> bool:
        """Say how a call ended; None for one that says nothing of the tool. Return whether the state changed.

        While it is not closed only the probe counts: what began before says nothing new.
        """
        with self._lock:
            if self.state == "closed":
                return failed is not None and self._count(now, failed)
            if self.state != "half-open" or ticket != self._probe:
                return False
            self._probe = 0
            if failed is None:
                self.state, self.until = "open", now
            elif failed:
                self._open(now)
            else:
                self.state = "closed"
                self._ended.clear()
            return True

    def _count(self, now: float, failed: bool) -> bool:
        ended = self._ended
        ended.append((now, failed))
        while len(ended) > self.rule.calls or ended[0][0] < now - self.rule.window_s:
            ended.popleft()
        if failed and sum(bad for _, bad in ended) >= self.rule.failures:
            self._open(now)
            return True
        return False

    def _open(self, now: float) -> None:
        if self.state == "closed":
            self.since = now
        self.state, self.until = "open", now + self.rule.window_s

    def counts(self) -> tuple[int, int]:
        """Return failures, and calls, that it looks back on."""
        with self._lock:
            return sum(bad for _, bad in self._ended), len(self._ended)


class Breakers:
    """The breakers of one gate, by tool and endpoint."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str], Breaker] = {}
        self._lock = threading.Lock()

    def of(self, tool: str, endpoint: str, rule: Breaking) -> Breaker:
        """Return the breaker of a tool's endpoint, which from now on goes by this rule."""
        found = self._all.get((tool, endpoint))
        if found is None:
            with self._lock:
                found = self._all.setdefault((tool, endpoint), Breaker(rule))
                self._bound()
        if found.rule is not rule:
            found.rule = rule
        return found

    def tripped(self) -> list[tuple[str, str, Breaker]]:
        """Return those that are not closed, by tool and endpoint; what left ``closed`` last comes first."""
        with self._lock:
            known = list(self._all.items())
        found = [(*name, breaker) for name, breaker in known if breaker.state != "closed"]
        return sorted(found, key=lambda each: each[2].since, reverse=True)

    @property
    def count(self) -> int:
        """How many are remembered."""
        return len(self._all)

    def _bound(self) -> None:
        """Forget the oldest closed ones where there are too many; an open one protects somebody, and stays."""
        over = len(self._all) - MOST
        for name in [name for name, breaker in self._all.items() if breaker.state == "closed"][
            : max(0, over)
        ]:
            del self._all[name]
