"""The line between a run's facts and its trace: follow or not, what is loaded, what was searched, what went wrong."""

from interlock.text import cells
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, said

__all__ = ["RunBar"]


class RunBar(Board):
    """Set the attributes, then call ``renew``. Everything that is not so is left out."""

    ROW = "bar"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.following = True
        self.over = ""
        """How the run ended, in words; empty while it has not."""
        self.fresh = 0
        """Rows that came below the cursor since following ended."""
        self.span: tuple[int, int, int] = (0, 0, 0)
        """The first and the last event that are loaded, and the number of the run's newest."""
        self.search = ""
        self.note = ""
        self.problem = ""
        self.waiting = 0.0
        self.stale = ""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the line; what is wrong comes before what was asked, and both before what is loaded."""
        del height
        left: list[Piece] = [(" ", "text"), *self._follows()]
        for text, tone in self._middle():
            left += [("   ", "text"), (text, tone)]
        right = self._loaded()
        room = width - cells(right) - 2
        kept: list[Piece] = []
        for text, tone in left:
            kept.append((said(text, max(0, room)), tone))
            room -= cells(kept[-1][0])
        return [[*kept, (" " * max(0, room + 1), "text"), (right + " ", "dim")]]

    def _follows(self) -> list[Piece]:
        _, last, end = self.span
        behind = end - last
        if behind > 0:
            return [(f"{behind:,} newer not loaded (G)", "held")]
        if not self.following and self.fresh:
            return [(f"{self.over or 'not following'}, {self.fresh:,} new below (f)", "held")]
        if self.over:
            return [(self.over, "text")]
        return [("following", "live")] if self.following else [("not following (f)", "text")]

    def _middle(self) -> list[Piece]:
        parts: list[Piece] = []
        if self.stale:
            parts.append((f"{self.stale}: this is what was, not what is", "alarm"))
        if self.problem:
            parts.append((self.problem, "fault"))
        if self.search:
            parts.append((self.search, "key"))
        if self.note:
            parts.append((self.note, "text"))
        if self.waiting >= 1:
            parts.append((f"asking the hub, {self.waiting:.0f}s", "held"))
        return parts

    def _loaded(self) -> str:
        first, last, end = self.span
        if not last:
            return "no events here yet"
        return (
            f"all {end:,} events" if first == 1 and last == end else f"{first:,}-{last:,} of {end:,} events"
        )
