"""What the keys about hands open: the question before a run is taken from somebody, and the line for a note."""

from textual.app import ComposeResult

from interlock.ids import shorten
from interlock_console import hands
from interlock_console.keys import Key
from interlock_console.output import age
from interlock_console.screens import Dialog
from interlock_console.screens.typed_line import TypedLine
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import fact, titled

__all__ = ["NoteLine", "TakeDialog"]

_SHOWN = 4


class TakeDialog(Dialog):
    """Somebody has these runs in hand: who, since when, and their note. ``y`` takes them over, Enter does nothing."""

    KEYS = (
        Key("take.yes", "y", "take", "take over", "take the runs over; the record says from whom", foot=1),
        Key("take.no", "q,escape,n", "leave", "leave", "leave them where they are", foot=1),
    )

    def __init__(self, station: Station, free: tuple[str, ...], others: tuple[str, ...]) -> None:
        """``others`` are in somebody's hands, ``free`` in nobody's: taken along with them."""
        super().__init__(station)
        self.free, self.others = free, others
        self.face = TakeFace(self)
        self._holders = self.holders

    @property
    def holders(self) -> tuple[str, ...]:
        """Who has each of them now, as the feed tells."""
        states = map(self.station.runs.get, self.others)
        return tuple(state.claimed_by.raw if state else "" for state in states)

    def compose(self) -> ComposeResult:
        """Ask."""
        yield self.face
        yield Footer(self.KEYS)

    def on_mount(self) -> None:
        """Show what is known."""
        self.pulse()

    def pulse(self) -> None:
        """Show who has them now; a key counts only once whoever has them was to be seen for 400 ms."""
        if self.holders != self._holders:
            self._holders = self.holders
            self.rearm()
        self.face.renew()

    def action_take(self) -> None:
        """Take exactly these, from whoever has them."""
        if self.armed:
            body = {"claim": True, "take": True}
            hands.send(self.station, (*self.others, *self.free), "claim", body, "taken over")
            self.dismiss()

    def action_leave(self) -> None:
        """Leave them."""
        if self.armed:
            self.dismiss()


class TakeFace(Board):
    """Whose they are."""

    def __init__(self, dialog: TakeDialog) -> None:
        super().__init__(id="take")
        self._dialog = dialog

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return who has them, since when, and what was noted last."""
        del height
        dialog = self._dialog
        station, others = dialog.station, dialog.others
        title = f"TAKE OVER {hands.of_runs(others)}"
        lines = [titled(title, station.head().age_word, width, "held")]
        for run in others[:_SHOWN]:
            lines += self._of(run, width, note=len(others) == 1)
        if len(others) > _SHOWN:
            lines.append(fact("", f"and {len(others) - _SHOWN} more", "held"))
        if dialog.free:
            lines.append(fact("free", f"{hands.of_runs(dialog.free)}, claimed along with them", "dim"))
        waits = "" if dialog.armed else "  (keys count in a moment)"
        keys = (" take over; it stops nobody    ", "text")
        return [*lines, [(" y", "key"), keys, ("q", "key"), (" leave", "text"), (waits, "dim")]]

    def _of(self, run: str, width: int, *, note: bool) -> list[Pieces]:
        station = self._dialog.station
        state = station.runs.get(run)
        if state is None or not state.claimed_by:
            return [fact(shorten(run), "in nobody's hands by now", "live")]
        since = age(station.wall() - state.claimed_at)
        lines = [fact(shorten(run), f"in hand of {said(state.claimed_by, width - 32)} for {since}", "key")]
        if note:
            last = said(state.last_note, width - 14) if state.last_note else "nobody wrote a note"
            lines.append(fact("last note", last, "text" if state.last_note else "dim"))
        return lines


class NoteLine(TypedLine):
    """A line at the bottom. Enter sends the note, which harms nothing; escape, or enter on nothing, leaves it."""

    def __init__(self, station: Station, runs: tuple[str, ...]) -> None:
        label = f"note on {hands.of_runs(runs)}"
        super().__init__(label, "note", hands.NOTE_MAX, station.drafts.get(runs, ""))
        self.station, self.runs = station, runs

    def entered(self, text: str) -> None:
        """Send the note."""
        if text:
            self.station.drafts.pop(self.runs, None)
            hands.send(self.station, self.runs, "notes", {"text": text}, "noted")
        self.dismiss()
