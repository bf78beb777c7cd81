"""Which widgets and screens have no row that says what of others' text they show."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from textual.widget import Widget

from interlock_console import screens, widgets
from interlock_console.screens import View
from interlock_console.sinks import SINKS

__all__ = ["unlisted"]


def unlisted() -> list[str]:
    """Return the places that are neither in the table of sinks nor in the ``SINKS`` of a view's own file.

    Such a file is driven with every payload by the contract of screens, because its view can be opened by name.
    """
    known = {sink.place for sink in SINKS}
    found: list[str] = []
    for package in (widgets, screens):
        for module in _modules(package):
            classes = dict(_widgets(module))
            opened = any(issubclass(thing, View) and thing.NAME for thing in classes.values())
            own = {sink.place for sink in getattr(module, "SINKS", ())} if opened else set[str]()
            place = module.__name__.removeprefix("interlock_console.")
            found += [
                f"{place}.{name}" for name in classes if f"{place}.{name}" not in known and name not in own
            ]
    return sorted(found)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for found in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{found.name}")


def _widgets(module: ModuleType) -> Iterator[tuple[str, type[Widget]]]:
    for name, thing in vars(module).items():
        if inspect.isclass(thing) and issubclass(thing, Widget) and thing.__module__ == module.__name__:
            yield name, thing
