"""What became of a call that waits, or waited, in words: in the list, on the card, in commands. Pure."""

from typing import Any

from interlock.text import visible_line
from interlock_console.output import age

__all__ = [
    "became",
    "because",
    "close_to",
    "counted",
    "decided",
    "left",
    "state",
    "tone",
    "unended",
    "voters",
]

Json = dict[str, Any]

_WORDS = {"timed_out": "timed out", "used": "approved", "void": "void"}
_OUTCOMES = {
    "done": "ran",
    "failed": "failed",
    "unknown": "outcome UNKNOWN",
    "too_late": "too late, did not run",
}
_BRIEF = {"done": "ran", "failed": "FAILED", "unknown": "UNKNOWN", "too_late": "too late"}


def state(found: Json) -> str:
    """Return what became of it, in words: and once it was approved, how the call went."""
    if found["state"] == "waiting":
        return "waits, time stands still" if found["held"] else f"waits, {age(found['left_s'] or 0)} left"
    word = _WORDS.get(found["state"], found["state"])
    ended = _OUTCOMES.get(found["outcome"] or "", "in flight" if unended(found) else "")
    return visible_line(f"{word}, {ended}" if ended else str(word))


def unended(found: Json) -> bool:
    """Return whether the call of it began, and nothing is known of how it ended."""
    return found["state"] == "used" and not found["outcome"]


def because(row: Json) -> str:
    """Return one reason: the rule, what it says, and what met it; nothing twice where the rule's name says it all."""
    rule, bound, value = (visible_line(str(row[key])) for key in ("rule", "bound", "value"))
    if rule.endswith(".always"):
        return rule
    if rule.endswith(".tainted"):
        return f"{rule}: the run has read {value}"
    return f"{rule} {bound}, and {value if value.startswith('this is call ') else f'it is {value}'}"


def close_to(found: Json) -> list[Json]:
    """Return the bounds that the call is near while it waits; once it is decided, the counts have it in them."""
    return list(found["near"]) if found["state"] == "waiting" else []


def decided(found: Json) -> str:
    """Return the whole sentence: what was decided, by whom and why, and how the call went."""
    word, _, ended = state(found).partition(", ")
    by = f" by {visible_line(str(found['decided_by']))}" if found["decided_by"] else ""
    if found["outcome"] == "too_late" and found["state"] == "void" and by:
        word, by = f"approved{by}, then void", ""
    why = f": {visible_line(str(found['reason']))}" if found["reason"] else ""
    return f"{word}{by}{why}{f'; {ended}' if ended else ''}"


def became(found: Json) -> str:
    """Return the same of a decided one in a few letters, for a list: ``ran``, ``rejected``, ``too late``."""
    if found["outcome"]:
        return _BRIEF.get(found["outcome"], visible_line(str(found["outcome"]), 10))
    words = {"used": "in flight", "approved": "approved", "timed_out": "timed out"}
    return words.get(found["state"], visible_line(str(found["state"]), 10))


def tone(found: Json) -> str:
    """Return the tone of a decided one: what somebody has to look at is loud."""
    if found["outcome"] in ("failed", "unknown"):
        return "fault"
    if found["outcome"] == "too_late" or found["state"] in ("timed_out", "void"):
        return "held"
    return "live" if found["outcome"] == "done" else "text"


def left(seconds: float | None, held: bool) -> str:
    """Return the time left for a list, six cells at most; ``held`` where its clock stands still."""
    if held:
        return "held"
    return "-" if seconds is None else age(seconds)


def voters(found: Json) -> list[str]:
    """Return who approved what it is now: votes for what it was before an edit do not count."""
    return list(dict.fromkeys(str(v["by"]) for v in found["votes"] if v["digest"] == found["digest"]))


def counted(found: Json) -> str:
    """Return ``1 of 2`` where more than one person has to approve, else nothing."""
    return f"{len(voters(found))} of {found['needs']}" if found["needs"] > 1 else ""
