"""A menu of one line, at the place of another line: each entry has its letter, and no other key does anything."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from interlock_console.keys import Key
from interlock_console.widgets.ask import Typing
from interlock_console.widgets.ink import Piece, Pieces, cells_of

__all__ = ["Menu"]


class Menu(Typing):
    """``entries`` are (letter, word). A letter picks; escape and q leave. Enter picks nothing."""

    ROW = "badge"

    class Picked(Message):
        """The letter that was pressed, empty when the menu was left."""

        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def __init__(self, label: str, entries: Sequence[tuple[str, str]], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.label, self.entries = label, entries
        letters = "".join(letter for letter, _ in entries)
        self.foot = tuple(
            Key("", key, "", says, foot=1)
            for key, says in ((letters, "pick"), ("escape", "leave it as it is"))
        )
        self.chosen = ""
        """The letter that holds now."""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the label and every entry; where room is short the gaps go, then the words, never the letters."""
        del height
        faces = (self._pieces("  ", 20), self._pieces(" ", 20), self._pieces(" ", 5))
        return [next((face for face in faces if cells_of(face) <= width), faces[-1])]

    def _pieces(self, gap: str, most: int) -> list[Piece]:
        pieces: list[Piece] = [(self.label, "key")]
        for letter, word in self.entries:
            tone = "head" if letter == self.chosen else "text"
            pieces += [(f"{gap}{letter}", "key"), (f" {word[:most]}", tone)]
        return [*pieces, (f"{gap}esc", "dim")]

    def take(self, event: events.Key) -> None:
        """Take a key: an entry's letter picks it, escape and q leave."""
        letters = {letter for letter, _ in self.entries}
        if event.character in letters:
            self.post_message(self.Picked(str(event.character)))
        elif event.key in ("escape", "q", "ctrl+c"):
            self.post_message(self.Picked(""))
