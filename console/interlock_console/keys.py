"""Keys as data: a view names its keys once, and bindings, last line and help are made from that.

Keys that act on a run stand in a table of their own, so that a read-only console does not have them at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

__all__ = ["Key", "bindings"]

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "minus": "-",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "colon": ":",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One thing a key does in a view.

    ``name`` identifies it for remapping (``fleet.kill``), ``keys`` are Textual key names with commas between them,
    ``action`` is an action of the view or, with ``app.`` before it, of the console; empty when the widget with the
    focus has the key already. ``says`` is what the last line
    and the help call it. ``foot`` is its weight in the last line: 1 stays longest, 0 never shows there.
    """

    name: str
    keys: str
    action: str
    says: str
    help: str = ""
    foot: int = 0
    cap: str = ""
    """How the last line and the help write the key; empty for the first of ``keys`` itself."""

    @property
    def faces(self) -> list[str]:
        """Every key of it, as written on the screen."""
        return [_NAMES.get(key, key) for key in self.keys.split(",")]

    @property
    def face(self) -> str:
        """How the key is written on the screen: ``/`` for ``slash``."""
        return self.cap or self.faces[0]


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """Return the keys as Textual bindings. The description is what the help says."""
    return [
        Binding(key.keys, key.action, key.help or key.says, show=bool(key.foot), id=key.name)
        for key in keys
        if key.action
    ]
