"""The one place that writes: whole lines of visible text, and never into a line that is being typed."""

from typing import TextIO

from interlock_console.linear.keyboard import Keyboard
from interlock_console.output import line

__all__ = ["Voice"]

_HELD = 200
"""Notices that may wait while somebody types; what is older is counted."""


class Voice:
    """``say`` answers a command; ``notice`` is about what happens by itself, and waits for the line to be free."""

    def __init__(self, out: TextIO, typed: Keyboard) -> None:
        self._out, self._typed = out, typed
        self._held: list[str] = []
        self._lost = 0
        self._prompted = False

    def say(self, text: object) -> None:
        """Write one line."""
        if self._prompted:
            self._write("\n")
        self._write(line(text) + "\n")

    def notice(self, text: object) -> None:
        """Write one line once nobody is typing."""
        self._held.append(line(text))
        if len(self._held) > _HELD:
            del self._held[0]
            self._lost += 1

    def flush(self) -> None:
        """Write the notices that wait, unless a line has been begun."""
        if self._typed.begun or not self._held:
            return
        held, self._held = self._held, []
        if self._lost:
            held.insert(
                0, f"{self._lost} older notices were left out while you typed; 'needs' lists what holds now"
            )
            self._lost = 0
        for text in held:
            self.say(text)

    def prompt(self, text: str = "> ") -> None:
        """Ask for a line, on a terminal; a pipe needs no asking."""
        self.flush()
        if self._typed.terminal:
            self._write(text)
            self._prompted = True

    def entered(self, text: str) -> None:
        """Note that a line was entered; a pipe's is written, so that the answers can be told apart."""
        self._prompted = False
        if not self._typed.terminal:
            self._write(f"> {line(text)}\n")

    def _write(self, text: str) -> None:
        self._prompted = False
        self._out.write(text)
        self._out.flush()
