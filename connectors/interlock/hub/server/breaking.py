"""Circuit breakers that are not closed, at any gate: told to all. Kept in memory; time is an argument. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from interlock.hub.core.world import Gate

__all__ = ["MOST", "Breaking"]

Json = dict[str, Any]

MOST = 200
"""Breakers that are named. The oldest are left out where more are open: by then the newest say what is wrong."""


class Breaking:
    """What the gates said of their breakers. A start of the hub forgets it, until a breaker changes again."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        """``redact`` takes secrets out of a text: endpoints are what agents wrote."""
        self._redact = redact
        self._held: dict[tuple[str, str, str], Json] = {}

    def heard(self, gate: str, event: Json, now: float) -> None:
        """Take one ``breaker.changed`` of a gate, at a Unix time in seconds."""
        tool, endpoint = self._redact(event["tool"]), self._redact(event.get("endpoint") or "")
        name = (gate, tool, endpoint)
        before = self._held.pop(name, None)
        state = event["state"]
        if state == "closed":
            return
        open_for = event.get("for_ms") or 0.0
        self._held[name] = {
            "tool": tool,
            "endpoint": endpoint,
            "gate": gate,
            "state": state,
            "until": now + open_for / 1000 if state == "open" else None,
            "since": before["since"] if before else now,
        }
        if len(self._held) > MOST:
            del self._held[next(iter(self._held))]

    def to_json(self, gates: Mapping[str, Gate]) -> list[Json]:
        """Return them, those that changed last first, without those of gates that are gone."""
        for name in [name for name in self._held if not _there(gates.get(name[0]))]:
            del self._held[name]
        return list(reversed(self._held.values()))


def _there(gate: Gate | None) -> bool:
    return gate is not None and not gate.gone and bool(gate.conn or gate.runs)
