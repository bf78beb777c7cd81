"""Each key goes to what is in front when its turn comes, also where many come in one piece of input.

Textual 8.2.8 sends a key to the widget that has the focus when the key is read, and looks for its binding later, from
the widget that has it then. So of ``/r`` in one piece (a fast hand, a macro, a paste without brackets) the ``r`` went
to the table before ``/`` had opened the line to type into, and was then a resume. Here such a key is given to what the
key before it opened; one that was meant for something which has closed meanwhile is for nobody.
"""

from collections.abc import Callable

from textual import events
from textual.message_pump import MessagePump
from textual.widget import Widget

from interlock_console.steady import Steady

__all__ = ["Aimed"]


class Aimed(Steady):
    """Hands a key that was typed ahead to what it was meant for."""

    @property
    def _front(self) -> Widget:
        focused: Widget | None = self.focused
        return focused or self.screen

    async def on_event(self, event: events.Event) -> None:
        """Remember where a key was sent, and look at that again when it comes back unused."""
        if isinstance(event, events.Key):
            if not event.is_forwarded:
                event.set_sender(self._front)
            elif self._missed(event):
                return
        await super().on_event(event)

    def _missed(self, event: events.Key) -> bool:
        """Return whether something else is in front by now; if it was opened, it is given the key."""
        meant: MessagePump | None = event._sender  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        front = self._front
        if meant is front or not isinstance(meant, Widget):
            return False
        if not meant.is_attached or meant.screen not in self.screen_stack:
            return True
        take: Callable[[events.Key], None] | None = getattr(front, "take", None)
        if take is not None:
            # At once: what is typed next goes there directly, and must not come before this.
            take(event)
        else:
            again = events.Key(event.key, event.character)
            again._set_forwarded()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            again.set_sender(front)
            front.post_message(again)
        return True
