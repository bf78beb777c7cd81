"""Circuit breakers that are open somewhere, in words: which tool's, at which gate, until when. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from interlock.ids import shorten
from interlock.text import visible_line

__all__ = ["came", "line", "name", "opened", "until"]

Json = dict[str, Any]


def opened(breakers: Iterable[Json]) -> list[Json]:
    """Return those that refuse calls now; one that is half-open lets one call probe."""
    return [breaker for breaker in breakers if breaker.get("state") == "open"]


def line(breakers: Sequence[Json]) -> str:
    """Return ``BREAKER 2``: how many are not closed; empty for none."""
    return f"BREAKER {len(breakers)}" if breakers else ""


def name(breaker: Json, limit: int = 40) -> str:
    """Return the tool, and the endpoint where it has one: visible."""
    tool = visible_line(str(breaker.get("tool")), limit)
    endpoint = str(breaker.get("endpoint") or "")
    return f"{tool} at {visible_line(endpoint, limit)}" if endpoint else tool


def until(breaker: Json, now: float) -> str:
    """Return when an open one lets a call through, as of ``now`` (Unix seconds)."""
    if breaker.get("state") != "open":
        return "one call probes"
    at = breaker.get("until")
    if at is None:
        return "not told"
    left = float(at) - now
    return f"{left:.0f}s left" if left > 0 else "the next call probes"


def came(before: Sequence[Json], now: Sequence[Json]) -> list[tuple[str, str]]:
    """Return (text, tone) for the ticker of every breaker that opened, and of each that is closed again."""
    was, are = ({_key(breaker): breaker for breaker in told} for told in (before, now))
    said = [
        (f"breaker of {name(breaker)} OPEN at gate {_gate(breaker)}: calls fail at once", "fault")
        for key, breaker in are.items()
        if breaker.get("state") == "open" and (key not in was or was[key].get("state") != "open")
    ]
    return said + [
        (f"breaker of {name(was[key])} at gate {_gate(was[key])} is closed, or its gate gone", "text")
        for key in was
        if key not in are
    ]


def _key(breaker: Json) -> tuple[str, str, str]:
    return str(breaker.get("tool")), str(breaker.get("endpoint")), str(breaker.get("gate"))


def _gate(breaker: Json) -> str:
    return visible_line(shorten(str(breaker.get("gate"))), 12)
