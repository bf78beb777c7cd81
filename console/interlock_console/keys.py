"""Keys as data: a view names its keys once, and bindings, last line and help are made from that.

Keys that act on a run stand in a table of their own, so that a read-only console does not have them at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType

__all__ = ["CONFIRMS", "Entry", "Key", "bindings", "face", "remapped"]

CONFIRMS = "y"
"""The key that confirms in every dialog. Nothing that acts may be put on it, nor it on a key that opens a dialog."""

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
    "less_than_sign": "<",
    "greater_than_sign": ">",
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
    role: str = "responder"
    """The least role at the hub that may do it, where it acts."""

    @property
    def faces(self) -> list[str]:
        """Every key of it, as written on the screen."""
        return [face(key) for key in self.keys.split(",")]

    @property
    def face(self) -> str:
        """How the key is written on the screen: ``/`` for ``slash``."""
        return self.cap or self.faces[0]

    @property
    def confirms(self) -> bool:
        """Whether it gives the proof in a dialog."""
        return CONFIRMS in self.keys.split(",")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the console can do, as help and palette list it.

    ``keys`` is how its keys are written; ``press`` is the key to press for it, ``line`` what to put into the command
    line for it, of which ``takes`` says that more words belong to it. One with neither is only told about. Enter on
    an ``acting`` one gives no order: orders have their own key, or are typed.
    """

    section: str
    keys: str
    says: str
    press: str = ""
    line: str = ""
    takes: bool = False
    acting: bool = False
    called: str = ""
    """What the last line calls it: it is found by that, too."""

    def fits(self, typed: str) -> bool:
        """Return whether every word that was typed is in it."""
        text = f"{self.keys} {self.called} {self.says} {self.section}".casefold()
        return all(word in text for word in typed.casefold().split())


def face(key: str) -> str:
    """Return how a Textual key name is written on the screen: ``/`` for ``slash``."""
    return _NAMES.get(key, key)


def remapped(keys: Iterable[Key], keymap: Mapping[str, str]) -> tuple[Key, ...]:
    """Return the keys as an operator's keymap has them (binding id -> Textual key names with commas)."""
    return tuple(replace(key, keys=keymap[key.name], cap="") if key.name in keymap else key for key in keys)


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """Return the keys as Textual bindings. The description is what the help says."""
    return [
        Binding(key.keys, key.action, key.help or key.says, show=bool(key.foot), id=key.name)
        for key in keys
        if key.action
    ]
