"""``:sort NAME [reverse]``: the order of the fleet."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View
from interlock_console.screens.fleet import FleetView
from interlock_console.sorting import SORTS, named


def _sort(app: App[None], view: View, words: list[str]) -> str:
    del app
    if not isinstance(view, FleetView):
        return "the fleet is sorted, this view is not: 1 goes there"
    sort = named(words[0]) if words else None
    if sort is None or words[1:] not in ([], ["reverse"]):
        return f"sort by one of {', '.join(sort.name for sort in SORTS)}, with reverse behind it if wanted"
    view.sort(sort, words[1:] == ["reverse"])
    return f"sorted: {sort.reversed if view.table.backwards else sort.says}"


def _names(view: View, words: list[str]) -> list[str]:
    del view
    return [sort.name for sort in SORTS] if not words else ["reverse"] if len(words) == 1 else []


COMMAND = Colon(("sort",), "sort the fleet", "sort NAME [reverse]", _sort, completes=_names)
