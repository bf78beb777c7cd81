"""What holds the console steady under its terminal: keys in the order they were pressed, and paint only where it goes.

**Keys.** Textual sends a key to the widget that has the focus when the key is read. In ``/refund`` sent at once, the
letters are read before the slash is acted on: they arrive at the table, and were lost, or meant something there. A key
that comes past every widget while a line is being typed belongs to that line.

**Paint.** Textual hands frames to a thread over a queue of 30 and waits when that is full: once a terminal takes
nothing (a frozen ssh, a stopped tmux client), the loop stands still, and with it keys and orders. Here frames are
not made while a few wait already; when the terminal takes them again, the whole screen is painted once.

Both hang on parts of Textual 8.2.8 that are not public; ``tests/console/test_steady.py`` fails when they are gone.
"""

import time
from typing import Any

from textual import events
from textual.app import App
from textual.screen import Screen

from interlock_console.widgets.ask import Typing

__all__ = ["WAITING", "Steady"]

WAITING = 12
"""Pieces that wait for the terminal, from which no frame is made: a frame is up to three of the 30 that have room."""
_LOOK_AGAIN = 0.05
_WORTH_SAYING = 2.0


class Steady(App[None], inherit_bindings=False):
    """The base of the console."""

    stalled_since: float | None = None
    """Monotonic seconds since when the terminal takes nothing, None while it does."""

    async def _on_key(self, event: events.Key) -> None:
        """Give a key that came past every widget to the line that is being typed."""
        line = self.focused
        if isinstance(line, Typing):
            event.prevent_default()
            event.stop()
            line.take(event)

    @property
    def _backlog(self) -> int:
        thread = getattr(self._driver, "_writer_thread", None)
        queue = getattr(thread, "_queue", None)
        return 0 if queue is None else int(queue.qsize())

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Hand a frame on, unless the terminal does not take the ones before it."""
        if self.stalled_since is not None:
            return
        if self._backlog < WAITING:
            super()._display(screen, renderable)
            return
        self.stalled_since = time.monotonic()
        self.set_timer(_LOOK_AGAIN, self._look_again)

    def bell(self) -> None:
        """Ring, unless the terminal takes nothing: whoever looks again sees the screen."""
        if self.stalled_since is None and self._backlog < WAITING:
            super().bell()

    def _look_again(self) -> None:
        if self.stalled_since is None:
            return
        if self._backlog:
            self.set_timer(_LOOK_AGAIN, self._look_again)
            return
        away, self.stalled_since = time.monotonic() - self.stalled_since, None
        if away >= _WORTH_SAYING:
            self.caught_up(away)
        self.screen.refresh()

    def caught_up(self, seconds: float) -> None:
        """Hook: the terminal took nothing for so many seconds, and does again."""
