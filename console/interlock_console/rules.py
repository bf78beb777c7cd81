"""Which policy, which side of a staged one and which level a run is under, in words. Pure."""

from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console.output import line

__all__ = ["under"]

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
