"""Calls that wait for people in words, for line 1 and the ticker: how many, how many of danger, how soon. Pure."""

from typing import Any

from interlock_console.output import age

__all__ = ["SOON", "came", "line", "rings"]

Json = dict[str, Any]

SOON = 60.0
"""Seconds left from which the next one is loud."""


def line(counts: Json | None, form: int) -> tuple[str, str]:
    """Return text and tone for line 1, from the longest ``form`` 0 to the shortest; both empty where nothing waits."""
    if not counts or not counts.get("waiting"):
        return "", ""
    waiting, danger = int(counts["waiting"]), int(counts.get("danger") or 0)
    after = counts.get("next_s")
    tone = "alarm" if danger or (after is not None and after < SOON) else "held"
    if form > 1:
        return f"ASK {waiting}" + (f" DNG {danger}" if danger else ""), tone
    soon = "" if after is None else f"{', next in' * (not form)} {age(float(after))}"
    return f"{waiting} wait" + (f", {danger} danger" if danger else "") + soon, tone


def rings(before: Json | None, now: Json | None) -> bool:
    """Return whether the bell is for this: a new danger call, a first one, or little time left."""
    was, here = before or {}, now or {}
    more = int(here.get("danger") or 0) > int(was.get("danger") or 0)
    first = bool(here.get("waiting")) and not was.get("waiting")
    return more or first or _soon(was, here)


def came(before: Json | None, now: Json | None) -> list[tuple[str, str]]:
    """Return (text, tone) for the ticker where little time is left; what newly waits is told by its own event."""
    here = now or {}
    if not _soon(before or {}, here):
        return []
    left = age(float(here["next_s"]))
    return [(f"a call that waits for a person has {left} left, then it is rejected: 2 lists it", "alarm")]


def _soon(was: Json, here: Json) -> bool:
    after, then = here.get("next_s"), was.get("next_s")
    return after is not None and after < SOON and (then is None or then >= SOON)
