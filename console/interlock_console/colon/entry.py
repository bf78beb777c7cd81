"""``:entry N``: one entry of the record, with what is around it, whatever was looked for before."""

from typing import Any

from textual.app import App

from interlock_console.colon import Colon
from interlock_console.screens import View
from interlock_console.screens.audit import AuditView


def _entry(app: App[None], view: View, words: list[str]) -> str | None:
    number = words[0].replace(",", "") if len(words) == 1 else ""
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 2**53):
        return "type :entry and the number of an entry, such as :entry 1048308"
    console: Any = app
    if not isinstance(view, AuditView):
        console.visit("audit")
    if isinstance(app.screen, AuditView):
        app.screen.goto(int(number))
    return None


COMMAND = Colon(("entry",), "show one entry of the record and what is around it", "entry N", _entry)
