"""A console on a feed made by hand, for tests that give it a terminal of their own: ``... FILE [busy]``.

Twenty times a second it writes to FILE, in JSON, what a person could see, and whether its terminal takes nothing:
that goes on as long as its loop does. With ``busy`` the whole screen is painted as often as it can be.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import interlock_console
from interlock_console.app import Console
from interlock_console.screens.fleet import FleetView
from interlock_console.station import Station
from tests.console.feed import Feed


class Watched(Console):
    """Says what it shows in a file."""

    CSS_PATH = str(Path(interlock_console.__file__).with_name("console.tcss"))

    def __init__(self, station: Station, file: Path, busy: bool) -> None:
        super().__init__(station)
        self._file, self._busy = file, busy

    def on_mount(self) -> None:
        """Begin to say it."""
        self.set_interval(0.05, self.report)
        if self._busy:
            self.set_interval(0.02, self.repaint)

    def repaint(self) -> None:
        """Paint everything."""
        self.screen.refresh()

    def report(self) -> None:
        """Write the file in one step."""
        view: Any = self.screen
        fleet = isinstance(view, FleetView)
        told = {
            "stalled": self.stalled_since is not None,
            "screen": type(view).__name__,
            "cursor": view.table.cursor if fleet else None,
            "filter": view.table.sought.text if fleet else None,
            "fitting": len(view.table.fitting) if fleet else None,
            "typing": view.ask.display if fleet else None,
            "notes": [note.text for note in self.station.fleet.notes],
        }
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(told), encoding="utf-8")
        part.replace(self._file)


def main(file: str, *how: str) -> int:
    """Run it until it is told to leave."""
    feed = Feed()
    feed.snapshot()
    for number in range(1, 41):
        feed.clock.go(0.1)
        feed.began(number)
    station = feed.station(clock=time.monotonic, wall=time.time)
    feed.fleet._heard = time.monotonic() + 3600
    app = Watched(station, Path(file), "busy" in how)
    app.run(mouse=False)
    station.desk.close()
    sys.stderr.write(app.failure)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
