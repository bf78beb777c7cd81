"""The verifier: reads a data folder alone, from its first entry, and names the first bad one."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import orjson

from interlock.audit import note
from interlock.audit.chain import COLUMNS, GENESIS, Row, Walk
from interlock.errors import StoreError
from interlock.hub.record.checkpoints import Checkpoint, Checkpoints
from interlock.hub.record.reserve import kept

__all__ = ["FILE", "Verdict", "judge", "verify"]

FILE = "record.db"
SIGNING_KEY = b"signing_key"
_ALL = f"SELECT {COLUMNS} FROM entry ORDER BY n"  # noqa: S608


class Verdict(NamedTuple):
    """What the verifier found: ``first_bad`` and ``problem`` say where and what, unless it is ``ok``."""

    ok: bool
    entries: int
    checkpoints: int
    first_bad: int | None = None
    problem: str = ""


def judge(
    walk: Walk, hash_of: Callable[[int], bytes | None], points: Sequence[Checkpoint]
) -> tuple[int, str] | None:
    """Return the first bad entry, and what is wrong with it, from a walk that ended and the checkpoints; or nothing.

    ``hash_of`` gives the hash of an entry the walk has passed, or that lies before its beginning.
    """
    agreed = 0
    for point in points:
        if point.n > walk.n:
            break
        found = GENESIS if point.n == 0 else hash_of(point.n)
        if found is None or found.hex() != point.hash:
            problem = f"a checkpoint outside the database has another hash for entry {point.n}"
            return agreed + 1, f"{problem}: one from here to there was changed and the chain made anew"
        agreed = point.n
    if walk.problem:
        return walk.n + 1, walk.problem
    if points and points[-1].n > walk.n:
        return walk.n + 1, f"it is missing: a checkpoint outside the database knows entry {points[-1].n}"
    return None


def verify(folder: Path) -> Verdict:
    """Check the record in a data folder, whether or not a hub is running there.

    Raises StoreError if there is no record to read.
    """
    path = folder / FILE
    # The database last: a hub that goes on writing meanwhile only adds entries behind the checkpoints, and moves
    # what is in the reserve into the database.
    points, signed = Checkpoints.read(folder), Checkpoints.signed(folder)
    if not path.is_file():
        raise StoreError("there is no record", path=str(path), fix="name a hub's data folder")
    look = _Look({point.n for point in points})
    waiting = kept(folder)
    walk = look.walk
    try:
        whole = all(look.step(Row(*values)) for values in _rows(path))
    except apsw.Error as error:
        whole, walk.problem = False, f"it cannot be read ({error})"
    if whole:
        all(look.step(row) for row in waiting if row.n > walk.n)
    found = judge(walk, look.hashes.get, points)
    if found is None and walk.n and not Checkpoints.there(folder):
        found = 1, "no checkpoint vouches for it: checkpoints.jsonl is missing or was emptied"
    found = found or _unsigned(signed, look.keys)
    if found is not None:
        return Verdict(False, walk.n, len(points), *found)
    return Verdict(True, walk.n, len(points))


class _Look:
    """One look through the chain: what the checkpoints ask about, and whose signatures the record names."""

    def __init__(self, wanted: set[int]) -> None:
        self._wanted = wanted
        self.walk = Walk()
        self.hashes: dict[int, bytes] = {}
        self.keys: set[str] = set()

    def step(self, row: Row) -> bool:
        if row.n in self._wanted:
            self.hashes[row.n] = row.hash
        holds = self.walk.step(row)
        if holds and row.kind == SIGNING_KEY:
            self.keys.add(str(orjson.loads(row.body or b"{}").get("key")))
        return holds


def _unsigned(signed: Sequence[note.Checkpoint], keys: set[str]) -> tuple[int, str] | None:
    """Return the first signed checkpoint whose signature is none, or is by a key that the record never named."""
    for point in signed:
        wrong = note.flaw(point) or ("" if point.key in keys else f"nobody announced key {point.key[:16]!r}")
        if wrong:
            return point.n, f"a checkpoint of it is not the hub's: {wrong}"
    return None


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    connection: Any = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        yield from connection.execute(_ALL)
    finally:
        connection.close()
