"""Agent processes of the rig (``agents.py``), and what they tell."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gameday.sandbox import GUARD, Sandbox
from tests.support.frozen import freeze

__all__ = ["People", "crowd"]

AGENTS = Path(__file__).with_name("agents.py")


class People:
    """One process; its lines ``RUN PARENT`` are read as they come."""

    def __init__(self, box: Sandbox, kind: str) -> None:
        environ = os.environ | box.till.environment() | box.hub.environment()
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(AGENTS), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            text=True,
        )
        self._lines: queue.Queue[tuple[str, str]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            run, parent = line.split()
            self._lines.put((run, parent))

    def line(self) -> tuple[str, str]:
        """Return the next run and its parent, ``-`` for none."""
        return self._lines.get(timeout=GUARD)

    def spawn(self, parent: str) -> str:
        """Let it open a run below this one, and return the new run."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{parent}\n")
        self.process.stdin.flush()
        return self.line()[0]

    def freeze(self) -> None:
        """Let the process stand still."""
        freeze(self.process.pid)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End it without giving it any chance to say so."""
        self.process.kill()
        self.process.wait(GUARD)
        self._reader.join(GUARD)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@contextmanager
def crowd(box: Sandbox, kind: str, count: int) -> Iterator[list[People]]:
    """Run this many of them, and end them whatever happened."""
    people: list[People] = []
    try:
        people.extend(People(box, kind) for _ in range(count))
        yield people
    finally:
        for person in people:
            person.end()
