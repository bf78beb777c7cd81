"""The record's database: entries are added at the end, chained, and never changed."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson

from interlock.errors import ChainBroken, CommitUnknown, StoreError
from interlock.hub.core.effects import Fact
from interlock.hub.failpoints import passing
from interlock.hub.record.chain import COLUMNS, GENESIS, Row, Walk, link
from interlock.hub.record.checkpoints import Checkpoints
from interlock.hub.record.reserve import Reserve
from interlock.hub.record.verify import behind
from interlock.hub.sqlite import Reader, Writer

__all__ = ["FILE", "Entry", "Record"]

FILE = "record.db"
TAIL = 1000
"""Entries at the end of the chain that are checked before anything is served; the rest as it is read."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, run TEXT NOT NULL, "order" TEXT NOT NULL,
    permit TEXT NOT NULL, digest BLOB NOT NULL, body BLOB, hash BLOB NOT NULL
) STRICT
"""
_ALL = f"SELECT {COLUMNS} FROM entry"  # noqa: S608
_ADD = "INSERT INTO entry VALUES (?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)"


class Entry(NamedTuple):
    """One entry as a person reads it; ``at`` is Unix seconds, the hashes are hex."""

    n: int
    at: float
    kind: str
    run: str
    order: str
    permit: str
    hash: str
    prev: str
    body: dict[str, Any]


class Record:
    """Appends from one thread; reads from any.

    A full disk first costs the ballast, then the reserve takes the entries, and they join the chain when the
    database takes entries again.
    """

    def __init__(self, folder: Path, *, vfs: str | None = None) -> None:
        """Open and check; see :meth:`open`. ``vfs`` is for tests that break the disk."""
        self._path = folder / FILE
        self._writer = Writer(self._path, SCHEMA, vfs=vfs)
        try:
            self.last, self.head = self._checked(folder)
            self._reader = Reader(self._path, vfs=vfs)
        except StoreError:
            self._writer.close()
            raise
        self._reserve = Reserve(folder)
        self._checkpoints = Checkpoints(folder)
        self._fold_reserve()
        self._checkpoints.keep(self.last, self.head)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the record of a data folder, or make it.

        Raises StoreError if the file is damaged or SQLite too old, ChainBroken if the end of the chain does not
        hold or is behind a checkpoint.
        """
        return cls(folder)

    def _checked(self, folder: Path) -> tuple[int, bytes]:
        first = max(0, (self._writer.value("SELECT max(n) FROM entry") or 0) - TAIL)
        head = self._writer.value("SELECT hash FROM entry WHERE n = ?", (first,)) if first else GENESIS
        walk = Walk(first, head)
        if not walk.follow(
            Row(*row) for row in self._writer.rows(_ALL + " WHERE n > ? ORDER BY n", (first,))
        ):
            raise ChainBroken(walk.n + 1, walk.problem, path=str(self._path))
        late = behind(self._hash_of, walk.n, Checkpoints.read(folder))
        if late is not None:
            raise ChainBroken(*late, path=str(self._path))
        return walk.n, walk.head

    def _hash_of(self, n: int) -> bytes | None:
        found: bytes | None = self._writer.value("SELECT hash FROM entry WHERE n = ?", (n,))
        return found

    def append(self, facts: Sequence[Fact], at: float, *, expect: int | None = None) -> range:
        """Write the facts in one transaction and return their numbers; ``at`` is Unix seconds.

        ``expect`` is the number of the last entry the caller knows: with another one nothing is written and
        StoreError is raised. Raises CommitUnknown when the commit raised, StoreError when nothing was written: the
        disk is full, and so is the reserve. The range is empty while entries wait in the reserve.
        """
        if expect is not None and expect != self.last:
            problem = f"entry {expect} was expected to be the last, but {self.last} is"
            raise StoreError(problem, path=str(self._path), fix="read again, then decide again")
        passing("before append")
        try:
            self._fold_reserve()
            return self._write(facts, at)
        except CommitUnknown:
            raise
        except StoreError:
            return self._tight(facts, at)

    def _tight(self, facts: Sequence[Fact], at: float) -> range:
        """The disk takes nothing: free the ballast and try once more, then use the reserve."""
        if not self._reserve.holds and self._reserve.free_ballast():
            try:
                return self._write(facts, at)
            except CommitUnknown:
                raise
            except StoreError:
                pass
        if self._reserve.take(facts, at):
            return range(0)
        raise StoreError(
            "nothing was written, and the reserve is full", path=str(self._path), fix="free space"
        )

    def _write(self, facts: Sequence[Fact], at: float) -> range:
        micros = round(at * 1_000_000)
        head, rows = self.head, list[Row]()
        for n, fact in enumerate(facts, self.last + 1):
            row = _row(n, micros, fact)
            head = link(head, row)
            rows.append(row._replace(hash=head))
        with self._writer.transaction(_place):
            self._writer.many(_ADD, rows)
        first, self.last, self.head = self.last + 1, self.last + len(rows), head
        self._checkpoints.moved(self.last, self.head)
        return range(first, self.last + 1)

    def _fold_reserve(self) -> None:
        if self._reserve.holds:
            for kept in self._reserve.kept():
                self._write([kept.fact], kept.at)
            self._reserve.clear()
            self._reserve.remake_ballast()

    def facts(self) -> Iterator[tuple[float, Fact]]:
        """Yield every entry as wall time and fact, checking the chain on the way. Raises ChainBroken."""
        walk = Walk()
        for values in self._writer.rows(_ALL + " ORDER BY n"):
            row = Row(*values)
            if not walk.step(row):
                raise ChainBroken(walk.n + 1, walk.problem, path=str(self._path))
            kind, run, order, permit = _names(row)
            yield row.at / 1e6, Fact(kind, orjson.loads(row.body or b"{}"), run, order, permit)

    def entries(self, after: int = 0, limit: int = 200) -> list[Entry]:
        """Return at most ``limit`` entries with numbers above ``after``, ascending. From any thread."""
        rows = self._reader.rows(_ALL + " WHERE n >= ? ORDER BY n LIMIT ?", (after, limit + 1))
        found: list[Entry] = []
        prev = GENESIS if after < 1 else None
        for row in (Row(*values) for values in rows):
            if row.n > after and prev is not None and len(found) < limit:
                found.append(_entry(row, prev))
            prev = row.hash
        return found

    def close(self) -> None:
        """Write a checkpoint and close."""
        self._checkpoints.keep(self.last, self.head)
        self._checkpoints.close()
        self._reserve.close()
        self._reader.close()
        self._writer.close()


def _row(n: int, at: int, fact: Fact) -> Row:
    body = orjson.dumps(fact.body)
    kind, run, order, permit = (name.encode() for name in (fact.kind, fact.run, fact.order, fact.permit))
    return Row(n, at, kind, run, order, permit, sha256(body).digest(), body, b"")


def _names(row: Row) -> tuple[str, str, str, str]:
    return row.kind.decode(), row.run.decode(), row.order.decode(), row.permit.decode()


def _entry(row: Row, prev: bytes) -> Entry:
    body = orjson.loads(row.body or b"{}")
    return Entry(row.n, row.at / 1e6, *_names(row), row.hash.hex(), prev.hex(), body)


def _place(name: str) -> None:
    passing(f"record {name}")
