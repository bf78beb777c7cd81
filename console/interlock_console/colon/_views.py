"""``:NAME`` of every view."""

from functools import partial

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View
from interlock_console.switching import Switching

__all__ = ["by_name"]


def by_name(name: str) -> Colon:
    """Return the command that shows the view of this name."""
    return Colon((name,), f"show the {name} view", name, partial(_show, name))


def _show(name: str, app: App[None], view: View, words: list[str]) -> str | None:
    del view
    if words:
        return f":{name} takes no words"
    if isinstance(app, Switching) and app.visit(name):
        return None
    return f"the {name} view is not there any more"
