"""A line at the bottom that asks why: what is typed is the reason that goes into the record."""

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from interlock_console.widgets.ask import Ask

__all__ = ["ReasonLine"]

_MOST = 400


class ReasonLine(ModalScreen[None]):
    """Enter takes a reason and gives it to ``done``, which orders nothing by itself; escape leaves what there was."""

    AUTO_FOCUS = ""

    def __init__(self, label: str, done: Callable[[str], None], typed: str = "") -> None:
        super().__init__()
        self._done = done
        self.ask = Ask(label, id="note", most=_MOST)
        self.ask.typed = typed

    def compose(self) -> ComposeResult:
        """Show the line."""
        yield self.ask

    def on_mount(self) -> None:
        """Show what it begins with."""
        self.ask.renew()

    def on_key(self, event: events.Key) -> None:
        """Take every key: the keys of what is behind do not work meanwhile."""
        event.stop()
        event.prevent_default()
        self.take(event)

    def take(self, event: events.Key) -> None:
        """Take one key, also one that was pressed before the line was on the screen."""
        if event.key in ("escape", "ctrl+c"):
            self.dismiss()
        elif event.key != "enter":
            self.ask.take(event)
        elif text := self.ask.typed.strip():
            self.dismiss()
            self._done(text)
        else:
            self.ask.problem = "a reason has a few words; esc leaves it"
            self.ask.renew()

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted."""
        self.ask.on_paste(event)
