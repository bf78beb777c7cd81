"""Line 1 of every screen: where this is, what needs a person, and how old what it says is."""

from collections.abc import Callable
from typing import Any

from interlock.text import cells
from interlock_console.output import millis
from interlock_console.state import Head
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, cells_of, said

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
_SHORT = {"UNKNOWN": "UNK"}
_SLOW_AFTER = 2.0
_WIDE = 100


class Header(Board):
    """``context  READ ONLY  counts ...... link  data age  brake  view``; the right side is never cut."""

    ROW = "bar"

    def __init__(self, head: Callable[[], Head], *, context: str, view: str, read_only: bool) -> None:
        super().__init__(id="header")
        self._head, self._view, self._read_only = head, view, read_only
        host, _, port = context.rpartition(":")
        self._where = f"local:{port}" if host in ("127.0.0.1", "localhost", "[::1]") else context

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Lay the line out: what must not be missed first, then as many counts as fit, and a sign if some do not."""
        del height
        head = self._head()
        right = [*_link(head), *_brake(head, width), ("  ", "text"), (f"{self._view} ", "head")]
        space = "  " if width >= _WIDE else " "
        room = width - cells_of(right) - 2
        left: list[Piece] = [(" " + said(self._where, max(8, min(30, room // 3))), "head")]
        operator = (head.hub or {}).get("operator")
        if operator and width >= _WIDE:
            left.append((f" as {said(str(operator), 20)}", "text"))
        badges = [*self._badges(head), *_counts(head, width)]
        for at, badge in enumerate(badges):
            more = 2 if at < len(badges) - 1 else 0
            if cells_of(left) + len(space) + cells(badge[0]) + more > room:
                left.append((f"{space}+", "dim"))
                break
            left += [(space, "text"), badge]
        gap = " " * max(1, width - cells_of(left) - cells_of(right))
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


def _counts(head: Head, width: int) -> list[Piece]:
    counts = head.counts if "RUN" in head.counts or not head.loaded else {**head.counts, "RUN": 0}
    urgent = [name for name in counts if name in _TONES]
    calm = [name for name in ("RUN", "ENDED", "STOPPED") if name in counts]
    names = {} if width >= _WIDE else _SHORT
    return [
        (f"{names.get(name, name)} {counts[name]}", _TONES.get(name, "text")) for name in (*urgent, *calm)
    ]


def _link(head: Head) -> list[Piece]:
    if head.age is None:
        return [("NO HUB", "alarm") if head.link == "away" else ("connecting", "held")]
    if head.stale:
        return [(f"HUB LOST {head.age_word}" if head.link == "away" else head.age_word, "alarm")]
    if head.link == "away":
        return [(f"HUB AWAY {head.age:.0f}s", "fault")]
    if head.age > _SLOW_AFTER:
        return [(f"hub slow {head.age:.0f}s", "held")]
    return [("live <1s" if head.age < 1 else f"live {head.age:.0f}s", "live")]


def _brake(head: Head, width: int) -> list[Piece]:
    stops: dict[str, Any] = (head.hub or {}).get("stops") or {}
    if width < _WIDE:
        return []
    if not stops.get("count"):
        return [("  brake not used yet", "dim")]
    p50, p99 = stops["ms"]
    return [(f"  brake p50 {millis(p50)} p99 {millis(p99)} of {stops['count']}", "text")]
