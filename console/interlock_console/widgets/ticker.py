"""One line for what just happened: stages of orders, losses, gaps. Nothing ever covers the screen for it."""

from collections.abc import Callable

from interlock.ids import shorten
from interlock_console.output import clock
from interlock_console.state import Head
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces

__all__ = ["Ticker"]


class Ticker(Board):
    """The newest note; while the hub is away, what that means for the keys instead."""

    def __init__(self, head: Callable[[], Head]) -> None:
        super().__init__(id="ticker")
        self._head = head

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the one line."""
        del width, height
        head = self._head()
        if head.link == "away":
            return [
                [
                    (
                        f" hub away: {head.problem}; trying again. Orders will be tried and say what came of it.",
                        "fault",
                    )
                ]
            ]
        note = head.note
        if note is None:
            return [[]]
        when = f"{clock(note.at)[:8]}  " if note.at else ""
        run = f"{shorten(note.run)}  " if note.run else ""
        return [[(f" {when}", "dim"), (run, "head"), (note.text, note.tone)]]
