"""What ``:approve`` and ``:reject`` are about: a call that waits, by the beginning of its id."""

from textual.app import App

from interlock.text import visible_line
from interlock_console.screens import View
from interlock_console.screens.approvals import open_card

__all__ = ["opened", "waiting"]

_MOST = 40


def waiting(view: View, words: list[str]) -> list[str]:
    """Return the ids of what waits, as the feed tells."""
    if words:
        return []
    return [name for state in view.station.runs.values() for name in state.waiting][:_MOST]


def opened(app: App[None], view: View, words: list[str], *, reject: bool) -> str | None:
    """Open the card of the one call that the word means; nothing is decided by a command line."""
    if len(words) != 1:
        return "type the beginning of one id, such as e-12ab; :escalations lists what waits"
    sought = words[0] if words[0].startswith("e-") else f"e-{words[0]}"
    every = [name for state in view.station.runs.values() for name in state.waiting]
    found = [name for name in every if name.startswith(sought)]
    if sought in found or len(found) == 1:
        open_card(app, view.station, [sought if sought in found else found[0]], reject=reject)
        return None
    return f"{len(found)} of {len(every)} that wait begin with {visible_line(sought, 20)}; :escalations lists them"
