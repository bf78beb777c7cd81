"""The line under line 1 of the fleet: the filter, how many runs it leaves, and whether the order is kept."""

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

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the one line; the right side is never cut."""
        del height
        right: list[Piece] = []
        if self.kept:
            more = f", {self.new} not in it" if self.new else ""
            right.append((f"order kept{more} (z)  ", "held"))
        if self.stale:
            right.append((f"{self.stale}  ", "alarm"))
        of = f" of {self.total}" if self.sought else ""
        where = f"{self.first}-{self.last} of " if self.shown > self.last - self.first + 1 else ""
        right.append((f"{where}{self.shown}{of} run{'s' * (self.shown != 1 or bool(of))} ", "dim"))
        room = width - cells_of(right) - 1
        left = self._left(room)
        used = cells_of(left)
        return [[*left, (" " * max(1, width - used - cells_of(right)), "text"), *right]]

    def _left(self, room: int) -> list[Piece]:
        if not self.sought.text:
            return [(said(" what needs a person first, then the newest", room), "dim")]
        problem = f"  {self.sought.problem}" if self.sought.problem else ""
        return [
            (" / ", "key"),
            (said(self.sought.text, max(4, room - 3)), "head"),
            (said(problem, max(0, room - 4 - cells(self.sought.text))), "fault"),
        ]
