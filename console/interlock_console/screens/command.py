"""The line that ``:`` opens, at the bottom of what is in front. It is a screen, so that no letter goes elsewhere."""

from collections.abc import Callable, Iterable

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from interlock.text import encodable
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces

__all__ = ["CommandLine", "Line"]

_MOST = 400

Suggest = Callable[[str], list[str]]


class CommandLine(ModalScreen[str | None]):
    """Closes with the line that was typed and entered, or None. Only enter that is pressed enters it, no paste does.

    ``suggest`` returns whole lines that may be meant by what was typed; ``history`` are lines of before, oldest first.
    """

    AUTO_FOCUS = ""

    def __init__(self, suggest: Suggest, history: Iterable[str] = (), typed: str = "") -> None:
        super().__init__()
        self.line = Line(suggest, typed)
        self._history = [*history]
        self._at = len(self._history)
        self._draft = typed

    def compose(self) -> ComposeResult:
        """Show the line."""
        yield self.line

    def on_mount(self) -> None:
        """Show what it begins with."""
        self.line.renew()

    def on_key(self, event: events.Key) -> None:
        """Take every key: the keys of the view behind do not work while a command is typed."""
        event.stop()
        event.prevent_default()
        self.take(event)

    def take(self, event: events.Key) -> None:
        """Take one key, also one that was pressed before the line was on the screen."""
        line = self.line
        if event.key == "enter":
            self.dismiss(line.typed.strip() or None)
        elif event.key in ("escape", "ctrl+c") or (not line.typed and event.key in _LEAVE):
            self.dismiss(None)
        elif (edit := _EDITS.get(event.key)) is not None:
            line.set(edit(line.typed))
        elif event.key in ("tab", "right"):
            line.complete()
        elif event.key in ("up", "down"):
            self._recall(-1 if event.key == "up" else 1)
        elif event.character is not None and event.is_printable:
            line.set(line.typed + event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted, and show it; the rest is not taken, and nothing is entered."""
        event.stop()
        first, *more = event.text.lstrip("\r\n").splitlines() or [""]
        dropped = sum(bool(line.strip()) for line in more)
        self.line.set(self.line.typed + encodable(first))
        self.line.said = f"first line only, {dropped} more left out" if dropped else ""
        self.line.renew()

    def _recall(self, by: int) -> None:
        if self._at == len(self._history):
            self._draft = self.line.typed
        self._at = max(0, min(self._at + by, len(self._history)))
        self.line.set(self._history[self._at] if self._at < len(self._history) else self._draft)


_LEAVE = ("backspace", "ctrl+h")
_EDITS: dict[str, Callable[[str], str]] = {
    "backspace": lambda typed: typed[:-1],
    "ctrl+h": lambda typed: typed[:-1],
    "ctrl+u": lambda _: "",
    "ctrl+w": lambda typed: typed.rstrip().rpartition(" ")[0] + " " if " " in typed.rstrip() else "",
}


class Line(Board):
    """``:`` and what was typed, the rest of what may be meant in a dim tone."""

    ROW = "badge"

    def __init__(self, suggest: Suggest, typed: str) -> None:
        super().__init__(id="command")
        self.typed, self.said = typed[:_MOST], ""
        self._suggest = suggest
        self._offers: list[str] = suggest(typed)
        self._offered = -1
        """Which of the offers stands in the line; -1 for what was typed by hand."""

    def set(self, typed: str) -> None:
        """Put this into the line."""
        self.typed, self.said, self._offered = typed[:_MOST], "", -1
        self._offers = self._suggest(self.typed)
        self.renew()

    def complete(self) -> None:
        """Put the first line that may be meant into the place of what was typed, then the next one."""
        if self._offers:
            self._offered = (self._offered + 1) % len(self._offers)
            self.typed = self._offers[self._offered][:_MOST]
            if len(self._offers) == 1:
                self.set(self.typed)
            self.renew()

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the line; the end of a long one stays in sight."""
        del height
        shown = self.typed[-max(4, width - 24) :]
        offer = self._offers[0] if self._offers and self._offered < 0 else ""
        rest = offer[len(self.typed) :] if offer.startswith(self.typed) else ""
        hint = self.said or self._hint(rest)
        return [
            [
                (" :", "key"),
                (shown, "text"),
                ("_", "mark"),
                (rest, "dim"),
                (f"  {hint}" if hint else "", "dim"),
            ]
        ]

    def _hint(self, rest: str) -> str:
        if len(self._offers) > 1:
            return f"tab: {' '.join(offer.split(' ')[-1] for offer in self._offers[:8])}"
        return "tab completes" if rest else ""
