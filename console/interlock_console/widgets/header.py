"""Line 1 of every screen: where this is, what needs a person, and how old what it says is."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from interlock.text import cells
from interlock_console import allowed, asks, circuits, dialing, glass, standing, unsure
from interlock_console.brake import judged
from interlock_console.contexts import LOCAL, Context
from interlock_console.output import millis
from interlock_console.standing import NAMES
from interlock_console.state import Head
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import TROUBLE, Piece, Pieces, cells_of, said

__all__ = ["Header"]

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
_ROOMY = 140
_FULL, _SHORT, _PORT = range(3)
_STEPS = tuple(zip((_FULL, _SHORT, _SHORT, _SHORT, _PORT), (0, 0, 1, 2, 2), (0, 1, 1, 2, 3), strict=True))
"""How line 1 gets shorter, step by step: where it is, how it names what it counts, how much of a standing order."""
_BARE, _BAREST = range(len(NAMES), len(NAMES) + 2)
"""The forms of a standing order after those of :data:`NAMES`: verb and scope, verb and name."""
_GIVE_WAY = ("NO POLICY", "PAUSED", "ERR", "FAILED", "LOOP")
"""What goes into ``+``, in this order, before line 1 ceases to say which order stands."""
_COUNTED = len(NAMES) - 1
"""The form that says only how many orders stand."""


class Header(Board):
    """``context  READ ONLY  counts ...... link  data age  brake  view``; the right side is never cut."""

    ROW = "bar"

    def __init__(
        self,
        head: Callable[[], Head],
        *,
        context: str,
        view: str,
        read_only: bool,
        place: Context | None = None,
    ) -> None:
        """``context`` is the hub's address, ``place`` the hub as the operator named it."""
        super().__init__(id="header")
        self._head, self._view, self._read_only = head, view, read_only
        self._place = place or Context()
        host, _, port = context.rpartition(":")
        self._where = f"local:{port}" if host in ("127.0.0.1", "localhost", "[::1]") else context
        if self._place.name not in ("", LOCAL):
            self._where = self._place.name
        self.set_class(self._place.production, "production")

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Lay the line out: every kind of trouble, in shorter words where room is short; what is calm as it fits."""
        del height
        head = self._head()
        proven = _brake(head, width)
        space = "  " if width >= _WIDE else " "
        right = [
            *_link(head),
            *([(space, "text"), proven.piece] if proven.kept else []),
            (space, "text"),
            (f"{self._view} ", "head"),
        ]
        room = width - cells_of(right) - 1
        left = self._left(head, width, room, space)
        for badge in self._calm(head, width, proven) if left[-1] != _MORE else ():
            if cells_of(left) + len(space) + cells(badge[0]) <= room:
                left += [(space, "text"), badge]
        gap = " " * max(1, width - cells_of(left) - cells_of(right))
        return [[*left, (gap, "text"), *right]]

    def _calm(self, head: Head, width: int, proven: "_Proven") -> list[Piece]:
        """Return what gives way first: the brake while it is well, who else is here, the token's store, counts."""
        found = [] if proven.kept or not proven.piece[0] else [proven.piece]
        here = (head.hub or {}).get("consoles") or ()
        others = [(f"{len(here)} here", "held")] if len(here) > 1 else []
        store = (
            [(f"token: {said(self._place.store, 24)}", "dim")]
            if self._place.store and width >= _ROOMY
            else []
        )
        waits = (head.hub or {}).get("reviews")
        reviews: list[Piece] = [(f"REVIEW {said(str(waits), 6)}", "held")] if waits else []
        open_ones = circuits.opened((head.hub or {}).get("breakers") or ())
        broken: list[Piece] = [(circuits.line(open_ones), "fault")] if open_ones else []
        return [*broken, *found, *reviews, *others, *_calm(head), *store]

    def _left(self, head: Head, width: int, room: int, space: str) -> list[Piece]:
        """Return where this is and what is wrong: in the longest words in which all of it fits."""
        for where, names, stands in _STEPS:
            start = self._start(head, width, room, where)
            left = _spaced(start, self._badges(head, stands), _troubles(head, _FORMS[names]), space)
            if cells_of(left) <= room:
                return left
        return self._least(head, width, room, space)

    def _least(self, head: Head, width: int, room: int, space: str) -> list[Piece]:
        """Return the same where not all of it fits: which order stands is said before what gives way to it."""
        start, names = self._start(head, width, room, _PORT), _FORMS[-1]
        troubles = _troubles(head, names)
        for stands, gone in product((_BARE, _BAREST), range(len(_GIVE_WAY) + 1)):
            dropped = [names.get(name, name) for name in _GIVE_WAY[:gone]]
            kept = [piece for piece in troubles if _name(piece) not in dropped]
            more = [_MORE] if len(kept) < len(troubles) else []
            left = [*_spaced(start, self._badges(head, stands), kept, space), *more]
            if cells_of(left) <= room:
                return left
        left = _spaced(start, self._badges(head, _COUNTED), troubles, space)
        if cells_of(left) <= room:
            return left
        while cells_of(left) + 2 > room and len(left) > 1:
            del left[-2:]
        return [*left, _MORE]

    def _start(self, head: Head, width: int, room: int, form: int) -> list[Piece]:
        most = max(8, min(30, room // 3))
        where = said(self._where.removeprefix("local") if form == _PORT else self._where, most)
        operator = (head.hub or {}).get("operator")
        role = f" ({said(held, 12)})" if (held := allowed.held(head.hub)) else ""
        who = f" as {said(str(operator), 20)}{role}" if form == _FULL and operator and width >= _WIDE else ""
        production: list[Piece] = [(" PROD", "alarm")] if self._place.production else []
        return [*production, (f" {where}{who}", "head")]

    def _badges(self, head: Head, form: int) -> list[Piece]:
        hub = head.hub or {}
        badges: list[Piece] = []
        if broken := _glass(head, form):
            badges.append((broken, "alarm"))
        if self._read_only:
            badges.append(("READ ONLY", "held"))
        elif hub.get("role") == "viewer":
            badges.append(("VIEWER", "held"))
        if hub.get("rolled_back"):
            badges.append(("ROLLED BACK", "alarm"))
        if hub.get("unrecorded"):
            badges.append((f"UNRECORDED {hub['unrecorded']}", "alarm"))
        if stands := _standing(hub.get("standing") or (), form):
            badges.append((stands, "alarm"))
        if held := _dials(hub.get("dials") or (), form):
            badges.append((held, dialing.tone(hub["dials"])))
        return badges


class _Proven(NamedTuple):
    """What the line says of the brake; ``kept`` when it does not give way to anything."""

    piece: Piece
    kept: bool


def _glass(head: Head, form: int) -> str:
    now = None if head.hub_at is None else head.hub_at + (head.age or 0.0)
    return glass.line((head.hub or {}).get("break_glass") or (), NAMES[form] if form < _BARE else 0, now)


def _standing(orders: Sequence[dict[str, Any]], form: int) -> str:
    if form >= _BARE:
        return standing.bare(orders, kind=form == _BARE)
    return standing.line(orders, NAMES[form])


def _dials(dials: Sequence[dict[str, Any]], form: int) -> str:
    return dialing.bare(dials) if form >= _COUNTED else dialing.line(dials, NAMES[form])


def _spaced(start: list[Piece], badges: list[Piece], troubles: list[Piece], space: str) -> list[Piece]:
    left = list(start)
    for badge in (*badges, *troubles):
        left += [(space, "text"), badge]
    return left


def _troubles(head: Head, names: dict[str, str]) -> list[Piece]:
    return [*_asks(head, names), *_urgent(head, names), *_unsure(head), *_policy(head, names)]


def _unsure(head: Head) -> list[Piece]:
    told = unsure.line((head.hub or {}).get("unknowns"))
    return [(told, "fault")] if told else []


def _asks(head: Head, names: dict[str, str]) -> list[Piece]:
    told, tone = asks.line((head.hub or {}).get("escalations"), _FORMS.index(names))
    return [(told, tone)] if told else []


def _name(trouble: Piece) -> str:
    """Return what a count counts: ``LOST`` of ``LOST 3``."""
    return trouble[0].rstrip("0123456789").rstrip()


def _policy(head: Head, names: dict[str, str]) -> list[Piece]:
    missing = head.hub is not None and head.hub.get("policy") is None
    return [(names.get("NO POLICY", "NO POLICY"), "held")] if missing else []


def _urgent(head: Head, names: dict[str, str]) -> list[Piece]:
    sums: dict[str, int] = {}
    tones: dict[str, str] = {}
    for name, count in head.counts.items():
        if name in TROUBLE:
            written = names.get(name, name)
            sums[written] = sums.get(written, 0) + count
            tones.setdefault(written, TROUBLE[name])
    return [(f"{name} {count}", tones[name]) for name, count in sums.items()]


def _calm(head: Head) -> list[Piece]:
    counts = {"RUN": 0, **head.counts} if head.loaded else head.counts
    if not counts.get("RUN") and counts.get("SHADOW"):
        # Where nothing acts, what is in shadow is what is at work, and is not what gives way.
        counts = {name: count for name, count in counts.items() if name != "RUN"}
    return [
        (f"{name} {counts[name]}", "text") for name in ("RUN", "SHADOW", "STOPPED", "ENDED") if name in counts
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


def _brake(head: Head, width: int) -> _Proven:
    hub: dict[str, Any] = head.hub or {}
    now = None if head.hub_at is None else head.hub_at + (head.age or 0.0)
    told = judged(hub.get("brake"), now)
    if told is not None:
        text = told.long if width >= _WIDE else told.short
        return _Proven((text, told.tone), told.bad or width >= _WIDE)
    if width < _WIDE:
        return _Proven(("", "dim"), False)
    stops: dict[str, Any] = hub.get("stops") or {}
    if not stops.get("count"):
        return _Proven(("brake not used yet", "dim"), True)
    p50, p99 = stops["ms"]
    return _Proven((f"brake p50 {millis(p50)} p99 {millis(p99)} of {stops['count']}", "text"), True)
