"""How fast calls may come to wait for people, of one agent and of all.

The exact arguments of each are synced to the disk, on the way on which every order is recorded too: an agent that asks
and lets go, over and over, would hold up everybody's kills.
"""

from collections import deque

__all__ = ["AGENT_RATE", "ALL_RATE", "Rates"]

AGENT_RATE, ALL_RATE = (60, 60.0), (200, 10.0)
"""How many may begin, within how many seconds."""
AGENTS_MAX = 2 * ALL_RATE[0] * round(AGENT_RATE[1] / ALL_RATE[1])
"""Names past which those that have not asked of late are forgotten: more than can have asked within the time."""


class Rates:
    """Counts what began of late. Kept in memory: a restart begins anew."""

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._agents: dict[str, deque[float]] = {}

    def over(self, agent: str, now: float) -> str:
        """Count one more of this agent; or return why it is one too many, and count nothing. ``now`` is monotonic."""
        if len(self._agents) > AGENTS_MAX:
            since = now - AGENT_RATE[1]
            self._agents = {
                name: times for name, times in self._agents.items() if times and times[-1] > since
            }
        own = self._agents.setdefault(agent, deque())
        for times, (most, seconds), whose in (
            (own, AGENT_RATE, "of this agent"),
            (self._all, ALL_RATE, "of all"),
        ):
            while times and times[0] <= now - seconds:
                times.popleft()
            if len(times) >= most:
                return f"{most} calls {whose} came to wait for people within {seconds:g} s; ask again more slowly"
        own.append(now)
        self._all.append(now)
        return ""
