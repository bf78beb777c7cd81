"""Which policy, which side of a staged one and which level a run is under, in words. Pure."""

from collections.abc import Sequence
from typing import Any

from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console.output import line

__all__ = ["decided", "under"]

Json = dict[str, Any]

_DIGEST = 8


def under(state: RunState) -> str:
    """Return ``version 3 (ab12cd34), the candidate, level ask``; empty where nothing but the class decides.

    The level is the lowest of the role's autonomy and of the dials over the whole run; a tool may be held lower.
    """
    parts: list[str] = []
    if state.policy:
        parts.append(f"version {int(state.policy_n)} ({visible_line(state.policy, _DIGEST + 1)[:_DIGEST]})")
        parts += ["the CANDIDATE"] if state.candidate else []
    if state.level != "auto" or state.policy:
        parts.append(f"level {line(state.level, 12)}")
    return ", ".join(parts)


def decided(items: Sequence[Json]) -> tuple[str, str] | None:
    """Return (digest of the policy, rule) of the newest verdict among events of one call; None where there is none.

    A verdict that says ask or no outranks one that let the call go on later: it is what a person looks up.
    """
    verdicts = [item["e"]["event"] for item in items if item["e"]["event"].get("kind") == "gate.decided"]
    ruled = [event for event in verdicts if event.get("rule")]
    if not ruled:
        return None
    held = [event for event in ruled if event.get("verdict") in ("ask", "deny", "shadow")]
    event = (held or ruled)[-1]
    return str(event.get("policy") or ""), str(event["rule"])
