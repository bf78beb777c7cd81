"""One line to type a word into, at the place of another line. Nothing that is typed is parsed as markup."""

from textual import events
from textual.message import Message

from interlock.text import cells, encodable
from interlock_console.keys import Key
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, said

__all__ = ["Ask", "Typing"]

_MOST = 400


class Typing(Board, can_focus=True):
    """A line that takes every key while it has the focus, also one that was on its way to another widget before.

    Keys come faster than the focus moves: a whole paste, or a quick hand over a slow link. A key that was pressed
    after the one that opened this line belongs to it, whatever widget it was sent to; the console hands it over
    (:class:`interlock_console.aiming.Aimed`).
    """

    foot: tuple[Key, ...] = ()
    """What the last line of the view says while this line is open."""

    def take(self, event: events.Key) -> None:
        """Take one key."""

    def on_key(self, event: events.Key) -> None:
        """Take every key; the screen's keys do not work meanwhile."""
        event.stop()
        event.prevent_default()
        self.take(event)


class Ask(Typing):
    """Shown while something is asked: ``label`` and what was typed. Enter answers, escape leaves."""

    ROW = "badge"

    class Answered(Message):
        """Enter was pressed on ``text``, which may be empty; None when the question was left."""

        def __init__(self, text: str | None) -> None:
            super().__init__()
            self.text = text

    class Typed(Message):
        """The text changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        label: str,
        *,
        id: str | None = None,  # noqa: A002
        most: int = _MOST,
        hint: str = "",
        leaves: str = "leave",
    ) -> None:
        """``hint`` says what may be typed, for as long as nothing is; ``leaves`` what escape does."""
        super().__init__(id=id)
        told = (("enter", "take it"), ("escape", leaves), ("ctrl+u", "empty the line"))
        self.foot = tuple(Key("", key, "", says, foot=1) for key, says in told)
        self.label, self.typed, self.most, self.hint = label, "", most, hint
        self.problem = ""
        """What is wrong with the text, said behind it."""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return label and text; the end of a long text stays in sight, and a third of the line for what is wrong."""
        del height
        room = max(4, width - len(self.label) - 5)
        most = room if not self.problem else max(4, room - min(cells(self.problem) + 2, room * 2 // 3))
        typed = _end(said(self.typed), most)
        pieces: list[Piece] = [(f" {self.label}: ", "key"), (typed, "text"), ("_", "mark")]
        if self.hint and not self.typed and not self.problem:
            pieces.append((f"  {said(self.hint, room - 2)}", "dim"))
        if self.problem:
            pieces.append((f"  {said(self.problem, max(0, room - cells(typed) - 2))}", "fault"))
        return [pieces]

    def take(self, event: events.Key) -> None:
        """Take a key that says something."""
        before = self.typed
        if event.key == "enter":
            self.post_message(self.Answered(self.typed))
        elif event.key in ("escape", "ctrl+c"):
            self.post_message(self.Answered(None))
        elif event.key in ("backspace", "ctrl+h"):
            self.typed = self.typed[:-1]
        elif event.key == "ctrl+u":
            self.typed = ""
        elif event.character is not None and event.is_printable:
            self.typed = (self.typed + event.character)[: self.most]
        self._changed(before)

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted."""
        event.stop()
        before = self.typed
        self.typed = (self.typed + encodable(event.text.split("\n")[0]))[: self.most]
        self._changed(before)

    def _changed(self, before: str) -> None:
        if self.typed != before:
            self.problem = ""
            self.post_message(self.Typed(self.typed))
        self.renew()


def _end(line: str, room: int) -> str:
    """Return as much of the end of a visible line as fits into so many cells."""
    for at in range(len(line) - 1, -1, -1):
        room -= cells(line[at])
        if room < 0:
            return line[at + 1 :]
    return line
