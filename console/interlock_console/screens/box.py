"""The base of the dialogs that ask one thing: lines, a reason, proof where it is due, and what came of it."""

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult

from interlock_console.desk import Job
from interlock_console.keys import Key
from interlock_console.proof import Proof
from interlock_console.screens import Dialog, app_of
from interlock_console.screens.reason import ReasonLine
from interlock_console.state import Note
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import fact, wrapped

__all__ = ["HEX", "Box", "BoxFace"]

Json = dict[str, Any]

HEX = "0123456789abcdef"


class Box(Dialog):
    """Says :meth:`said`. What it is about was taken by id or exact name when it was opened. Enter confirms nothing."""

    KEYS: ClassVar[tuple[Key, ...]] = ()
    DOES: ClassVar[str] = ""
    """What is done, for a problem's sentence: ``dial``."""

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.proof: Proof | None = None
        self.reason = station.reason
        self.waiting = False
        self.problem = ""
        self.answer: Json | None = None
        self.face = BoxFace(self)
        self.foot = Footer(())

    # What a dialog says.

    def said(self, width: int) -> list[Pieces]:
        """Return the lines, the keys last."""
        del width
        return []

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something now."""
        return self.KEYS

    def became(self, answer: Json) -> str:
        """Return what the hub did, for the ticker: visible."""
        del answer
        return ""

    # What every one of them does.

    def compose(self) -> ComposeResult:
        """Show the lines above the keys."""
        yield self.face
        yield self.foot

    def on_mount(self) -> None:
        """Show what is known."""
        self.pulse()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.call_after_refresh(self.pulse)

    def pulse(self) -> None:
        """Show what is so now; it is as high as its lines."""
        width = self.face.size.width or 76
        self.face.styles.height = len(self.said(width)) + 2
        self.face.renew()
        self.foot.show(self.usable())

    def on_key(self, event: events.Key) -> None:
        """Give a key to the proof, once keys count; Enter is never one."""
        proof = self.proof
        if proof is None:
            return
        if proof.take(event.key, event.character) if self.armed else str(event.character) in proof.alphabet:
            event.stop()
            event.prevent_default()
            self.pulse()

    def action_why(self) -> None:
        """Ask for the reason; nothing is sent by it."""
        if self.armed and not self.waiting and self.answer is None:
            typed = "" if self.reason == self.station.reason else self.reason
            app_of(self).push_screen(ReasonLine("reason", self._because, typed))

    def _because(self, text: str) -> None:
        self.reason, self.problem = text, ""

    def action_leave(self) -> None:
        """Close."""
        if self.armed:
            self.dismiss()

    def send(self, job: Job) -> None:
        """Ask the hub, once; what comes of it is shown here and in the ticker."""
        self.waiting, self.problem, self.answer = True, "", None
        self.station.desk.act(self.DOES, job, self._done)
        self.pulse()

    def _done(self, answer: Json | None, problem: str) -> None:
        self.answer, self.problem, self.waiting = answer, problem, False
        late = bool((answer or {}).get("unrecorded"))
        told = problem or self.became(answer or {}) + ", but UNRECORDED" * late
        self.station.tell(Note(self.station.wall(), "", told, "alarm" if problem or late else "text"))

    def sent(self, width: int) -> Iterable[Pieces]:
        """Yield how the question stands, and the reason that goes with it."""
        if self.waiting:
            yield fact("asked", "sent, waiting for the hub", "held")
        elif self.problem:
            yield from wrapped("asked", self.problem, "alarm", width, 4)
        if self.answer is None:
            yield fact("reason", said(self.reason, width - 14), "dim")

    def asks(self, of: str, then: str) -> Iterable[Pieces]:
        """Yield how to prove that it is meant: ``of`` is what the last four are of, ``then`` what ``y`` does."""
        proof = self.proof
        if proof is not None:
            yield [(" type ", "key"), (f"last four of {of}: ", "text"), (proof.told, "mark")]
            yield [(" y ", "key"), (then if proof.given else "does nothing before they are right", "text")]

    def closes(self, leaves: str) -> Pieces:
        """Return the last line: what closing leaves, and whether keys count yet."""
        left = (leaves, "text")
        if self.waiting:
            left = ("close; it is sent and goes on", "text")
        elif "not certain" in self.problem:
            left = ("close; it is NOT known whether it was done", "alarm")
        return [(" q ", "key"), left, ("" if self.armed else "  (keys count in a moment)", "dim")]


class BoxFace(Board):
    """The lines of such a dialog, in a frame."""

    def __init__(self, dialog: Box) -> None:
        super().__init__(id="box")
        self._dialog = dialog

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return what the dialog says."""
        del height
        return self._dialog.said(width)
