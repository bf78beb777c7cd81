"""Disks that break: one remembers every write, so that a power cut can be played anywhere; one fails a sync."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apsw


class Op(NamedTuple):
    """One thing that was asked of a file: ``write``, ``truncate``, ``sync`` or ``delete``."""

    file: str
    what: str
    at: int = 0
    data: bytes = b""


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: Any, told: Callable[[Op], None]) -> None:
        super().__init__("", name, flags)
        path = name.filename() if hasattr(name, "filename") else str(name)
        self._name, self._told = Path(path).name, told

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._told(Op(self._name, "write", offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._told(Op(self._name, "truncate", newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._told(Op(self._name, "sync"))
        super().xSync(flags)


class _Disk(apsw.VFS):
    def __init__(self, name: str, told: Callable[[Op], None]) -> None:
        super().__init__(name, "")
        self._told = told

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:  # noqa: N802
        return _File(name, flags, self._told)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._told(Op(Path(filename).name, "delete"))
        super().xDelete(filename, syncdir)


@contextmanager
def disk(name: str, told: Callable[[Op], None]) -> Iterator[str]:
    """Register a disk that tells of every operation before it is done; an exception makes the operation fail."""
    registered = _Disk(name, told)
    try:
        yield name
    finally:
        registered.unregister()


class Log:
    """Everything a disk was asked, in order."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    def __call__(self, op: Op) -> None:
        self.ops.append(op)

    def cut(self, at: int, folder: Path, lose: random.Random) -> None:
        """Write into ``folder`` what a power cut before operation ``at`` leaves.

        What was synced is there; of what was not, any part may be, in any combination.
        """
        for file in {op.file for op in self.ops}:
            ops = [op for op in self.ops[:at] if op.file == file]
            # SQLite deletes with a synced folder; what was done to a file before its end does not come back.
            ops = ops[max((i + 1 for i, op in enumerate(ops) if op.what == "delete"), default=0) :]
            last = max((i for i, op in enumerate(ops) if op.what == "sync"), default=-1)
            image = bytearray()
            for i, op in enumerate(ops):
                if i < last or lose.random() < 0.5:
                    _apply(image, op, whole=i < last or lose.random() < 0.7)
            if image:
                (folder / file).write_bytes(image)


def _apply(image: bytearray, op: Op, *, whole: bool) -> None:
    if op.what == "truncate":
        del image[op.at :]
    elif op.what == "write":
        data = op.data if whole else op.data[: len(op.data) // 2]
        image.extend(b"\0" * (op.at - len(image)))
        image[op.at : op.at + len(data)] = data


class Failing:
    """Lets the K-th sync fail, as an EIO of the disk does."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, op: Op) -> None:
        if op.what == "sync":
            self.left -= 1
            if self.left == 0:
                raise apsw.IOError("the disk says EIO")
