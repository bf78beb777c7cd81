"""``:q``: leave, after the question that ``q`` asks too."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View
from interlock_console.screens.leave import LeaveDialog


def _quit(app: App[None], view: View, words: list[str]) -> None:
    del words
    app.push_screen(LeaveDialog(view.station))


COMMAND = Colon(("q", "quit"), "leave the console; asks first", "q", _quit)
