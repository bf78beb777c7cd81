"""The fleet: every run, what needs a person first."""

from collections.abc import Iterable, Mapping

from textual.widget import Widget

from interlock.runs import RunState
from interlock.words import need, word
from interlock_console.keys import Key
from interlock_console.screens import View
from interlock_console.station import Station
from interlock_console.widgets.ink import Pieces, fit
from interlock_console.widgets.lines import Lines

__all__ = ["FleetView"]


class Runs(Lines[str, RunState]):
    """The table of runs."""

    def pieces(self, key: str, row: RunState, width: int) -> Pieces:
        """Return state, run and agent."""
        state = word(row)
        return [
            (fit(f"{state.word} {state.mark}", 12), state.tone),
            (fit(key, 20), "head"),
            (fit(row.agent, max(0, width - 32)), "text"),
        ]

    def ranked(self) -> Iterable[str]:
        """Return the runs by need, then the newest first."""
        return sorted(self.rows, key=lambda run: (need(self.rows[run]), -self.rows[run].started_at))


class FleetView(View):
    """The first screen."""

    NAME, DIGIT = "fleet", "1"
    KEYS = (Key("fleet.open", "enter", "open", "open", "open the run under the cursor", foot=3),)

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.table = Runs(id="runs")

    def body(self) -> Iterable[Widget]:
        """Return the table."""
        return [self.table]

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Put what changed into the table."""
        if whole:
            for run in self.table.rows.keys() - changed.keys():
                self.table.drop(run)
        for run, state in changed.items():
            self.table.put(run, state)

    def on_lines_opened(self, event: Runs.Opened) -> None:
        """Open the run under the cursor."""
        self.open_run(str(event.key))
