"""The line for the reason of a reject: the agent gets it. Enter sends it, which lowers risk and asks for no proof."""

from collections.abc import Callable, Mapping

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from interlock_console.station import Station
from interlock_console.widgets.ask import Ask

__all__ = ["RejectLine"]

REASON_MAX = 500


class RejectLine(ModalScreen[None]):
    """About calls by their ids and the digests that were shown. Escape leaves; a reason that was not taken is kept."""

    AUTO_FOCUS = ""

    def __init__(
        self, station: Station, digests: Mapping[str, str], what: str, send: Callable[[str], None]
    ) -> None:
        """``what`` says in visible words what is rejected; ``send`` is given the reason."""
        super().__init__()
        self.station, self._send = station, send
        self._key = ("reject", *digests)
        self.ask = Ask(f"reject {what}: why (the agent gets it)", id="reject", most=REASON_MAX)
        self.ask.typed = station.drafts.get(self._key, "")

    def compose(self) -> ComposeResult:
        """Show the line."""
        yield self.ask

    def on_mount(self) -> None:
        """Show what it begins with."""
        self.ask.renew()

    def on_key(self, event: events.Key) -> None:
        """Take every key: the keys of what is behind do not work while a reason is typed."""
        event.stop()
        event.prevent_default()
        self.take(event)

    def take(self, event: events.Key) -> None:
        """Take one key, also one that was pressed before the line was on the screen."""
        if event.key == "enter":
            self._enter()
        elif event.key in ("escape", "ctrl+c"):
            self.dismiss()
        else:
            self.ask.take(event)

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted; no paste sends anything."""
        self.ask.on_paste(event)

    def _enter(self) -> None:
        if not (reason := self.ask.typed.strip()):
            self.ask.problem = "say why; the agent goes on with that"
            self.ask.renew()
            return
        self.station.drafts[self._key] = reason
        self._send(reason)
        self.dismiss()
