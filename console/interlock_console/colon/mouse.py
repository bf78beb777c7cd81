"""``:mouse on|off``: let the mouse choose and scroll, or give it back to the terminal."""

from textual.app import App

from interlock_console import mouse
from interlock_console.colon import Colon
from interlock_console.screens import View


def _mouse(app: App[None], view: View, words: list[str]) -> str:
    del view
    if words not in (["on"], ["off"]):
        return f"the mouse is {'on' if mouse.is_on(app) else 'off'}: type :mouse on or :mouse off"
    return mouse.turn(app, words == ["on"])


COMMAND = Colon(
    ("mouse",), "let the mouse choose and scroll; it never acts", "mouse on|off", _mouse,
    completes=lambda _, words: () if words else ("on", "off"),
)  # fmt: skip
