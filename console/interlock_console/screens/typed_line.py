"""A line at the bottom into which a person types one text, above everything else on the screen."""

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from interlock_console.widgets.ask import Ask

__all__ = ["TypedLine"]


class TypedLine(ModalScreen[None]):
    """Enter is for :meth:`entered`; escape leaves. No key works for what is behind while the line is open."""

    AUTO_FOCUS = ""

    def __init__(self, label: str, name: str, most: int, typed: str = "") -> None:
        """``most`` is in characters; ``typed`` is what it begins with, such as what was not taken before."""
        super().__init__()
        self.ask = Ask(label, id=name, most=most)
        self.ask.typed = typed

    def entered(self, text: str) -> None:
        """Hook: take what was typed, without blanks around it; it may be empty."""
        raise AssertionError(f"{type(self).__name__} takes nothing: {text!r}")

    def compose(self) -> ComposeResult:
        """Show the line."""
        yield self.ask

    def on_mount(self) -> None:
        """Show what it begins with."""
        self.ask.renew()

    def on_key(self, event: events.Key) -> None:
        """Take every key."""
        event.stop()
        event.prevent_default()
        self.take(event)

    def take(self, event: events.Key) -> None:
        """Take one key, also one that was pressed before the line was on the screen."""
        if event.key == "enter":
            self.entered(self.ask.typed.strip())
        elif event.key in ("escape", "ctrl+c"):
            self.dismiss()
        else:
            self.ask.take(event)

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted; no paste sends anything."""
        self.ask.on_paste(event)

    def refuse(self, problem: str) -> None:
        """Say what is wrong with what was typed, and leave it to be mended."""
        self.ask.problem = problem
        self.ask.renew()
