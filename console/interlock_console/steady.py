"""What holds the console steady under its terminal: paint only where it goes, and the bell.

Textual hands frames to a thread over a queue of 30 and waits when that is full: once a terminal takes nothing (a
frozen ssh, a stopped tmux client), the loop stands still, and with it keys and orders. Here frames are not made while
a few wait already; when the terminal takes them again, the whole screen is painted once.

This hangs on parts of Textual 8.2.8 that are not public; ``tests/console/test_steady.py`` fails when they are gone.
"""

import time
from typing import Any

from textual._compositor import CompositorUpdate
from textual.screen import Screen

from interlock_console.alerts import Alerts
from interlock_console.crash import Quiet
from interlock_console.placing import Placed
from interlock_console.station import Station

__all__ = ["WAITING", "Steady"]

WAITING = 12
"""Pieces that wait for the terminal, from which no frame is made: a frame is up to three of the 30 that have room."""
_LOOK_AGAIN = 0.05
_WORTH_SAYING = 2.0
_LISTEN = 0.25


class Steady(Quiet):
    """The part of the console that knows whether its terminal listens."""

    stalled_since: float | None = None
    """Monotonic seconds since when the terminal takes nothing, None while it does."""
    _alerts: Alerts | None = None

    def on_mount(self) -> None:
        """Begin to listen for what the bell is for."""
        station = getattr(self, "station", None)
        if isinstance(station, Station):
            self._alerts = Alerts(station)
            self.set_interval(_LISTEN, self.listen)

    def listen(self) -> None:
        """Ring if something newly needs a person."""
        if self._alerts is not None and self._alerts.due():
            self.bell()

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
            if isinstance(renderable, CompositorUpdate):
                renderable = Placed(renderable)
            super()._display(screen, renderable)  # pyright: ignore[reportUnknownMemberType]
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
        if away >= _WORTH_SAYING and self._alerts is not None:
            self._alerts.caught_up(away)
        self.screen.refresh()
