"""When the terminal's bell rings: on the edge to something that needs a person, and once in half a minute at most."""

from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["APART", "Alerts"]

APART = 30.0
"""Seconds between two rings: what comes within them is rung for once, when they are over."""


class Alerts:
    """Asks the fold for edges. Used on the screen's thread."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._rang = float("-inf")
        self._waiting = 0

    def due(self) -> bool:
        """Return whether to ring now. With the bell off, edges are forgotten: it never rings for them later."""
        station = self._station
        edges = station.fleet.edges()
        if not station.bell:
            self._waiting = 0
            return False
        self._waiting += edges
        now = station.clock()
        if not self._waiting or now - self._rang < APART:
            return False
        self._waiting, self._rang = 0, now
        return True

    def caught_up(self, seconds: float) -> None:
        """Say that the terminal took nothing for so long: what is shown is current again."""
        said = f"the terminal took nothing for {seconds:.0f} s; keys and data went on, and this is current"
        self._station.tell(Note(self._station.wall(), "", said, "held"))
