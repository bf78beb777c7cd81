"""One line for what just happened: stages of orders, losses, gaps. Nothing ever covers the screen for it."""

from collections.abc import Callable

from interlock.ids import shorten
from interlock_console.output import clock
from interlock_console.state import Head
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, said

__all__ = ["Ticker"]


class Ticker(Board):
    """The newest note; while the hub is away, what that means for the keys instead."""

    def __init__(self, head: Callable[[], Head]) -> None:
        super().__init__(id="ticker")
        self._head = head

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the one line."""
        del height
        head = self._head()
        if head.link == "away":
            text = (
                f" hub away: {head.problem}; trying again. Orders are tried too, and say what came of them."
            )
            return [[(said(text, width), "fault")]]
        note = head.note
        if note is None:
            return [[]]
        when = f" {clock(note.at)[:8]} " if note.at else " "
        run = f" {shorten(note.run)} " if note.run else " "
        return [[(when, "dim"), (run, "head"), (said(note.text, width - len(when) - len(run)), note.tone)]]
