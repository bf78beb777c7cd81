"""The lines an operator typed, kept in a private file: only what was typed, never what came of it."""

import os
from collections.abc import Mapping
from pathlib import Path

from interlock.text import encodable
from interlock_console.private import replaced, state_folder

__all__ = ["History"]

_MOST = 500


class History:
    """Read when it is first asked for; a folder that cannot be used means a history of this session alone."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._lines: list[str] | None = None

    def _path(self) -> Path:
        return state_folder(self._environ) / "commands.txt"

    @property
    def lines(self) -> list[str]:
        """The lines, oldest first."""
        if self._lines is None:
            try:
                text = self._path().read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._lines = [line for line in text.split("\n") if line][-_MOST:]
        return self._lines

    def add(self, line: str) -> None:
        """Keep a line as the newest one; one that is there already moves to the end."""
        kept = encodable(line.replace("\n", " "))
        self._lines = [*(other for other in self.lines if other != kept), kept][-_MOST:]
        try:
            replaced(self._path(), "".join(f"{each}\n" for each in self._lines))
        except OSError:
            return
