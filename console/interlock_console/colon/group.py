"""``:group agent|role|model|tool|none``: the fleet in groups."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.grouping import GROUPS
from interlock_console.screens import View
from interlock_console.screens.fleet import FleetView

_NONE = "none"


def _group(app: App[None], view: View, words: list[str]) -> str:
    del app
    if not isinstance(view, FleetView):
        return "the fleet has groups, this view has none: 1 goes there"
    if len(words) != 1 or words[0] not in (*GROUPS, _NONE):
        return f"group by one of {', '.join(GROUPS)}, or {_NONE}"
    view.group("" if words[0] == _NONE else words[0])
    return "no groups" if words[0] == _NONE else f"grouped by {words[0]}: enter unfolds a group"


def _names(view: View, words: list[str]) -> list[str]:
    del view
    return [] if words else [*GROUPS, _NONE]


COMMAND = Colon(("group",), "put the fleet into groups", "group NAME", _group, completes=_names)
