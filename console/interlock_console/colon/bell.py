"""``:bell on|off``: whether the terminal's bell rings when something newly needs a person."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View

_WORDS = ("on", "off")


def _bell(app: App[None], view: View, words: list[str]) -> str:
    del app
    if len(words) > 1 or (words and words[0] not in _WORDS):
        return "the bell is on or off: say which"
    if words:
        view.station.bell = words[0] == "on"
    return "the bell rings on edges, twice a minute at most" if view.station.bell else "the bell is off"


def _words(view: View, words: list[str]) -> tuple[str, ...]:
    del view
    return () if words else _WORDS


COMMAND = Colon(("bell",), "ring at what newly needs a person", "bell on|off", _bell, completes=_words)
