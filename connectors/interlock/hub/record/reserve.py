"""Room for the brake on a full disk: a ballast file to free, and a preallocated file that takes entries itself.

The reserve is a file whose blocks exist already and are synced, so writing into it needs no free space. Its entries
have their place in the chain from the start: number, hash and bytes are those they get in the database later.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import orjson

from interlock.audit.chain import Row

__all__ = ["SIZE", "Reserve", "free_ballast", "full", "kept"]

SIZE = 256 * 1024
SPARE = 4 * SIZE
"""Bytes that are free before the ballast is put back: it must not take what the record needs."""
BALLAST, RESERVE = "ballast", "reserve"

_GIVING = frozenset(
    {
        *("permit", "run", "gate", "escalation", "vote", "approved", "compensation", "step", "lift"),
        *("policy", "policy.staged", "policy.promoted", "operator", "token", "agent_token", "break_glass"),
        *("erased", "image", "signing_key"),
    }
)
"""Kinds of entries that give rights, that anybody can cause many of, or that can wait: a brake is none of them."""


class Reserve:
    """The two files of one data folder."""

    def __init__(self, folder: Path) -> None:
        """Make both files if they are missing; a full disk that refuses them is no reason not to start."""
        self._folder = folder
        self._ballast = folder / BALLAST
        self._file = os.open(folder / RESERVE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(self._file).st_size < SIZE:
                os.posix_fallocate(self._file, 0, SIZE)
                os.fsync(self._file)
        except OSError:
            pass
        self._end = sum(len(line) for line in _lines(os.pread(self._file, SIZE, 0)))
        self.remake_ballast()

    def remake_ballast(self) -> None:
        """Put the ballast back, if it is gone and there is room for it."""
        if self._ballast.exists() or full(self._folder):
            return
        try:
            made = os.open(self._ballast, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(made, 0, SIZE)
                os.fsync(made)
            finally:
                os.close(made)
        except OSError:
            self._ballast.unlink(missing_ok=True)

    def take(self, rows: Sequence[Row]) -> bool:
        """Write entries and sync them; return False when there is no room, and then none of them counts.

        Half of the room is kept for entries that take rights away, and for what they stand behind.
        """
        data = b"".join(map(_line, rows))
        room = SIZE // 2 if all(map(_gives, rows)) else SIZE
        if self._end + len(data) > room:
            return False
        try:
            os.pwrite(self._file, data, self._end)
            os.fdatasync(self._file)
        except OSError:
            self._blank(self._end, len(data))
            return False
        self._end += len(data)
        return True

    def clear(self) -> None:
        """Forget what was kept: it is in the database now. What a crash leaves of it is known by its numbers."""
        self._blank(0, self._end)
        self._end = 0

    def _blank(self, start: int, length: int) -> None:
        try:
            os.pwrite(self._file, b"\0" * length, start)
            os.fdatasync(self._file)
        except OSError:
            return

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def kept(folder: Path) -> list[Row]:
    """Return the entries in a folder's reserve, in order. What a crash cut short, or did not blank, is left out."""
    path = folder / RESERVE
    data = path.read_bytes() if path.is_file() else b""
    return [_row(line) for line in _lines(data)]


def free_ballast(folder: Path) -> bool:
    """Give the ballast's blocks back to the disk; return whether there was one."""
    try:
        (folder / BALLAST).unlink()
    except OSError:
        # None there, or a disk on which nothing can be changed.
        return False
    return True


def full(folder: Path) -> bool:
    """Return whether the disk has no room to speak of."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize < SPARE


def _gives(row: Row) -> bool:
    if row.kind.decode() in _GIVING:
        return True
    return row.body is not None and orjson.loads(row.body).get("verb") == "resume"


def _line(row: Row) -> bytes:
    fields = [row.n, row.at, *(name.decode() for name in row[2:6]), (row.body or b"").decode()]
    data = orjson.dumps([*fields, row.digest.hex(), row.hash.hex()])
    return b"%08x %b\n" % (crc32(data), data)


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield whole lines up to the first that is not one."""
    for line in data.splitlines(keepends=True):
        sealed, _, text = line.rstrip(b"\n").partition(b" ")
        if not line.endswith(b"\n") or sealed != b"%08x" % crc32(text):
            return
        yield line


def _row(line: bytes) -> Row:
    n, at, kind, run, order, permit, body, digest, hashed = orjson.loads(line[9:])
    names = (kind.encode(), run.encode(), order.encode(), permit.encode())
    return Row(n, at, *names, bytes.fromhex(digest), body.encode(), bytes.fromhex(hashed))
