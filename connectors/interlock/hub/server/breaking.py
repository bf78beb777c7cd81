"""Circuit breakers that are not closed, at any gate: told to all. Kept in memory; time is an argument. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from interlock.breakers import Tripped
from interlock.hub.core.world import Gate

__all__ = ["MOST", "Breaking"]

Json = dict[str, Any]

MOST = 200
"""Breakers that are named. The oldest are left out where more are open: by then the newest say what is wrong."""


class Breaking:
    """What the gates said of their breakers. A start of the hub forgets it; each gate says it again once it is back."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        """``redact`` takes secrets out of a text: endpoints are what agents wrote."""
        self._redact = redact
        self._held: dict[tuple[str, str, str], Json] = {}

    def heard(self, gate: str, event: Json, now: float) -> None:
        """Take one ``breaker.changed`` of a gate, at a Unix time in seconds."""
        tool, endpoint = self._redact(event["tool"]), self._redact(event.get("endpoint") or "")
        before = self._held.pop((gate, tool, endpoint), None)
        state = event["state"]
        if state == "closed":
            return
        until = now + (event.get("for_ms") or 0.0) / 1000 if state == "open" else None
        self._hold(gate, tool, endpoint, state, until, before["since"] if before else now)

    def told(self, gate: str, tripped: Iterable[Tripped], now: float) -> None:
        """Take what a gate says of all its breakers, in place of what it said before; the latest to leave closed first.

        ``now`` is a Unix time in seconds.
        """
        for name in [name for name in self._held if name[0] == gate]:
            del self._held[name]
        for each in sorted(tripped, key=lambda each: each.since_ms, reverse=True):
            until = now + each.for_ms / 1000 if each.state == "open" else None
            tool, endpoint = self._redact(each.tool.raw), self._redact(each.endpoint.raw)
            self._hold(gate, tool, endpoint, each.state, until, now - each.since_ms / 1000)

    def _hold(
        self, gate: str, tool: str, endpoint: str, state: str, until: float | None, since: float
    ) -> None:
        self._held[gate, tool, endpoint] = {
            "tool": tool,
            "endpoint": endpoint,
            "gate": gate,
            "state": state,
            "until": until,
            "since": since,
        }
        if len(self._held) > MOST:
            # A gate with breakers without end pushes out its own, and nobody else's.
            ((fullest, _),) = Counter(name[0] for name in self._held).most_common(1)
            del self._held[next(name for name in self._held if name[0] == fullest)]

    def to_json(self, gates: Mapping[str, Gate]) -> list[Json]:
        """Return them, those that changed last first, without those of gates that are gone."""
        for name in [name for name in self._held if not _there(gates.get(name[0]))]:
            del self._held[name]
        return list(reversed(self._held.values()))


def _there(gate: Gate | None) -> bool:
    return gate is not None and not gate.gone and bool(gate.conn or gate.runs)
