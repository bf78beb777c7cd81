"""Lines as they are typed or piped in, so that it is known at any moment whether one has been begun."""

import codecs
import os
import select
import termios
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from interlock.text import cells, visible_line

__all__ = ["Keyboard", "keyboard"]

_LONGEST = 2000


class Keyboard:
    """Reads a file descriptor without ever blocking longer than asked.

    With ``echo`` each character is written back here, because the terminal does not: that is how it is known that a
    line has been begun. Erasing writes what a terminal itself would write.
    """

    def __init__(self, fd: int, echo: TextIO | None) -> None:
        self._fd, self._echo = fd, echo
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._lines: list[str] = []
        self.ended = False

    @property
    def terminal(self) -> bool:
        """Whether a person types here, and sees what is typed through this console."""
        return self._echo is not None

    @property
    def begun(self) -> bool:
        """Whether a line has been begun and not ended."""
        return self.terminal and bool(self._line)

    def wait(self, within: float) -> str | None:
        """Return the next whole line, or None after ``within`` seconds or at the end (see ``ended``)."""
        if not self._lines and not self.ended:
            self._read(within)
        return self._lines.pop(0) if self._lines else None

    def _read(self, within: float) -> None:
        ready, _, _ = select.select([self._fd], [], [], within)
        if not ready:
            return
        try:
            data = os.read(self._fd, 65_536)
        except OSError:
            data = b""  # the terminal is gone
        if not data:
            self.ended = True
            if self._line:
                self._enter()
        text = self._decoder.decode(data)
        if self._echo is not None and "\x1b" in text:
            text = text[: text.index("\x1b")]  # an arrow, or another key that means nothing here
        for character in text:
            self._take(character)

    def _take(self, character: str) -> None:
        if character in "\r\n":
            self._enter()
        elif not self.terminal:
            self._line = (self._line + character)[:_LONGEST]
        elif character in "\x7f\x08":
            self._erase(1)
        elif character == "\x15":
            self._erase(len(self._line))
        elif character == "\x04" and not self._line:
            self.ended = True
        elif character.isprintable() and len(self._line) < _LONGEST:
            self._line += character
            self._write(visible_line(character))

    def _erase(self, count: int) -> None:
        gone = self._line[len(self._line) - count :] if count else ""
        self._line = self._line[: len(self._line) - count]
        self._write("\b \b" * cells(visible_line(gone)))

    def _enter(self) -> None:
        self._lines.append(self._line)
        self._line = ""
        self._write("\n")

    def _write(self, text: str) -> None:
        if self._echo is not None:
            self._echo.write(text)
            self._echo.flush()


@contextmanager
def keyboard(given: TextIO, out: TextIO) -> Generator[Keyboard]:
    """Read from this file; on a terminal take over its echo, and give it back at the end, whatever happened."""
    fd = given.fileno()
    if not (given.isatty() and out.isatty()):
        yield Keyboard(fd, None)
        return
    before = termios.tcgetattr(fd)
    ours = list(before)
    ours[3] &= ~(termios.ICANON | termios.ECHO)
    ours[6] = [*before[6]]
    ours[6][termios.VMIN], ours[6][termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSADRAIN, ours)
    try:
        yield Keyboard(fd, out)
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
