"""The line under line 1 of the fleet: filter or order, and everything that makes the list not the whole fleet."""

from interlock.text import cells
from interlock_console.filters import Filter
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, cells_of, said

__all__ = ["FleetBar"]


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
        self.marked = self.unseen = 0
        self.hidden = 0
        """Runs that fit and are left out because they have ended."""
        self.hides_ended = False
        self.silent = False
        """Whether the bell is off."""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the one line; the right side is never cut."""
        del height
        right = [piece for pieces in (self._held(), self._left_out(), self._counts()) for piece in pieces]
        room = width - cells_of(right) - 1
        left = self._left(room)
        used = cells_of(left)
        return [[*left, (" " * max(1, width - used - cells_of(right)), "text"), *right]]

    def _held(self) -> list[Piece]:
        pieces: list[Piece] = []
        if self.marked:
            unseen = f", {self.unseen} not shown" if self.unseen else ""
            pieces.append((f"{self.marked} marked{unseen} (u)  ", "mark"))
        if self.kept:
            more = f", {self.new} not in it" if self.new else ""
            pieces.append((f"order kept{more} (z)  ", "held"))
        return pieces

    def _left_out(self) -> list[Piece]:
        pieces: list[Piece] = []
        if self.silent:
            pieces.append(("bell off  ", "held"))
        if self.hides_ended:
            pieces.append((f"{self.hidden} ended hidden (e)  ", "held"))
        if self.stale:
            pieces.append((f"{self.stale}  ", "alarm"))
        return pieces

    def _counts(self) -> list[Piece]:
        of = f" of {self.total}" if self.sought else ""
        runs = f"{self.shown}{of} run{'s' * (self.shown != 1 or bool(of))} "
        if self.by:
            return [(f"{self.groups} by {self.by} (t), {runs}", "dim")]
        where = f"{self.first}-{self.last} of " if self.shown > self.last - self.first + 1 else ""
        return [(f"{where}{runs}", "dim")]

    def _left(self, room: int) -> list[Piece]:
        if not self.sought.text:
            return [(said(f" {self.order}", room), "dim")]
        return [(" / ", "key"), (said(self.sought.text, max(4, room - 3)), "head"), *self._sorted(room)]

    def _sorted(self, room: int) -> list[Piece]:
        spare = room - 3 - cells(said(self.sought.text)) - 2
        return [(f"  {said(self.order, spare)}", "dim")] if spare >= 12 else []
