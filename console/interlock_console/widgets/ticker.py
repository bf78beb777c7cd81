"""What just happened: stages of orders, losses, gaps. Above the keys, and nothing ever covers the screen for it."""

import time
from collections.abc import Callable

from interlock.ids import shorten
from interlock_console.notes import OWN
from interlock_console.output import clock
from interlock_console.state import Head
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, said, wrap

__all__ = ["Ticker"]


_TRIED = ("Orders are tried, and say what came of them.", "Orders are tried all the same.")
"""What the keys do meanwhile, and the same for a narrow screen: the end of a sentence that is cut is worth nothing."""
_FRESH = 8.0
"""Seconds a note stays before the state of the hub is said again: an order's outcome must be seen above all then."""
_WHOLE = 60.0
"""Seconds for which such a sentence may take more than one line: what to do next stands at its end."""
_MOST = 4
"""Lines of it at most; at 80 columns the longest refusal of the hub fits."""


class Ticker(Board):
    """The newest note; while the hub is away or silent, what that means for the keys, but for a fresh note.

    What is said of runs keeps to one line, so that no agent takes room from the list. What the console says of
    itself, of an act of its own, and an alarm about the hub go on over the lines they need.
    """

    def __init__(self, head: Callable[[], Head], wall: Callable[[], float] = time.time) -> None:
        super().__init__(id="ticker")
        self._head, self._wall = head, wall

    def renew(self) -> None:
        """Show what is new, on as many lines as it takes."""
        if self.size.width:
            needed = len(self.lines(self.size.width, _MOST))
            if needed != self.size.height:
                self.styles.height = needed
        super().renew()

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return one line, or those of a sentence of the console's own."""
        head = self._head()
        note = head.note
        if note is not None and note.own and self._wall() - note.at > OWN:
            note = head.newest or note
        trouble = _trouble(head)
        if trouble and (note is None or self._wall() - note.at > _FRESH):
            tried = next((each for each in _TRIED if len(trouble) + len(each) + 2 <= width), _TRIED[-1])
            told = wrap(f"{trouble} {tried}", width - 2, height)
            return [[(f" {part}", "fault")] for part in told]
        if note is None:
            return [[]]
        when = f" {clock(note.at)[:8]} " if note.at else " "
        run = f" {shorten(note.run)} " if note.run else " "
        room = width - len(when) - len(run)
        # A breaker that comes and goes must not move the list up and down under a hand.
        loud = note.tone == "alarm" and not (note.run or note.key)
        whole = (note.own or loud) and self._wall() - note.at <= _WHOLE
        first, *more = wrap(note.text, max(8, room - 1), height) if whole else [said(note.text, room)]
        lead = " " * (len(when) + len(run))
        return [
            [(when, "dim"), (run, "head"), (first, note.tone)],
            *([(lead, "dim"), (part, note.tone)] for part in more),
        ]


def _trouble(head: Head) -> str:
    if head.link == "away":
        return f"hub away: {head.problem}; trying again."
    if head.stale and head.age is not None:
        return f"hub silent for {int(head.age)} s: what is shown is old."
    return ""
