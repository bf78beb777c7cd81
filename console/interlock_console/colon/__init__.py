"""The commands of the line that ``:`` opens: a file here that says what its ``COMMAND`` is adds one.

A command is called on the screen's thread with the console, the view in front and the words behind its name. What it
returns is put into the ticker; so is the problem of an :class:`~interlock.errors.InterlockError` it raises. It asks
the hub through ``view.station.desk`` and never waits. Example::

    def _bell(app: App[None], view: View, words: list[str]) -> str | None:
        view.station.bell = words != ["off"]
        return f"the bell is {'on' if view.station.bell else 'off'}"

    COMMAND = Colon(("bell",), "ring at what needs a person", "bell on|off", _bell, completes=lambda *_: ("on", "off"))
"""

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

from textual.app import App

from interlock_console.screens import View

__all__ = ["Act", "Colon", "Completes", "found"]

Act = Callable[[App[None], View, list[str]], str | None]
Completes = Callable[[View, list[str]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Colon:
    """One command of the line.

    The first of ``names`` is what help and palette show, the others are short for it. ``usage`` has the words it
    takes (``theme NAME``). An ``acting`` command gives an order or takes one back: a read-only console has none.
    ``completes`` is given the view and the words before the one being typed, and returns what may stand there.
    """

    names: tuple[str, ...]
    says: str
    usage: str
    act: Act
    acting: bool = False
    completes: Completes | None = None


def found(read_only: bool = False) -> list[Colon]:
    """Return every command by its first name, sorted; none of the acting ones for a read-only console.

    Raises AttributeError for a file without a COMMAND; one whose name starts with an underscore serves others.
    """
    files = sorted(file.name for file in pkgutil.iter_modules(__path__) if not file.name.startswith("_"))
    commands: list[Colon] = [import_module(f"{__name__}.{name}").COMMAND for name in files]
    kept = [command for command in commands if not (read_only and command.acting)]
    return sorted(kept, key=lambda command: command.names[0])
