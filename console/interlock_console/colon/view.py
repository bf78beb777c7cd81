"""``:view NAME`` shows a saved view of the fleet, ``:view save NAME`` keeps the list as it is, ``:view drop NAME``."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View
from interlock_console.screens.fleet import FleetView
from interlock_console.views import drop, load, save, views_file


def _view(app: App[None], view: View, words: list[str]) -> str:
    del app
    if not isinstance(view, FleetView):
        return "saved views are of the fleet: 1 goes there"
    file = views_file()
    if words[:1] == ["save"] and len(words) == 2:
        save(file, words[1], view.saved)
        return f"view {words[1]} is saved in {file}"
    if words[:1] == ["drop"] and len(words) == 2:
        drop(file, words[1])
        return f"view {words[1]} is not saved any more"
    if len(words) == 1:
        return view.use_named(words[0])
    views, problem = load(file)
    return f"{problem}; " * bool(problem) + f"views: {', '.join(sorted(views))}"


def _names(view: View, words: list[str]) -> list[str]:
    del view
    names = sorted(load(views_file())[0])
    if not words:
        return ["save", "drop", *names]
    return names if len(words) == 1 and words[0] in ("save", "drop") else []


COMMAND = Colon(
    ("view",), "show, save or drop a view of the fleet", "view [save|drop] NAME", _view, completes=_names
)
