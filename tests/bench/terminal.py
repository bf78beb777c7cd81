"""A program in a pseudo terminal: when each of its bytes came, and what they put on the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

from tests.bench.ground import ROOT, end

Piece = tuple[float, bytes]

# Modes and queries that pyte does not know and would print as text.
_UNKNOWN = re.compile(
    rb"\x1b\[[<>=?][0-9;]*[a-zA-Z$]|\x1b\[[?0-9;]*\$p|\x1bP.*?\x1b\\|\x1b\].*?(?:\x07|\x1b\\)", re.DOTALL
)
# A piece may end in the middle of a sequence; the rest comes with the next one.
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]P][^\x07\x1b]*\x1b?)?\Z")


class Terminal:
    """One program on a screen of its own. Bytes are stamped when read and only drawn when asked for.

    Drawing costs milliseconds, so a measurement first collects (:meth:`until_quiet`, :meth:`collect`), then looks.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], columns: int = 80, rows: int = 24
    ) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        size = {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LINES": str(rows),
            "COLUMNS": str(columns),
        }
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            words,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, **size},
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(slave)
        self._master = master
        self._tail = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def press(self, key: bytes) -> float:
        """Send a key and return when (monotonic seconds)."""
        at = time.monotonic()
        os.write(self._master, key)
        return at

    def collect(self, seconds: float, enough: Callable[[bytes], bool] | None = None) -> list[Piece]:
        """Return what the program wrote within ``seconds``, each piece with the time it came."""
        deadline, pieces = time.monotonic() + seconds, list[Piece]()
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._master], [], [], left)[0]:
                break
            try:
                piece = os.read(self._master, 1 << 16)
            except OSError:  # Linux says so when the program has closed its side
                break
            pieces.append((time.monotonic(), piece))
            if not piece or (enough is not None and enough(piece)):
                break
        return pieces

    def draw(self, piece: Piece) -> list[str]:
        """Put a piece on the screen and return the screen's lines."""
        data = self._tail + piece[1]
        cut = _UNFINISHED.search(data)
        data, self._tail = (data[: cut.start()], data[cut.start() :]) if cut else (data, b"")
        self._stream.feed(_UNKNOWN.sub(b"", data))
        return list(self._screen.display)

    def wait_for(self, seen: Callable[[list[str]], bool], seconds: float) -> float:
        """Return when the screen first fulfilled ``seen``. Raises TimeoutError with the screen otherwise."""
        deadline, found = time.monotonic() + seconds, 0.0
        while not found and time.monotonic() < deadline and self.process.poll() is None:
            for piece in self.collect(0.05):
                # Every piece is drawn, also after the one that mattered: the next look needs the whole screen.
                if seen(self.draw(piece)) and not found:
                    found = piece[0]
        if not found:
            raise TimeoutError("never came, the screen is:\n" + "\n".join(self._screen.display))
        return found

    def stop(self) -> None:
        """End the program by its pid and close its terminal."""
        end(self.process, 5.0)
        os.close(self._master)
