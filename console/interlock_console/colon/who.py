"""``:who``: who has a console open, and how many runs are in somebody's hands."""

from typing import Any

from textual.app import App

from interlock.text import visible_line
from interlock_console.colon import Colon
from interlock_console.screens import View

_SHOWN = 6


def _who(app: App[None], view: View, words: list[str]) -> str:
    del app, words
    hub: dict[str, Any] = view.station.head().hub or {}
    consoles: list[dict[str, Any]] = hub.get("consoles") or []
    names = [
        visible_line(str(each["who"]), 40) + (", reads only" if each["read_only"] else "")
        for each in consoles
    ]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    held = sum(1 for state in view.station.runs.values() if state.claimed_by.raw)
    said = "; ".join(names[:_SHOWN]) or "nobody, as far as the feed tells"
    return f"consoles of {said}{more}. {held} run{'s' * (held != 1)} in somebody's hands"


COMMAND = Colon(("who",), "say who has a console open", "who", _who)
