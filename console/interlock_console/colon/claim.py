"""``:claim``: take the run in hand, take it over, or let it go. It stops nobody; it says who is at it."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.colon._hands import ask, one_run
from interlock_console.screens import View

_WORDS = {"take": "taken over", "release": "released", "": "claimed"}


def _claim(app: App[None], view: View, words: list[str]) -> str | None:
    del app
    word = words[0] if words else ""
    if len(words) > 1 or word not in _WORDS:
        return "a run is claimed, with take taken over, with release let go; nothing was sent"
    run = one_run(view)
    if run is None:
        return "no one run is meant here; nothing was sent"
    ask(view, run, "claim", {"claim": word != "release", "take": word == "take"}, _WORDS[word])
    return None


def _words(view: View, words: list[str]) -> tuple[str, ...]:
    del view
    return () if words else ("take", "release")


COMMAND = Colon(("claim",), "say that you are at this run", "claim [take|release]", _claim, True, _words)
