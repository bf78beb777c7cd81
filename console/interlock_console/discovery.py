"""Which views there are: every module in ``screens`` with a :class:`View` that has a DIGIT or a NAME adds one.

A module is imported when its view is asked for, and all of them once the first frame has been painted. One that
cannot be imported, and a digit that two views want, is a sentence for the operator and never the end of the console.
"""

import inspect
import pkgutil
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType

from textual.binding import Binding, BindingType

from interlock.text import visible_line
from interlock_console import screens
from interlock_console.keyrules import Table
from interlock_console.keys import Key
from interlock_console.screens import COMMON, Dialog, View
from interlock_console.widgets.lines import Lines

__all__ = ["DIGITS", "Shelf", "dialogs", "names", "openable", "tables"]

DIGITS = tuple(
    Key(f"view.{digit}", digit, f"digit('{digit}')", f"view {digit}", "the view of this digit")
    for digit in "1234567890"
)
"""One for every view that may come; bound in the app, so that a view needs no edit for its digit."""


def names() -> list[str]:
    """Return the name of every module of screens, sorted, without importing any."""
    return sorted(found.name for found in pkgutil.iter_modules(screens.__path__) if found.name[0] != "_")


def _own(module: ModuleType) -> list[type]:
    """Return the classes that are defined in a module itself, in its order."""
    return [
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing) and thing.__module__ == module.__name__
    ]


def openable(view: type[View]) -> bool:
    """Return whether a view can be opened by itself: it is named, and needs nothing but a station."""
    parameters = list(inspect.signature(view).parameters.values())
    return bool(view.NAME) and not any(p.default is p.empty for p in parameters[1:])


def dialogs() -> list[type[Dialog]]:
    """Return every dialog of the modules that are imported by now."""
    found: list[type[Dialog]] = []
    for name in names():
        module = vars(screens).get(name)
        if isinstance(module, ModuleType):
            found += [thing for thing in _own(module) if issubclass(thing, Dialog)]
    return found


@dataclass
class Shelf:
    """The views found so far: by name, and the name by digit. ``problems`` are sentences about what was not taken."""

    views: dict[str, type[View]] = field(default_factory=dict[str, type[View]])
    digits: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[str] = field(default_factory=list[str])
    every: list[type[View]] = field(default_factory=list[type[View]])
    """Also the views that belong to something, such as one run's."""
    _looked: set[str] = field(default_factory=set[str])

    def look(self, module: str) -> None:
        """Import one module of screens and take its views."""
        if module in self._looked:
            return
        self._looked.add(module)
        try:
            found = import_module(f"{screens.__name__}.{module}")
        except Exception as error:  # noqa: BLE001 - it is somebody's own file
            what = visible_line(f"{type(error).__name__}: {error}", 120)
            self.problems.append(f"the screen file {module}.py cannot be used: {what}")
            return
        for view in _own(found):
            if issubclass(view, View):
                self._take(view)

    def look_at_all(self) -> None:
        """Take the views of every module."""
        for module in names():
            self.look(module)

    def _take(self, view: type[View]) -> None:
        self.every.append(view)
        if not openable(view):
            return
        if view.NAME in self.views:
            self.problems.append(f"two screens are named {view.NAME!r}: {_where(view)} is left out")
            return
        self.views[view.NAME] = view
        if not view.DIGIT:
            return
        if (first := self.digits.get(view.DIGIT)) is not None:
            self.problems.append(
                f"the views {first} and {view.NAME} both want the digit {view.DIGIT}: {first} has it, "
                f":{view.NAME} opens the other"
            )
            return
        if len(view.DIGIT) != 1 or view.DIGIT not in "0123456789":
            self.problems.append(f"the view {view.NAME} wants {view.DIGIT!r}, which is no digit")
            return
        self.digits[view.DIGIT] = view.NAME


def _where(view: type[View]) -> str:
    return f"{view.__module__.rpartition('.')[2]}.py"


def tables() -> list[Table]:
    """Return the keys that hold at one time, for every view and every dialog: what a keymap is judged by."""
    shelf = Shelf()
    shelf.look_at_all()
    moving = frozenset(key for keys in map(_keys_of, Lines.BINDINGS) for key in keys)
    found = [_table(view, moving) for view in shelf.every]
    return [*found, *(Table(_said(dialog), dialog.KEYS, dialog=True) for dialog in dialogs() if dialog.KEYS)]


def _table(view: type[View], moving: frozenset[str]) -> Table:
    own = {key.keys for key in view.KEYS}
    common = tuple(key for key in COMMON if key.keys not in own)
    keys = (*view.KEYS, *view.ACTS, *common, *DIGITS)
    return Table(view.NAME or _said(view), keys, frozenset(key.name for key in view.ACTS), moving)


def _said(screen: type) -> str:
    return screen.__name__.removesuffix("View").removesuffix("Dialog").lower()


def _keys_of(binding: BindingType) -> list[str]:
    return (binding.key if isinstance(binding, Binding) else binding[0]).split(",")
