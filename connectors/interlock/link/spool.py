"""Where pieces of long texts wait for their turn: an unnamed file, so that an agent's memory stays small."""

import tempfile
from collections import deque
from typing import NamedTuple

from interlock.link.bodies import Piece

__all__ = ["SPOOL_MAX", "Late", "Spool"]

SPOOL_MAX = 256 * 1024 * 1024
"""Bytes of pieces that may wait on disk; what comes on top is not kept, and counted."""


class Late(NamedTuple):
    """A piece on its way: whose it is, its digest, and where in the file it lies."""

    run: str
    sha256: str
    offset: int
    size: int


class Spool:
    """Pieces in the order they were put, each kept until it is known to be on the hub's disk."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="interlock-")  # noqa: SIM115 - it lives as long as the link
        self._end = 0
        self.waiting: deque[Late] = deque()
        self.lost = 0
        """Pieces that could not be kept; their texts stay late for ever."""
        self._known: dict[tuple[str, str], None] = {}

    def put(self, run: str, piece: Piece) -> None:
        """Keep a piece to be sent; one that was put before for this run is kept once."""
        key = (run, piece.sha256)
        if key in self._known:
            return
        data = piece.data.encode()
        if self._end + len(data) > SPOOL_MAX:
            self.lost += 1
            return
        try:
            self._file.seek(self._end)
            self._file.write(data)
        except OSError:
            self.lost += 1
            return
        self.waiting.append(Late(run, piece.sha256, self._end, len(data)))
        self._end += len(data)
        self._known[key] = None
        while len(self._known) > 4096 and not self.waiting:
            self._known.pop(next(iter(self._known)))

    def read(self, late: Late) -> str:
        """Return the text of a piece."""
        self._file.seek(late.offset)
        return self._file.read(late.size).decode()

    def back(self, late: list[Late]) -> None:
        """Take pieces back that were sent and may not have arrived, in front of all others."""
        self.waiting.extendleft(reversed(late))

    def idle(self) -> None:
        """Nothing waits and nothing is on its way: give the disk back."""
        if self._end and not self.waiting:
            self._file.truncate(0)
            self._end = 0

    def close(self) -> None:
        """Drop the file."""
        self._file.close()
