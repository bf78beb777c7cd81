"""The keys that stop something are obeyed as they are read, before the way every other key goes.

A key travels from the widget with the focus up to the app, queue by queue, and only then is its binding looked up: that
took longer than the order itself. ``K`` and ``p`` of a view are looked up where the key comes in, in that view's own
table of keys, so the operator's keymap holds for them. Never out of turn: while a key before it is on its way, or may
be, they go the same way as that one, because it may move the cursor or open a line to type into.
"""

from weakref import WeakKeyDictionary

from textual import events

from interlock_console.aiming import Aimed
from interlock_console.keys import remapped
from interlock_console.screens import View
from interlock_console.widgets.ask import Typing
from interlock_console.widgets.ink import Ink

__all__ = ["AT_ONCE", "Braking"]

AT_ONCE = ("run.kill", "run.pause")
"""What is obeyed at once: freezing is all that these do by themselves."""


class Braking(Aimed):
    """Knows whether a key is on its way, and runs those of :data:`AT_ONCE` when none is."""

    _away: events.Key | None = None
    """The newest key that was sent to a widget, until it came back and was dealt with; one that was used stays."""
    _astray = False
    _brakes: "WeakKeyDictionary[View, dict[str, str]] | None" = None

    async def on_event(self, event: events.Event) -> None:
        """Obey a key that stops something, or send it on its way and note when it is back."""
        if not isinstance(event, events.Key):
            await super().on_event(event)
        elif not event.is_forwarded:
            # One that the view does not have now, since a role was taken away, goes on: the view says why.
            if (
                self._away is None
                and (action := self._brake(event.key))
                and await self.run_action(action, self.screen)
            ):
                return
            self._away = event
            await super().on_event(event)
            if not _sent(event):
                self._away = None
        else:
            self._astray = False
            await super().on_event(event)
            if event is self._away and not self._astray:
                self._away = None

    def _missed(self, event: events.Key) -> bool:
        # It is given to another widget, or to none: where it is by now cannot be told.
        self._astray = super()._missed(event)
        return self._astray

    def _brake(self, key: str) -> str:
        view = self.screen
        front = self.focused
        if not self.app_focus or not isinstance(view, View) or isinstance(front, Typing):
            return ""
        return self._of(view).get(key, "") if isinstance(front, Ink) else ""

    def _of(self, view: View) -> dict[str, str]:
        """Return the keys that are obeyed at once in this view, each with its action, where it may act."""
        known = self._brakes = self._brakes or WeakKeyDictionary()
        if view not in known:
            mine = (key for key in remapped(view.ACTS, view.station.keymap) if key.name in AT_ONCE)
            known[view] = {key: made.action for made in mine for key in made.keys.split(",")}
        return known[view]


def _sent(event: events.Key) -> bool:
    """Return whether a key went to a widget; one that the app itself has a use for goes nowhere."""
    return event.is_forwarded
