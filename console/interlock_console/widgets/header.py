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
_FORMS: tuple[dict[str, str], ...] = (
    {},
    {"UNKNOWN": "UNK"},
    {
        "UNKNOWN": "UNK",
        "PRESUMED": "PRES",
        "PAUSING": "PAUSE",
        "PAUSED": "PAUSE",
        "FAILED": "FAIL",
        "NO POLICY": "NO POL",
    },
)
"""How line 1 names what it counts, from the full word to the shortest that is still one; equal names are summed."""
_MORE = (" +", "alarm")
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
        """Lay the line out: every kind of trouble, in shorter words where room is short; what is calm as it fits."""
        del height
        head = self._head()
        right = [*_link(head), *_brake(head, width), ("  ", "text"), (f"{self._view} ", "head")]
        space = "  " if width >= _WIDE else " "
        room = width - cells_of(right) - 1
        left = self._left(head, width, room, space)
        for badge in _calm(head) if left[-1] != _MORE else ():
            if cells_of(left) + len(space) + cells(badge[0]) <= room:
                left += [(space, "text"), badge]
        gap = " " * max(1, width - cells_of(left) - cells_of(right))
        return [[*left, (gap, "text"), *right]]

    def _left(self, head: Head, width: int, room: int, space: str) -> list[Piece]:
        """Return where this is and what is wrong: in the longest words in which all of it fits."""
        most = max(8, min(30, room // 3))
        where = said(self._where, most)
        operator = (head.hub or {}).get("operator")
        who = f" as {said(str(operator), 20)}" if operator and width >= _WIDE else ""
        badges = self._badges(head)
        forms = [(where + who, names) for names in _FORMS] + [
            (said(self._where.removeprefix("local"), most), _FORMS[-1])
        ]
        left: list[Piece] = []
        for place, names in forms:
            left = [(f" {place}", "head")]
            for text, tone in (*badges, *_urgent(head, names), *_policy(head, names)):
                left += [(space, "text"), (text, tone)]
            if cells_of(left) <= room:
                return left
        while cells_of(left) + 2 > room and len(left) > 1:
            del left[-2:]
        return [*left, _MORE]

    def _badges(self, head: Head) -> list[Piece]:
        hub = head.hub or {}
        badges: list[Piece] = []
        if self._read_only:
            badges.append(("READ ONLY", "held"))
        if hub.get("unrecorded"):
            badges.append((f"UNRECORDED {hub['unrecorded']}", "alarm"))
        if hub.get("standing"):
            badges.append((f"STANDING {len(hub['standing'])}", "alarm"))
        return badges


def _policy(head: Head, names: dict[str, str]) -> list[Piece]:
    missing = head.hub is not None and head.hub.get("policy") is None
    return [(names.get("NO POLICY", "NO POLICY"), "held")] if missing else []


def _urgent(head: Head, names: dict[str, str]) -> list[Piece]:
    sums: dict[str, int] = {}
    tones: dict[str, str] = {}
    for name, count in head.counts.items():
        if name in _TONES:
            written = names.get(name, name)
            sums[written] = sums.get(written, 0) + count
            tones.setdefault(written, _TONES[name])
    return [(f"{name} {count}", tones[name]) for name, count in sums.items()]


def _calm(head: Head) -> list[Piece]:
    counts = {"RUN": 0, **head.counts} if head.loaded else head.counts
    return [(f"{name} {counts[name]}", "text") for name in ("RUN", "STOPPED", "ENDED") if name in counts]


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
