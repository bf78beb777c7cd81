"""Room for the brake on a full disk: a ballast file to free, and a preallocated file that takes entries itself.

The reserve is a file whose blocks exist already and are synced, so writing into it needs no free space. Entries go
there as lines, are synced, and are moved into the chain as soon as the database takes entries again.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from interlock.hub.core.effects import Fact

__all__ = ["SIZE", "Kept", "Reserve"]

SIZE = 256 * 1024
BALLAST, RESERVE = "ballast", "reserve"

_GIVING = frozenset({"permit", "run", "gate"})


class Kept(NamedTuple):
    """An entry in the reserve."""

    at: float
    fact: Fact


class Reserve:
    """The two files of one data folder."""

    def __init__(self, folder: Path) -> None:
        """Make both files if they are missing; a full disk that refuses the ballast is no reason not to start."""
        self._ballast = folder / BALLAST
        self._file = os.open(folder / RESERVE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(self._file).st_size < SIZE:
                os.posix_fallocate(self._file, 0, SIZE)
                os.fsync(self._file)
        except OSError:
            pass
        self.remake_ballast()
        self._end = sum(len(line) + 1 for line in self._lines())

    def remake_ballast(self) -> None:
        """Put the ballast back, if there is room for it."""
        if self._ballast.exists():
            return
        try:
            self._ballast.touch(mode=0o600)
            with self._ballast.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, SIZE)
                os.fsync(file.fileno())
        except OSError:
            self._ballast.unlink(missing_ok=True)

    def free_ballast(self) -> bool:
        """Give the ballast's blocks back to the disk; return whether there was one."""
        there = self._ballast.exists()
        self._ballast.unlink(missing_ok=True)
        return there

    @property
    def holds(self) -> bool:
        """Whether entries wait here."""
        return self._end > 0

    def take(self, facts: Sequence[Fact], at: float) -> bool:
        """Write entries and sync them; return False, and write nothing, when there is no room.

        Half of the room is kept for facts that take rights away.
        """
        data = b"".join(
            orjson.dumps([at, fact.kind, fact.body, fact.run, fact.order, fact.permit]) + b"\n"
            for fact in facts
        )
        giving = any(fact.kind in _GIVING or fact.body.get("verb") == "resume" for fact in facts)
        if self._end + len(data) > (SIZE // 2 if giving else SIZE):
            return False
        try:
            os.pwrite(self._file, data, self._end)
            os.fdatasync(self._file)
        except OSError:
            return False
        self._end += len(data)
        return True

    def _lines(self) -> list[bytes]:
        data = os.pread(self._file, SIZE, 0).rstrip(b"\0")
        return data[: data.rfind(b"\n") + 1].splitlines()

    def kept(self) -> list[Kept]:
        """Return what waits here, in order."""
        return [Kept(at, Fact(*rest)) for at, *rest in map(json.loads, self._lines())]

    def clear(self) -> None:
        """Forget what was kept: it is in the chain now."""
        os.pwrite(self._file, b"\0" * self._end, 0)
        os.fdatasync(self._file)
        self._end = 0

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
