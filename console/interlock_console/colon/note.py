"""``:note TEXT``: write something down about the run. It goes into the record and into the run's trace."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.colon._hands import ask, one_run
from interlock_console.screens import View

_MOST = 2000


def _note(app: App[None], view: View, words: list[str]) -> str | None:
    del app
    text = " ".join(words)
    if not 0 < len(text) <= _MOST:
        return f"a note has 1 to {_MOST:,} characters, this has {len(text):,}; nothing was sent"
    run = one_run(view)
    if run is None:
        return "no one run is meant here; nothing was sent"
    ask(view, run, "notes", {"text": text}, "noted")
    return None


COMMAND = Colon(("note",), "write something down about this run", "note TEXT", _note, True)
