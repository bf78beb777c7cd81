"""The lines above the record: what is looked for, where in it the list is, how far its chain was checked, alarms."""

from dataclasses import dataclass

from interlock_console.record.proving import Proving
from interlock_console.record.window import Window
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, cells_of, said, wrap

__all__ = ["RecordBar", "Told"]

_ROLLED = (
    "this hub is not the one this console saw: its record went back or was forked. Orders and permits given since"
    " may be missing in it. Compare it with an export or a backup; then: interlock audit accept"
)


@dataclass
class Told:
    """What the bar says of a view."""

    window: Window
    proof: Proving
    first: int = 0
    last: int = 0
    above: int = 0
    """Entries that are loaded and stand above the first one on the screen."""
    following: bool = False
    marked: int = 0
    looking: bool = False
    stale: str = ""
    problem: str = ""
    rolled_back: str = ""


class RecordBar(Board):
    """Two lines, and as many more as an alarm takes; :attr:`wanted` is how many."""

    ROW = "bar"

    def __init__(self) -> None:
        super().__init__(id="record-bar")
        self.about: Told | None = None

    def wanted(self, width: int) -> int:
        """Return the lines it takes."""
        return max(2, len(self._all(width)))

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the lines."""
        del height
        return self._all(width)

    def _all(self, width: int) -> list[Pieces]:
        told = self.about
        if told is None or width < 8:
            return []
        return [self._place(told, width), self._chain(told, width), *self._alarms(told, width)]

    def _place(self, told: Told, width: int) -> Pieces:
        window = told.window
        right: list[Piece] = []
        if told.marked:
            right.append((f"{told.marked} effect{'s' * (told.marked != 1)} marked (U)  ", "mark"))
        if told.stale:
            right.append((f"{told.stale}  ", "alarm"))
        right.append((_where(told), "dim"))
        room = width - cells_of(right) - 2
        sieve = window.sieve
        left: list[Piece] = [(" the record, newest first", "dim")]
        if sieve.text:
            left = [(" / ", "key"), (said(sieve.text, max(6, room - 3)), "head")]
        gap = " " * max(1, width - cells_of(left) - cells_of(right) - 1)
        return [*left, (gap, "text"), *right]

    def _chain(self, told: Told, width: int) -> Pieces:
        window = told.window
        if told.following and window.at_end:
            left: Piece = (" FOLLOWING the newest", "live")
        elif window.at_end and not told.above:
            left = (" at the newest; f follows", "text")
        elif window.begun:
            left = (f" NOT AT THE NEWEST: {window.newer + told.above:,} newer; g goes there", "held")
        else:
            left = (" asking the hub for the newest", "dim")
        hidden: list[Piece] = [("  brake proofs hidden (e)", "dim")] if window.left_out else []
        proof = told.proof
        right = _proved(proof, short=width < 120)
        pieces: list[Piece] = [left, *hidden]
        if cells_of(pieces) + cells_of([right]) + 2 > width:
            pieces = [left]
        if cells_of(pieces) + cells_of([right]) + 2 > width and (told.above or not window.at_end):
            pieces = [(f" {window.newer + told.above:,} NEWER (g)", "held")]
        gap = " " * max(1, width - cells_of(pieces) - cells_of([right]) - 1)
        return [*pieces, (gap, "text"), right]

    def _alarms(self, told: Told, width: int) -> list[Pieces]:
        found: list[Pieces] = []
        if told.rolled_back:
            text = f"ROLLED BACK: {told.rolled_back}. {_ROLLED}"
            found += [[(f" {line}", "alarm")] for line in wrap(text, width - 2, 6)]
        if told.proof.bad:
            text = (
                f"BROKEN at entry {told.proof.bad:,}: {told.proof.problem}. Keep this record as evidence, and"
                " compare it with a backup or an export."
            )
            found += [[(f" {line}", "alarm")] for line in wrap(text, width - 2, 3)]
        if told.problem:
            found += [[(f" {line}", "fault")] for line in wrap(told.problem, width - 2, 2)]
        return found


def _where(told: Told) -> str:
    window = told.window
    if not window.begun:
        return ""
    looking = " looking" if told.looking and not window.rows else ""
    shown = (
        f"{told.first:,}-{told.last:,} of " if window.rows else f"none down to {window.low:,}{looking} of "
    )
    return f"{shown}{window.last:,} "


def _proved(proof: Proving, *, short: bool) -> Piece:
    by = "" if short else " by this console"
    if proof.bad:
        return f"chain BROKEN at {proof.bad:,} ", "alarm"
    if proof.more:
        return f"checking the chain{by}: {proof.n:,} of {proof.top:,} (v stops) ", "held"
    if proof.n:
        return f"chain unbroken to {proof.n:,}{by}, {proof.points} signed (v) ", "live"
    return f"chain not checked{by} (v) ", "dim"
