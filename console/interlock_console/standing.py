"""Standing orders in words, for line 1 and the ticker: what holds for runs that do not exist yet. Pure."""

from collections.abc import Sequence
from typing import Any

from interlock.text import visible_line
from interlock_console import aim

__all__ = ["NAMES", "bare", "came", "line"]

Json = dict[str, Any]

NAMES = (30, 18, 10, 5, 0)
"""Cells for the name of a scope, from the widest form of line 1 to the one that only counts."""
_ROOM_FOR_ID = 10
_ID = 6
"""Characters of an order's id in line 1: enough to tell it from the few others that stand."""
_BARE = 5
"""Cells for the name where an order is told with nothing but its verb and whom it is about."""
_STRENGTH = ("kill", "pause", "cancel")


def line(standing: Sequence[Json], names: int) -> str:
    """Return ``KILL role support-agent o-ab12 +7``: the strongest and newest, and how many stand beside it."""
    if not standing:
        return ""
    if not names:
        return f"STANDING {len(standing)}"
    first = _first(standing)
    later = f" +{int(first['later'])}" if first.get("later") else ""
    order = f" {visible_line(str(first['order']), _ID + 1)[:_ID]}" if names >= _ROOM_FOR_ID else ""
    told = f"{_word(first['verb'])} {aim.words(first.get('scope'), names)}{order}"
    return f"{len(standing)} STAND: {told}{later}" if len(standing) > 1 else told + later


def bare(standing: Sequence[Json], *, kind: bool = True) -> str:
    """Return ``2 STAND KILL role supp\u2026``: verb and name of the first of them; without ``kind`` only the name."""
    if not standing:
        return ""
    first = _first(standing)
    whom = aim.words(first.get("scope"), _BARE)
    told = f"{_word(first['verb'])} {whom if kind else whom.partition(' ')[2] or whom}"
    return f"{len(standing)} STAND {told}" if len(standing) > 1 else told


def came(before: Sequence[Json], now: Sequence[Json]) -> list[tuple[str, str]]:
    """Return (text, tone) for the ticker of every order that began to stand or was lifted, whoever did it."""
    was, are = ({str(order["order"]): order for order in told} for told in (before, now))
    said = [(_stands(order), "alarm") for name, order in are.items() if name not in was]
    return said + [
        (f"{_about(order)} stands no more", "text") for name, order in was.items() if name not in are
    ]


def _stands(order: Json) -> str:
    by, why = visible_line(str(order["by"]), 40), visible_line(str(order["reason"]), 120)
    return f"{_about(order)} by {by} STANDS: {why}"


def _about(order: Json) -> str:
    return f"{_word(order['verb'])} {aim.words(order.get('scope'))} {visible_line(str(order['order']), 20)}"


def _first(standing: Sequence[Json]) -> Json:
    return min(standing, key=lambda order: (_rank(order), -float(order.get("at") or 0)))


def _rank(order: Json) -> int:
    verb = order["verb"]
    return _STRENGTH.index(verb) if verb in _STRENGTH else len(_STRENGTH)


def _word(verb: object) -> str:
    return visible_line(str(verb), 8).upper()
