"""``:context NAME``: the console of another hub, in the place of this one. The runs here go on."""

import threading

from textual.app import App

from interlock.errors import InterlockError
from interlock.text import visible_line
from interlock_console import contexts
from interlock_console.colon import Colon
from interlock_console.finding import find_hub
from interlock_console.screens import View
from interlock_console.switching import Switching


def _context(app: App[None], view: View, words: list[str]) -> str | None:
    here = view.station.context.name or "a hub given by its address"
    known = [*contexts.read().names, contexts.LOCAL]
    if len(words) != 1 or not isinstance(app, Switching):
        return f"this is {here}; there are {', '.join(known)}"
    (name,) = words
    if name != contexts.LOCAL:
        contexts.read().get(name)
    view.note(f"looking up the context {visible_line(name, 40)}")
    # The token may be in a keyring that takes its time; a context without one must not cost this console.
    threading.Thread(target=_look, args=(app, view, name), name="interlock context", daemon=True).start()
    return None


def _look(app: Switching, view: View, name: str) -> None:
    try:
        find_hub(None, None, context=name)
    except InterlockError as error:
        view.note(f"still here: {visible_line(str(error), 200)}", "held")
        return

    def leave() -> None:
        app.onward = name
        app.exit()

    app.call_later(leave)


def _names(view: View, words: list[str]) -> list[str]:
    del view
    try:
        return [] if words else [*contexts.read().names, contexts.LOCAL]
    except InterlockError:
        return []


COMMAND = Colon(
    ("context", "ctx"), "go to the hub of another context", "context NAME", _context, completes=_names
)
