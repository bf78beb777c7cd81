"""``:keys``: the keys of this view by the names that a keymap file knows them by, and what is wrong with the file."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.commanding import Commanding
from interlock_console.palette import by_name
from interlock_console.screens import View
from interlock_console.screens.help import HelpScreen


def _keys(app: App[None], view: View, words: list[str]) -> str | None:
    del words
    if not isinstance(app, Commanding):
        return None
    app.push_screen(HelpScreen(by_name(view), words=False), app.choose)
    problems = app.keymap.problems
    return f"keymap: {problems[0]}" if problems else None


COMMAND = Colon(("keys",), "the keys of this view, by their names for the keymap file", "keys", _keys)
