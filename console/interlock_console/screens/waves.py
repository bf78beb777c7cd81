"""A resume or a cancel of many on its way: wave by wave, what each target got, and a key that stops it."""

from collections.abc import Sequence
from typing import Any

from textual.app import App

from interlock_console.bulk import DONE, FAILED, NOT_SENT, SENT, WAITS, Bulk
from interlock_console.combined import Row
from interlock_console.keys import Key
from interlock_console.screens.panel import Panel
from interlock_console.station import Station
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import fact, titled, wrapped

__all__ = ["WavesDialog"]

_TONES = {FAILED: "fault", NOT_SENT: "held", SENT: "text", DONE: "live", WAITS: "dim"}


class WavesDialog(Panel):
    """Failures first. Closing it stops nothing; ``s`` does."""

    KEYS = (
        Key("waves.stop", "s", "stop", "stop sending", "send nothing further; what was sent stands", foot=1),
        Key(
            "waves.close",
            "q,escape",
            "leave",
            "close",
            "close; it goes on, and the ticker says how it ended",
            foot=1,
        ),
    )

    def __init__(self, station: Station, bulk: Bulk, about: str) -> None:
        super().__init__(station)
        self.bulk, self._about = bulk, about

    @classmethod
    def begin(cls, app: App[Any], station: Station, bulk: Bulk, about: str) -> None:
        """Send the first wave, and show it."""
        bulk.start()
        app.push_screen(cls(station, bulk, about))

    @property
    def opens(self) -> bool:
        """Enter opens the run of a line."""
        return True

    def action_stop(self) -> None:
        """Send nothing further. It counts at once: it only takes away what was not sent."""
        self.bulk.stop()
        self.pulse()

    def action_leave(self) -> None:
        """Close; the waves go on."""
        if self.armed:
            self.dismiss()

    def usable(self) -> tuple[Key, ...]:
        """Return the stop key only while there is something to stop."""
        return self.KEYS[1:] if self.bulk.waves.over else self.KEYS

    def said(self, width: int) -> list[Pieces]:
        """Return how far it got, and the keys."""
        bulk = self.bulk
        title = f"{bulk.verb.upper()} {self._about}, {len(bulk.waves.targets)} by id, in waves"
        lines = [titled(said(title, width - 12), self.station.head().age_word, width)]
        bad = bulk.waves.stopped or bulk.waves.count(FAILED)
        lines += wrapped(
            "now", bulk.said + (". Over" if bulk.ended else ""), "alarm" if bad else "text", width
        )
        if orders := list(bulk.orders):
            lines.append(fact("orders", said("  ".join(orders), width - 12), "dim"))
        if not bulk.waves.over:
            lines.append([(" s ", "key"), ("send nothing further", "text")])
        return [
            *lines,
            [(" q ", "key"), ("close" + ("" if bulk.ended else "; it goes on"), "text"), self.waits()],
        ]

    def listed(self) -> Sequence[Row]:
        """Return every target with what became of it, the failed ones first."""
        rank = list(_TONES)
        told = sorted(self.bulk.told().items(), key=lambda entry: rank.index(entry[1][0]))
        return [Row(word, said(f"{run}  {why}".rstrip()), _TONES[word], run) for run, (word, why) in told]
