"""``:theme NAME``: other colours, at once, and kept for this context."""

from textual.app import App

from interlock_console import themes
from interlock_console.colon import Colon
from interlock_console.screens import View


def _theme(app: App[None], view: View, words: list[str]) -> str:
    if len(words) != 1:
        return f"this is {app.theme}; there are {', '.join(themes.names())}"
    said = themes.wear(app, words[0])
    return said + themes.keep(view.station.context.name, words[0])


def _names(view: View, words: list[str]) -> list[str]:
    del view
    return [] if words else themes.names()


COMMAND = Colon(("theme",), "other colours, kept for this context", "theme NAME", _theme, completes=_names)
