"""One line to type a word into, at the place of another line. Nothing that is typed is parsed as markup."""

from textual import events
from textual.message import Message

from interlock.text import encodable
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces

__all__ = ["Ask"]

_MOST = 400


class Ask(Board, can_focus=True):
    """Shown while something is asked: ``label`` and what was typed. Enter answers, escape leaves."""

    ROW = "badge"

    class Answered(Message):
        """Enter was pressed on ``text``, which may be empty; None when the question was left."""

        def __init__(self, text: str | None) -> None:
            super().__init__()
            self.text = text

    def __init__(self, label: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.label, self.typed = label, ""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return label and text; the end of a long text stays in sight."""
        del height
        room = max(4, width - len(self.label) - 5)
        return [[(f" {self.label}: ", "key"), (self.typed[-room:], "text"), ("_", "mark")]]

    def on_key(self, event: events.Key) -> None:
        """Take every key that says something; the screen's keys do not work while a word is typed."""
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self.post_message(self.Answered(self.typed))
        elif event.key in ("escape", "ctrl+c"):
            self.post_message(self.Answered(None))
        elif event.key in ("backspace", "ctrl+h"):
            self.typed = self.typed[:-1]
        elif event.key == "ctrl+u":
            self.typed = ""
        elif event.character is not None and event.is_printable:
            self.typed = (self.typed + event.character)[:_MOST]
        self.renew()

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted."""
        event.stop()
        self.typed = (self.typed + encodable(event.text.split("\n")[0]))[:_MOST]
        self.renew()
