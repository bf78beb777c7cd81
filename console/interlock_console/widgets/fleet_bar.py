"""The line under line 1 of the fleet: filter or order, and everything that makes the list not the whole fleet."""

from interlock.text import cells
from interlock_console.filters import Filter
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, cells_of, said

__all__ = ["FleetBar"]

_LEAST = 36
"""Cells that the filter or the order should have at least."""


class FleetBar(Board):
    """``shown`` of ``total`` runs; ``stale`` marks the table as not current."""

    def __init__(self) -> None:
        super().__init__(id="fleet-bar")
        self.sought = Filter()
        self.shown = self.total = self.first = self.last = 0
        self.kept = False
        self.new = 0
        self.stale = ""
        self.order = "what needs a person first, then the newest"
        self.by = ""
        self.groups = 0
        self.odd = 0
        """Runs that go on and call a tool which no other run of their role calls."""
        self.marked = self.unseen = 0
        self.hidden = 0
        """Runs that fit and are left out because they have ended."""
        self.hides_ended = False
        self.silent = False
        """Whether the bell is off."""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the one line; the right side is never cut."""
        del height
        right = self._right(" (u)", " (z)", " (e)")
        if width - cells_of(right) < _LEAST:
            # What is shown is worth more room than which key ends it: the help has the keys.
            right = self._right("", "", "")
        room = width - cells_of(right) - 1
        left = self._left(room)
        used = cells_of(left)
        return [[*left, (" " * max(1, width - used - cells_of(right)), "text"), *right]]

    def _right(self, unmark: str, keep: str, show: str) -> list[Piece]:
        pieces: list[Piece] = []
        if self.marked:
            unseen = f", {self.unseen} not shown" if self.unseen else ""
            pieces.append((f"{self.marked} marked{unseen}{unmark}  ", "mark"))
        if self.kept:
            more = f", {self.new} not in it" if self.new else ""
            pieces.append((f"order kept{more}{keep}  ", "held"))
        if self.odd:
            pieces.append((f"{self.odd} ODD{keep and ' (s o)'}  ", "fault"))
        if self.silent:
            pieces.append(("bell off  ", "held"))
        if self.hides_ended:
            pieces.append(
                (f"{self.hidden} ended hidden{show}  " if show else f"-{self.hidden} ended  ", "held")
            )
        if self.stale:
            pieces.append((f"{self.stale}  ", "alarm"))
        return [*pieces, *self._counts(short=not show)]

    def _counts(self, short: bool) -> list[Piece]:
        many = self.shown != 1 or bool(self.sought)
        of = f" of {self.total}" if self.sought else ""
        runs = f"{self.shown}{of} run{'s' * many} " if not short else f"{self.shown}{of} "
        if self.by:
            return [(f"{self.groups} by {self.by}{'' if short else ' (t)'}, {runs}", "dim")]
        where = f"{self.first}-{self.last} of " if self.shown > self.last - self.first + 1 else ""
        return [(f"{'' if short else where}{runs}", "dim")]

    def _left(self, room: int) -> list[Piece]:
        if not self.sought.text:
            return [(said(f" {self.order}", room), "dim")]
        return [(" / ", "key"), (said(self.sought.text, max(4, room - 3)), "head"), *self._sorted(room)]

    def _sorted(self, room: int) -> list[Piece]:
        spare = room - 3 - cells(said(self.sought.text)) - 2
        return [(f"  {said(self.order, spare)}", "dim")] if spare >= 12 else []
