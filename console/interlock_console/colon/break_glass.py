"""``:break-glass admin``: take a role for 15 minutes, or end that; ``:operators`` lists them."""

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View


def _glass(app: App[None], view: View, words: list[str]) -> str | None:
    from interlock_console.screens.break_glass import ROLES, BreakGlassDialog

    if len(words) > 1 or (words and words[0] not in ROLES.values()):
        return f"a role is {' or '.join(ROLES.values())}; nothing was broken"
    return BreakGlassDialog.begin(app, view.station, *words)


COMMAND = Colon(
    ("break-glass", "glass"),
    "take a role for 15 minutes, with a reason, or end it",
    "break-glass [approver|admin]",
    _glass,
    completes=lambda _, words: () if words else ("approver", "admin"),
)
