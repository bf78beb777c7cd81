"""Durations and rates as people write them: ``200ms``, ``5s``, ``10m``; ``10 per minute``. Pure."""

import re

__all__ = ["PERIODS", "duration", "spelled"]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?(ms|s|m|h|d)", re.ASCII)

LONGEST = 366 * 86400.0
"""Seconds. A duration beyond it is a slip of the pen."""

PERIODS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "run": 0.0}
"""Seconds of a window by its word; ``run`` is no window but the whole run."""


def duration(text: object) -> float:
    """Return the seconds a duration says. Raises ValueError with what to write instead."""
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        more = f"; {text!r} has no unit" if isinstance(text, int | float) else ""
        raise ValueError(f"write a duration such as 200ms, 5s or 10m{more}")
    seconds = float(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= LONGEST:
        raise ValueError("a duration is more than 0 and at most 366d")
    return seconds


def spelled(seconds: float) -> str:
    """Return the duration in the largest unit that says it exactly; the inverse of :func:`duration`."""
    for unit in ("d", "h", "m", "s"):
        count = seconds / _UNITS[unit]
        if count >= 1 and count == int(count):
            return f"{int(count)}{unit}"
    return f"{seconds * 1000:.6f}".rstrip("0").rstrip(".") + "ms"
