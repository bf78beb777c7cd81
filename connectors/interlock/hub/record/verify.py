"""The verifier: reads a data folder alone, from its first entry, and names the first bad one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from interlock.errors import StoreError
from interlock.hub.record.chain import COLUMNS, GENESIS, Row, Walk
from interlock.hub.record.checkpoints import Checkpoint, Checkpoints

__all__ = ["Verdict", "behind", "verify"]

_ALL = f"SELECT {COLUMNS} FROM entry ORDER BY n"  # noqa: S608


class Verdict(NamedTuple):
    """What the verifier found: ``first_bad`` and ``problem`` say where and what, unless it is ``ok``."""

    ok: bool
    entries: int
    checkpoints: int
    first_bad: int | None = None
    problem: str = ""


def behind(
    hash_of: Callable[[int], bytes | None], last: int, checkpoints: Sequence[Checkpoint]
) -> tuple[int, str] | None:
    """Return the first entry that a checkpoint knows otherwise, and how, or nothing.

    ``hash_of`` gives the stored hash of an entry, ``last`` is the number of the last one.
    """
    for point in checkpoints:
        found = GENESIS if point.n == 0 else hash_of(point.n)
        if found is None:
            return min(
                last + 1, point.n
            ), f"it is missing: a checkpoint outside the database knows entry {point.n}"
        if found.hex() != point.hash:
            return point.n, "a checkpoint outside the database has another hash for it"
    return None


def verify(folder: Path) -> Verdict:
    """Check the record in a data folder, whether or not a hub is running there.

    Raises StoreError if there is no record to read.
    """
    path = folder / "record.db"
    # Checkpoints first: a hub that goes on writing meanwhile only adds entries behind them.
    points = Checkpoints.read(folder)
    if not path.is_file():
        raise StoreError("there is no record", path=str(path), fix="name a hub's data folder")
    wanted = {point.n for point in points}
    hashes: dict[int, bytes] = {}
    walk = Walk()
    try:
        connection: Any = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            for values in connection.execute(_ALL):
                row = Row(*values)
                if not walk.step(row):
                    break
                if row.n in wanted:
                    hashes[row.n] = row.hash
        finally:
            connection.close()
    except apsw.Error as error:
        return Verdict(False, walk.n, len(points), walk.n + 1, f"it cannot be read ({error})")
    if walk.problem:
        return Verdict(False, walk.n, len(points), walk.n + 1, walk.problem)
    late = behind(hashes.get, walk.n, points)
    if late is not None:
        return Verdict(False, walk.n, len(points), *late)
    return Verdict(True, walk.n, len(points))
