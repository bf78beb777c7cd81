"""What help and palette list: the keys of the view in front as they are mapped here, the views, and the commands."""

from collections.abc import Iterable

from interlock_console.colon import Colon
from interlock_console.discovery import Shelf
from interlock_console.keys import Entry, Key, face
from interlock_console.screens import COMMON, View

__all__ = ["ORDERS", "by_name", "entries"]

ORDERS = "acting: one key pauses, a kill asks for y once its box is up, enter never acts"
_EVERYWHERE = "everywhere"
_COMMANDS = "commands, behind :"


def entries(view: View, shelf: Shelf, commands: Iterable[Colon]) -> list[Entry]:
    """Return everything that can be done in this view: what reads, what acts (not in a read-only console), the rest."""
    acts = {key.name for key in view.ACTS}
    common = {key.name for key in COMMON}
    here = [key for key in view.keys if key.name not in acts | common]
    acting = [key for key in view.keys if key.name in acts]
    rest = [key for key in view.keys if key.name in common - acts]
    return [
        *(_key(f"the {view.NAME} view", key) for key in here),
        *(_key(ORDERS, key, acting=True) for key in acting),
        *(_key(_EVERYWHERE, key) for key in rest),
        *_views(view, shelf),
        *(
            Entry(_COMMANDS, f":{command.usage}", command.says, "", command.names[0], takes, command.acting)
            for command in commands
            for takes in [command.usage != command.names[0]]
        ),
    ]


def by_name(view: View) -> list[Entry]:
    """Return the keys of a view by the names that a keymap file knows them by."""
    acts = {key.name for key in view.ACTS}
    return [
        Entry(
            "names for the keymap file",
            " ".join(key.faces),
            f"{key.name}: {_says(key)}",
            acting=key.name in acts,
        )
        for key in view.keys
    ]


def _says(key: Key) -> str:
    return key.help or key.says


def _key(section: str, key: Key, acting: bool = False) -> Entry:
    faces, press = " ".join(key.faces), key.keys.split(",")[0]
    return Entry(section, faces, _says(key), press, acting=acting, called=key.says)


def _views(view: View, shelf: Shelf) -> Iterable[Entry]:
    digit_of = {name: digit for digit, name in shelf.digits.items()}
    for name in sorted(shelf.views, key=lambda name: (digit_of.get(name, "x"), name)):
        digit = digit_of.get(name, "")
        mapped = view.station.keymap.get(f"view.{digit}", digit) if digit else ""
        written = " ".join(face(key) for key in mapped.split(",")) if mapped else f":{name}"
        yield Entry("views", written, f"the {name} view" + (f", also :{name}" if mapped else ""), "", name)
