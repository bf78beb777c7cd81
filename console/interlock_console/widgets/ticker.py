"""One line for what just happened: stages of orders, losses, gaps. Nothing ever covers the screen for it."""

import time
from collections.abc import Callable

from interlock.ids import shorten
from interlock_console.output import clock
from interlock_console.state import Head
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, said

__all__ = ["Ticker"]


_TRIED = ("Orders are tried, and say what came of them.", "Orders are tried all the same.")
"""What the keys do meanwhile, and the same for a narrow screen: the end of a sentence that is cut is worth nothing."""
_FRESH = 8.0
"""Seconds a note stays before the state of the hub is said again: an order's outcome must be seen above all then."""


class Ticker(Board):
    """The newest note; while the hub is away or silent, what that means for the keys, but for a fresh note."""

    def __init__(self, head: Callable[[], Head], wall: Callable[[], float] = time.time) -> None:
        super().__init__(id="ticker")
        self._head, self._wall = head, wall

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the one line."""
        del height
        head = self._head()
        note = head.note
        trouble = _trouble(head)
        if trouble and (note is None or self._wall() - note.at > _FRESH):
            tried = next((each for each in _TRIED if len(trouble) + len(each) + 2 <= width), _TRIED[-1])
            return [[(said(f" {trouble} {tried}", width), "fault")]]
        if note is None:
            return [[]]
        when = f" {clock(note.at)[:8]} " if note.at else " "
        run = f" {shorten(note.run)} " if note.run else " "
        return [[(when, "dim"), (run, "head"), (said(note.text, width - len(when) - len(run)), note.tone)]]


def _trouble(head: Head) -> str:
    if head.link == "away":
        return f"hub away: {head.problem}; trying again."
    if head.stale and head.age is not None:
        return f"hub silent for {int(head.age)} s: what is shown is old."
    return ""
