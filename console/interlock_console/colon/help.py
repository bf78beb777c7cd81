"""``:help``: what can be done here."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.commanding import Commanding
from interlock_console.screens import View


def _help(app: App[None], view: View, words: list[str]) -> None:
    del view, words
    if isinstance(app, Commanding):
        app.action_help()


COMMAND = Colon(("help", "h"), "what can be done here; typing in it finds", "help", _help)
