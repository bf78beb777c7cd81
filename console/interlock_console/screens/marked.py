"""``K`` with marks: all of them are paused already, by one order for their exact ids; the count makes it a kill."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual.app import App

from interlock.runs import RunState
from interlock.words import phrase, word
from interlock_console import combined, targets
from interlock_console.aim import of_runs
from interlock_console.bulk import Bulk
from interlock_console.combined import Row
from interlock_console.keys import Key
from interlock_console.orders import Sent
from interlock_console.proof import Proof
from interlock_console.screens import app_of
from interlock_console.screens.ordering import Ordering
from interlock_console.screens.waves import WavesDialog
from interlock_console.state import Note
from interlock_console.station import Station
from interlock_console.widgets.ink import Piece, Pieces, said
from interlock_console.widgets.labelled import fact, wrapped

__all__ = ["MarkedDialog", "pause_marked", "resume_marked"]


class MarkedDialog(Ordering):
    """About exactly the runs that were marked when the key was pressed."""

    KEYS = (
        *Ordering.KEYS,
        Key("marked.go", "r", "go", "let go", "let all of them go on, in waves", foot=1),
    )

    def __init__(self, station: Station, pause: Sent) -> None:
        """``pause`` is the order that was sent when the key was pressed."""
        super().__init__(station, "kill", pause.aim)
        self.pause = pause
        self.proof = Proof(str(len(self.aim.runs)))

    @classmethod
    def begin(cls, app: App[Any], station: Station, runs: Iterable[str]) -> None:
        """Pause all of them with one order, at once, then open the dialog."""
        pause = Sent(station, "pause", of_runs(runs))
        pause.send()
        app.push_screen(cls(station, pause))

    @property
    def heading(self) -> str:
        """A kill only once it was asked for: until then they are paused."""
        return super().heading if self.sent is not None else f"STOP {self.aim.said}"

    def action_go(self) -> None:
        """Let them go on: those the pause reached."""
        if not self.armed or self.sent is not None:
            return
        left_out = {str(no["run"]) for no in self.pause.refused}
        bulk = Bulk(self.station, "resume", [run for run in self.aim.runs if run not in left_out])
        app = app_of(self)
        self.dismiss()
        WavesDialog.begin(app, self.station, bulk, "of what was marked")

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something: what is killed is not let go."""
        return tuple(key for key in super().usable() if self.sent is None or key.name != "marked.go")

    def leaves(self) -> Piece:
        """Say what closing leaves behind: only what the hub has answered to the pause."""
        if self.pause.waiting:
            return "close; the pause is sent and goes on    ", "text"
        if self.pause.problem:
            return "close; they are NOT known to be paused    ", "alarm"
        return "close; the pause stands until r lets them go on    ", "text"

    def about(self, width: int) -> Iterable[Pieces]:
        """Say what became of the pause, and what is in flight over all of them."""
        pause = self.pause
        if pause.waiting:
            yield fact("pause", "sent, waiting for the record", "held")
        elif pause.problem:
            yield from wrapped("pause", pause.problem, "alarm", width, 2)
        else:
            acts = "acts, but is UNRECORDED" if pause.unrecorded else "recorded"
            out = f"; refused for {len(pause.refused)}, listed first" if pause.refused else ""
            yield fact("pause", f"{acts}, {pause.order}{out}", "alarm" if pause.unrecorded or out else "text")
        states = [state for run in self.aim.runs if (state := self.station.runs.get(run))]
        yield fact("now", _words(states), "head")
        yield fact("in flight", _in_flight(states), "text")
        yield fact("reason", said(self.station.reason, width - 12), "dim")
        yield [(" r ", "key"), ("let all of them go on", "text")]

    def targets(self) -> Sequence[Row]:
        """Return every marked run by its id: how it stands, what is in flight, what it did last."""
        refused = {str(no["run"]): str(no["problem"]) for no in self.pause.refused}
        rows = [Row("refused", said(f"{run}  {why}"), "fault", run) for run, why in refused.items()]
        return [*rows, *(self._row(run) for run in self.aim.runs if run not in refused)]

    def _row(self, run: str) -> Row:
        state = self.station.runs.get(run)
        if state is None:
            return Row("target", f"{run}  the feed does not tell of it at the moment", "fault", run)
        flying = [(call[1], call[0]) for call in state.flying.values()]
        return targets.row(
            "target",
            word(state).tone,
            run,
            (state.agent, state.role),
            targets.state(state),
            targets.calls(flying, state.left_out),
            targets.last(state),
        )


def pause_marked(station: Station, runs: Sequence[str]) -> None:
    """Pause all of these with one order."""
    station.tell(Note(station.wall(), "", f"pause of {len(runs)} runs sent, waiting for the record", "text"))
    Sent(station, "pause", of_runs(runs)).send()


def resume_marked(app: App[Any], station: Station, runs: Sequence[str]) -> None:
    """Let all of these go on, in waves, and show how far it got."""
    WavesDialog.begin(app, station, Bulk(station, "resume", runs), "of what is marked")


def _words(states: Sequence[RunState]) -> str:
    sums: dict[str, int] = {}
    for state in states:
        name = word(state).word
        sums[name] = sums.get(name, 0) + 1
    if len(states) == 1:
        return phrase(states[0])
    return "  ".join(f"{name} {count}" for name, count in sorted(sums.items())) or "nothing known of them"


def _in_flight(states: Sequence[RunState]) -> str:
    sums: dict[str, int] = {}
    for state in states:
        for call in state.flying.values():
            cls = str(call[1])
            sums[cls] = sums.get(cls, 0) + 1
    more = " or more" if any(state.left_out for state in states) else ""
    return combined.flying(sums) + more
