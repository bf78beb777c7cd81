"""``:escalations``: what waits for a person's decision; with an id the card of one."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.colon._asks import opened, waiting
from interlock_console.screens import View
from interlock_console.switching import Switching

_VIEW = "approvals"


def _escalations(app: App[None], view: View, words: list[str]) -> str | None:
    if words:
        return opened(app, view, words, reject=False)
    if isinstance(app, Switching) and app.visit(_VIEW):
        return None
    return "the view of what waits is not there any more"


COMMAND = Colon(
    ("escalations", "asks"),
    "what waits for a person; with an id its card",
    "escalations [ID]",
    _escalations,
    completes=waiting,
)
