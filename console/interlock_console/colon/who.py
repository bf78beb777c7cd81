"""``:who``: who has a console open, and how many runs are in somebody's hands."""

from typing import Any

from textual.app import App

from interlock.text import visible_line
from interlock_console.colon import Colon
from interlock_console.screens import View

_SHOWN = 6


def _console(each: dict[str, Any]) -> str:
    role = f" ({visible_line(str(each['role']), 12)})" if each.get("role") else ""
    return visible_line(str(each["who"]), 40) + role + (", reads only" if each["read_only"] else "")


def _who(app: App[None], view: View, words: list[str]) -> str:
    del app, words
    hub: dict[str, Any] = view.station.head().hub or {}
    consoles: list[dict[str, Any]] = hub.get("consoles") or []
    names = [_console(each) for each in consoles]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    held = sum(1 for state in view.station.runs.values() if state.claimed_by.raw)
    said = "; ".join(names[:_SHOWN]) or "nobody, as far as the feed tells"
    you = f"you are {visible_line(str(hub.get('operator')), 40)} ({visible_line(str(hub.get('role')), 12)}). "
    runs = f"{held} run{'s' * (held != 1)} in somebody's hands"
    return f"{you if hub.get('role') else ''}consoles of {said}{more}. {runs}"


COMMAND = Colon(("who",), "say who has a console open, with which role", "who", _who)
