"""The question before leaving: runs go on, and so does a hub that this console started."""

from textual.app import ComposeResult

from interlock_console.bulk import Bulk
from interlock_console.keys import Key
from interlock_console.screens import Dialog, app_of
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Pieces

__all__ = ["LeaveDialog"]


class LeaveDialog(Dialog):
    """``y`` leaves, ``q`` stays."""

    KEYS = (
        Key("leave.yes", "y", "leave", "leave", "leave the console", foot=1),
        Key("leave.no", "q,escape,n", "stay", "stay", "stay", foot=1),
    )

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.question = Question(station)

    def pulse(self) -> None:
        """Say what goes on as it is now."""
        self.question.renew()

    def compose(self) -> ComposeResult:
        """Ask."""
        yield self.question
        yield Footer(self.KEYS)

    def action_leave(self) -> None:
        """End the console."""
        app_of(self).exit()

    def action_stay(self) -> None:
        """Close the question."""
        self.dismiss()


class Question(Board):
    """What leaving does, and what it does not."""

    def __init__(self, station: Station) -> None:
        super().__init__(id="leave")
        self._station = station

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return question and keys."""
        del width, height
        live = sum(state.phase == "running" and not state.stop for state in self._station.runs.values())
        going = [bulk.said for bulk in self._station.bulks if isinstance(bulk, Bulk) and not bulk.ended]
        started = "started by this console" in self._station.desk.hub.source
        hub = "; the hub it started too" if started else ""
        runs = "run goes on" if live == 1 else "runs go on"
        return [
            [(" Leave the console?", "head")],
            [(f" {live} {runs} without it{hub}", "text")],
            *(
                [[(f" {said}", "alarm")] for said in (*going[:1], "leaving sends nothing further of it")]
                if going
                else []
            ),
            [(" y", "key"), (" leave    ", "text"), ("q", "key"), (" stay", "text")],
        ]
