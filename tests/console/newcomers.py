"""What somebody adds: a screen, a theme, a keymap, a command, each as one new file, put where it is looked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType

from interlock_console import colon, screens

SCREEN = '''
"""What the runs cost."""

from interlock_console.keys import Key
from interlock_console.screens import ON_A_RUN, View
from interlock_console.sinks import Sink
from interlock_console.widgets.board import Board

SINKS = (Sink("Costs"), Sink("Sum", "agents", "widgets.ink.Ink.paint, visible_line", "one"))


class Sum(Board):
    """The runs, dearest first."""

    def __init__(self, station):
        super().__init__(id="sum")
        self.station = station

    def lines(self, width, height):
        """Return one line a run."""
        runs = sorted(self.station.runs.values(), key=lambda run: -run.cost)
        return [[(f"{run.cost:8.2f} ", "text"), (run.agent.raw, "head")] for run in runs[:height]]


class Costs(View):
    """What the runs cost, dearest first."""

    NAME, DIGIT = "costs", "9"
    KEYS = (Key("costs.turn", "t", "turn", "turn", "turn the order around", foot=2),)
    ACTS = ON_A_RUN
    AUTO_FOCUS = ""

    def body(self):
        """Return the list."""
        self.board = Sum(self.station)
        return [self.board]

    def renewed(self, changed, whole):
        """Show it again."""
        self.board.renew()

    def action_turn(self):
        """Say that it was turned."""
        self.note("turned around")
'''

COMMAND = '''
"""``:stop``: an order."""

from interlock_console.colon import Colon

COMMAND = Colon(("stopall",), "stop what is shown", "stopall", lambda app, view, words: "stopped", acting=True)
'''

THEME = """
title = "Dusk"
dark = true
[ground]
plain = "#101014"
bar = "#20222a"
cursor = "#2b3040"
badge = "#2b2438"
prod = "#3a1d2c"
line = "#6a7480"
[ink]
text = "#d8dde2"
dim = "#aab1b9"
head = "#ffffff"
key = "#9cc8ea"
alarm = "#ff8276"
fault = "#eabf66"
held = "#8fc6e2"
live = "#acd2ae"
shadow = "#e2aed2"
still = "#c3b8e4"
quiet = "#b2bac1"
mark = "#ffffff"
"""

KEYMAP = """
"run.kill" = "ctrl+x,K"
"fleet.filter" = "f4,/"
[fleet]
next = "n"
"""


@contextmanager
def _beside(package: ModuleType, folder: Path, **files: str) -> Iterator[None]:
    """Put new files where the modules of a package are looked for, and forget them afterwards."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    package.__path__.append(str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        package.__path__.remove(str(folder))
        for name in files:
            sys.modules.pop(f"{package.__name__}.{name}", None)
            vars(package).pop(name, None)


def with_screens(folder: Path, **files: str) -> AbstractContextManager[None]:
    """Add files to the folder of screens; a context manager."""
    return _beside(screens, folder, **files)


def with_commands(folder: Path, **files: str) -> AbstractContextManager[None]:
    """Add files to the folder of colon commands; a context manager."""
    return _beside(colon, folder, **files)
