"""A console in a terminal that is fast, or takes nothing at all: keys keep their order, and the loop goes on."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.terminal import Terminal
from tests.console.feed import run_id
from tests.support.hubs import GUARD

Told = dict[str, Any]


class Stage:
    """The console, its terminal, and what it says of itself in a file."""

    def __init__(self, terminal: Terminal, file: Path) -> None:
        self.terminal, self._file = terminal, file

    def until(self, seen: Callable[[Told], bool], *, read: bool = True) -> Told:
        """Wait until the console says so; with ``read`` false, nothing of its terminal is read meanwhile.

        What is read is thrown away: to draw it takes longer than the console takes to write it.
        """
        deadline = time.monotonic() + GUARD
        told: Told = {}
        while time.monotonic() < deadline:
            if read:
                self.terminal.collect(0.02)
            else:
                time.sleep(0.02)
            told = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}
            if told and seen(told):
                return told
        raise AssertionError(f"never came; at the end it said {told}")


@contextmanager
def _console(folder: Path, *how: str) -> Iterator[Stage]:
    file = folder / "told.json"
    words = [sys.executable, "-m", "tests.console.pty_console", str(file), *how]
    terminal = Terminal(words, os.environ, 160, 45)
    try:
        stage = Stage(terminal, file)
        stage.until(lambda told: told["fitting"] == 40)
        yield stage
    finally:
        terminal.stop()


def test_a_filter_typed_at_once_is_the_filter(tmp_path: Path) -> None:
    """Slash, text and enter in one piece of input: every letter is in the filter, and none did anything else."""
    with _console(tmp_path) as stage:
        stage.terminal.press(b"/agent:agent-3 pKr\x7f\x7f\x7f\x7f\r")
        told = stage.until(lambda told: told["filter"] == "agent:agent-3" and not told["typing"])
        assert told["fitting"] == 11
        assert told["screen"] == "FleetView"
        assert told["notes"] == []


def test_a_terminal_that_takes_nothing_stops_the_paint_and_nothing_else(tmp_path: Path) -> None:
    """Once frames pile up none are made: a key is still acted on, and when it reads again the screen is current."""
    with _console(tmp_path, "busy") as stage:
        stage.until(lambda told: told["stalled"], read=False)
        stage.terminal.press(b"jjj")
        told = stage.until(lambda told: told["cursor"] == run_id(37), read=False)
        assert told["stalled"]
        stage.until(lambda told: not told["stalled"])
        row = f"> RUN       > {run_id(37)[:8]} agent-37"
        stage.terminal.wait_for(lambda lines: any(line.startswith(row) for line in lines), GUARD)
