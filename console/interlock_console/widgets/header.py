"""Line 1 of every screen: where this is, what needs a person, and how old what it says is."""

from collections.abc import Callable
from typing import Any

from interlock.text import cells
from interlock_console.output import millis
from interlock_console.state import Head
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, said

__all__ = ["Header"]

_TONES = {
    "STOPPING": "alarm",
    "PRESUMED": "alarm",
    "LOST": "fault",
    "UNKNOWN": "fault",
    "LOOP": "fault",
    "ERR": "fault",
    "FAILED": "fault",
    "PAUSING": "held",
    "PAUSED": "held",
}
_SLOW_AFTER = 2.0


class Header(Board):
    """``context  READ ONLY  counts ...... link  data age  brake  view``; the right side is never cut."""

    ROW = "bar"

    def __init__(self, head: Callable[[], Head], *, context: str, view: str, read_only: bool) -> None:
        super().__init__(id="header")
        self._head, self._where, self._view, self._read_only = head, context, view, read_only

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Lay the line out: what must not be missed first, then as many counts as fit."""
        del height
        head = self._head()
        right = [*_link(head), *_brake(head, width), ("  ", "text"), (self._view, "head")]
        room = width - _cells(right) - 2
        left: list[Piece] = [(" " + said(self._where, max(8, min(30, room // 3))), "head")]
        for badge in (*self._badges(head), *_counts(head)):
            if _cells(left) + 2 + cells(badge[0]) > room:
                break
            left += [("  ", "text"), badge]
        gap = " " * max(1, width - _cells(left) - _cells(right) - 1)
        return [[*left, (gap, "text"), *right]]

    def _badges(self, head: Head) -> list[Piece]:
        hub = head.hub or {}
        badges: list[Piece] = []
        if self._read_only:
            badges.append(("READ ONLY", "held"))
        if hub.get("unrecorded"):
            badges.append((f"UNRECORDED {hub['unrecorded']}", "alarm"))
        if hub.get("standing"):
            badges.append((f"STANDING {len(hub['standing'])}", "alarm"))
        if head.hub is not None and hub.get("policy") is None:
            badges.append(("NO POLICY", "held"))
        return badges


def _cells(pieces: list[Piece]) -> int:
    return sum(cells(text) for text, _ in pieces)


def _counts(head: Head) -> list[Piece]:
    counts = head.counts if "RUN" in head.counts or not head.loaded else {**head.counts, "RUN": 0}
    urgent = [name for name in counts if name in _TONES]
    calm = [name for name in ("RUN", "ENDED", "STOPPED") if name in counts]
    return [(f"{name} {counts[name]}", _TONES.get(name, "text")) for name in (*urgent, *calm)]


def _link(head: Head) -> list[Piece]:
    if head.age is None:
        return [("NO HUB", "alarm") if head.link == "away" else ("connecting", "held")]
    if head.stale:
        return [(f"HUB LOST {head.age_word}" if head.link == "away" else head.age_word, "alarm")]
    if head.link == "away":
        return [(f"HUB AWAY {head.age:.0f}s", "fault")]
    if head.age > _SLOW_AFTER:
        return [(f"hub slow {head.age:.0f}s", "held")]
    return [(f"live {head.age:.1f}s", "live")]


def _brake(head: Head, width: int) -> list[Piece]:
    stops: dict[str, Any] = (head.hub or {}).get("stops") or {}
    if width < 100:
        return []
    if not stops.get("count"):
        return [("  brake not used yet", "dim")]
    p50, p99 = stops["ms"]
    return [(f"  brake p50 {millis(p50)} p99 {millis(p99)} of {stops['count']}", "text")]
