"""The console as an operator has it: a process in a pseudo terminal, keys typed into it, its screen kept by pyte."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyte

from tests.support.hubs import GUARD, HubProcess


class Terminal:
    """What the console shows now."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int, columns: int, rows: int) -> None:
        self.process, self._master = process, master
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.watching: Callable[[str], bool] = lambda _: False
        """Judges every screen that is painted from now on; what it finds wrong goes to ``slips``."""
        self.slips: list[str] = []

    def type(self, keys: str) -> None:
        """Type these keys."""
        os.write(self._master, keys.encode())

    def read(self, seconds: float = 0.05) -> str:
        """Take what the console painted within this time, and return the whole screen."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], left)
            if ready:
                self._stream.feed(os.read(self._master, 65_536))
        said = "\n".join(self._screen.display)
        if self.watching(said):
            self.slips.append(said)
        return said

    def until(self, *words: str, unless: str = "", within: float = GUARD) -> str:
        """Read until all these words are on the screen and ``unless`` is not, and return the screen."""
        deadline = time.monotonic() + within
        while True:
            said = self.read()
            if all(word in said for word in words) and not (unless and unless in said):
                return said
            assert time.monotonic() < deadline, f"never saw {words} on\n{said}"

    def during(self, seconds: float) -> list[tuple[float, str]]:
        """Read for so long; return each screen with the seconds since the beginning."""
        began, seen = time.monotonic(), []
        while (at := time.monotonic() - began) < seconds:
            seen.append((at, self.read()))
        return seen


@contextmanager
def terminal(hub: HubProcess, columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """Run the console on this hub in a terminal of this size, and end it whatever happened."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environ = os.environ | hub.environment() | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environ |= {"LINES": str(rows), "COLUMNS": str(columns)}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "interlock_console", "--no-hub"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env=environ,
    )
    os.close(slave)
    try:
        yield Terminal(process, master, columns, rows)
    finally:
        process.kill()
        process.wait(GUARD)
        with contextlib.suppress(OSError):
            os.close(master)
