"""``:filter WORDS``: what the fleet shows; without words, everything."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.reading import FIELDS, NUMBERS
from interlock_console.screens import View
from interlock_console.screens.fleet import FleetView


def _filter(app: App[None], view: View, words: list[str]) -> str:
    del app
    if not isinstance(view, FleetView):
        return "the fleet has a filter, this view has none: 1 goes there"
    problem = view.filter(" ".join(words))
    if problem:
        return f"nothing changed: {problem}"
    return f"{len(view.table.fitting)} of {view.table.listed} runs fit"


def _fields(view: View, words: list[str]) -> list[str]:
    del view, words
    return [*(f"{name}:" for name in FIELDS), *(f"{name}>" for name in NUMBERS)]


COMMAND = Colon(("filter",), "keep the runs that fit", "filter [WORDS]", _filter, completes=_fields)
