"""Positions of the chain kept outside the database, so that a cut or an older copy of it is found.

``checkpoints.jsonl`` grows by one synced line every so many entries and at each start and clean end, signed once the
record says whose key that is. ``head`` holds
the newest position alone and is written over after each commit without a sync: it names the last entry also where the
process was killed, and can only ever be behind what is on disk, never ahead of it.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from interlock.audit import note
from interlock.hub.record.folders import sync_folder
from interlock.hub.record.signer import Signer

__all__ = ["EVERY", "FILE", "HEAD", "Checkpoint", "Checkpoints"]

EVERY = 256
"""Entries between two synced lines."""
FILE, HEAD = "checkpoints.jsonl", "head"


class Checkpoint(NamedTuple):
    """Entry ``n`` had this hash, in hex."""

    n: int
    hash: str


class Checkpoints:
    """Writes both files of one data folder. Used from the thread that writes the record."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        """Open both files for writing, with mode 0600."""
        self._signer = signer
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        self._lines = os.open(folder / FILE, flags | os.O_APPEND, 0o600)
        self._head = os.open(folder / HEAD, flags, 0o600)
        self._last = -1
        _end_line(folder / FILE, self._lines)
        sync_folder(folder)

    def moved(self, n: int, head: bytes) -> None:
        """Say that entry ``n`` is on disk."""
        try:
            os.pwrite(self._head, f"{n:020d} {head.hex()}\n".encode(), 0)
        except OSError:
            # It may be behind: the entry is on disk all the same.
            pass
        if n - self._last >= EVERY:
            self.keep(n, head)

    def keep(self, n: int, head: bytes) -> None:
        """Add a line for entry ``n`` and sync it. On a full disk there is none, and the next entry tries again."""
        if n == self._last:
            return
        signed = self._signer.announced
        said = self._signer.sign(n, head)._asdict() if signed else {"n": n, "hash": head.hex()}
        line = json.dumps(said).encode() + b"\n"
        size = os.fstat(self._lines).st_size
        try:
            if os.write(self._lines, line) != len(line):
                os.ftruncate(self._lines, size)
                return
            os.fdatasync(self._lines)
        except OSError:
            return
        self._last = n

    def close(self) -> None:
        """Close both files."""
        os.close(self._lines)
        os.close(self._head)

    @staticmethod
    def read(folder: Path) -> list[Checkpoint]:
        """Return all checkpoints of a folder, sorted. A line that a crash cut short is passed over."""
        return sorted({*_lines(folder / FILE), *_only(folder / HEAD)})

    @staticmethod
    def signed(folder: Path) -> list[note.Checkpoint]:
        """Return those with a signature, whether or not it is any good, in the order in which they were written."""
        return list(_signed(folder / FILE))

    @staticmethod
    def there(folder: Path) -> bool:
        """Return whether a folder has any synced line."""
        return any(_lines(folder / FILE))


def _end_line(path: Path, descriptor: int) -> None:
    """A line that a crash cut short must not swallow the next one."""
    text = path.read_bytes()
    if text and not text.endswith(b"\n"):
        os.write(descriptor, b"\n")


def _lines(path: Path) -> Iterator[Checkpoint]:
    if path.is_file():
        for line in path.read_text("ascii", "replace").splitlines():
            try:
                value = json.loads(line)
                yield Checkpoint(int(value["n"]), str(value["hash"]))
            except (ValueError, KeyError, TypeError):
                continue


def _only(path: Path) -> Iterator[Checkpoint]:
    words = path.read_text("ascii", "replace").split() if path.is_file() else []
    if len(words) == 2 and words[0].isdecimal():
        yield Checkpoint(int(words[0]), words[1])


def _signed(path: Path) -> Iterator[note.Checkpoint]:
    if path.is_file():
        for line in path.read_text("ascii", "replace").splitlines():
            try:
                point = note.read(json.loads(line))
            except ValueError:
                continue
            if point is not None:
                yield point
