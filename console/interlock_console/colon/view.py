"""``:view NAME`` shows a saved view, ``:view save NAME`` keeps the list as it is, ``:view drop NAME``."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View
from interlock_console.switching import Switching
from interlock_console.views import called, drop, load, save, views_file


def _view(app: App[None], view: View, words: list[str]) -> str:
    file = views_file()
    if words[:1] == ["save"] and len(words) == 2:
        if (saved := view.saved) is None:
            return "the fleet (1) and the record (3) can be saved as a view: go there, filter, and save that"
        save(file, words[1], saved)
        return f"view {words[1]} of the {saved.of} is saved in {file}"
    if words[:1] == ["drop"] and len(words) == 2:
        drop(file, words[1])
        return f"view {words[1]} is not saved any more"
    if len(words) == 1:
        return _show(app, words[0])
    views, problem = load(file)
    listed = (f"{name} (audit)" if views[name].of == "audit" else name for name in sorted(views))
    return f"{problem}; " * bool(problem) + f"views: {', '.join(listed)}"


def _show(app: App[None], name: str) -> str:
    """Go to where the view of this name belongs, and show it there."""
    saved, problem = called(views_file(), name)
    if saved is None:
        return problem
    if not isinstance(app, Switching) or not app.visit(saved.of):
        return f"view {name}: the {saved.of} view is not there"
    if len(app.screen_stack) > 1:
        app.visit(saved.of)
    shown = app.screen_stack[0]
    wrong = shown.use(saved) if isinstance(shown, View) else "another view came before it"
    return f"view {name}: {wrong}" if wrong else problem or f"view {name}"


def _names(view: View, words: list[str]) -> list[str]:
    del view
    names = sorted(load(views_file())[0])
    if not words:
        return ["save", "drop", *names]
    return names if len(words) == 1 and words[0] in ("save", "drop") else []


COMMAND = Colon(
    ("view",),
    "show, save or drop a view of the fleet or the record",
    "view [save|drop] NAME",
    _view,
    completes=_names,
)
