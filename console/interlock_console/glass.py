"""Broken glass in words, for line 1 and the ticker: who has borrowed which rights, and for how long. Pure.

There is no setting for it: whoever looks at a console sees it until it ends.
"""

from collections.abc import Sequence
from typing import Any

from interlock.text import visible_line
from interlock_console.output import age

__all__ = ["came", "line"]

Json = dict[str, Any]

_ROOM_FOR_ROLE = 10
_BARE = 5
"""Cells for a name in the shortest form that still has one."""


def line(held: Sequence[Json], names: int, now: float | None) -> str:
    """Return ``BREAK-GLASS vic as admin 14m02s``: the newest, and how many; ``names`` are cells for a name."""
    if not held:
        return ""
    newest = max(held, key=_since)
    word = "BREAK-GLASS" if names >= _ROOM_FOR_ROLE else "GLASS"
    many = f"{len(held)} " if len(held) > 1 else ""
    who = visible_line(str(newest.get("who")), names or _BARE)
    if names < _ROOM_FOR_ROLE:
        return f"{many}{word} {who}"
    left = "" if now is None else f" {age(float(newest.get('until') or 0) - now)}"
    return f"{many}{word} {who} as {visible_line(str(newest.get('role')), 10)}{left}"


def came(before: Sequence[Json], now: Sequence[Json]) -> list[tuple[str, str]]:
    """Return (text, tone) for the ticker of every one that was broken or has ended."""
    was, are = ({str(glass.get("id")): glass for glass in told} for told in (before, now))
    said = [(_broken(glass), "alarm") for name, glass in are.items() if name not in was]
    return said + [(_ended(glass), "held") for name, glass in was.items() if name not in are]


def _since(glass: Json) -> float:
    return float(glass.get("since") or 0)


def _broken(glass: Json) -> str:
    return f"BREAK-GLASS: {_who(glass)} acts as {visible_line(str(glass.get('role')), 10)}: {_why(glass)}"


def _ended(glass: Json) -> str:
    return f"break-glass of {_who(glass)} has ended and waits for review: {_why(glass)}"


def _who(glass: Json) -> str:
    return visible_line(str(glass.get("who")), 40)


def _why(glass: Json) -> str:
    return visible_line(str(glass.get("why")), 120)
