"""The record's database: entries are added at the end, chained, and never changed."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, Self

import orjson

from interlock.audit import note
from interlock.audit.chain import COLUMNS, GENESIS, Row, Walk, link
from interlock.errors import ChainBroken, CommitUnknown, ConfigError, StoreError
from interlock.hub.core.effects import IMAGE, Fact
from interlock.hub.failpoints import passing
from interlock.hub.record.checkpoints import Checkpoints
from interlock.hub.record.follow import VOUCHED, followed, to_fact
from interlock.hub.record.images import Image, Place, newest
from interlock.hub.record.layout import ERASED, LAYOUT, MARKS
from interlock.hub.record.pages import Entry, Pages, to_entry
from interlock.hub.record.reserve import Reserve, free_ballast, full, kept
from interlock.hub.record.signer import Signer
from interlock.hub.record.verify import FILE, SIGNING_KEY, judge
from interlock.hub.sqlite import CHECKS, Reader, Writer

__all__ = ["FILE", "Entry", "Record"]

_START = Place()
EPOCH = b"epoch"

TAIL = 1000
"""Entries at the end of the chain that are checked before anything is served; the rest as it is read."""

LOOKED_THROUGH = 64 * 1024 * 1024
"""Bytes up to which the file is looked through as a whole at a start. A larger one is while an image of the world is
made; each entry has its hash, whenever it is read."""

_ALL = f"SELECT {COLUMNS} FROM entry"  # noqa: S608
_ADD = "INSERT INTO entry VALUES (?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?)"


class Record:
    """Appends from one thread; reads from any.

    A full disk first costs the ballast, then the reserve takes the entries: they have their place in the chain, and
    move into the database as soon as it takes entries again.
    """

    def __init__(self, folder: Path, *, vfs: str | None = None) -> None:
        """Open and check; see :meth:`open`. ``vfs`` is for tests that break the disk."""
        self._path = folder / FILE
        self.imaged = _START
        """The place of the image that was found last."""
        self._writer = self._opened(folder, vfs)
        try:
            self.last, self.head, self._waiting = self._checked(folder)
            self.tip = Place(self.last, self.head)
            """The newest entry on disk and its hash, together: to be read from any thread."""
            self._signer = Signer(folder)
            self._reader = Reader(self._path, vfs=vfs)
        except (StoreError, ConfigError):
            self._writer.close()
            raise
        self.pages = Pages(self._path, self._reader, lambda: self._waiting)
        """Entries, for any thread."""
        for kind, body in (*self._writer.rows(MARKS), *((row.kind, row.body) for row in self._waiting)):
            self._learn(kind, body)
        self._reserve = Reserve(folder)
        self._checkpoints = Checkpoints(folder, self._signer)
        try:
            self._write([])
        except CommitUnknown:
            self.close()
            raise
        except StoreError:
            # The disk is full: the entries stay where they are, and the brake holds.
            pass
        self._checkpoints.keep(self.last, self.head)

    def _opened(self, folder: Path, vfs: str | None) -> Writer:
        there = self._path.stat().st_size if self._path.exists() else 0
        checks = () if there > LOOKED_THROUGH else CHECKS
        try:
            return Writer(self._path, LAYOUT, vfs=vfs, checks=checks)
        except StoreError:
            if not full(folder) or not free_ballast(folder):
                raise
            return Writer(self._path, LAYOUT, vfs=vfs, checks=checks)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the record of a data folder, or make it.

        Raises StoreError if the file is damaged or SQLite too old, ChainBroken if the end of the chain does not
        hold or is behind a checkpoint.
        """
        return cls(folder)

    def _checked(self, folder: Path) -> tuple[int, bytes, list[Row]]:
        first = max(0, (self._writer.value("SELECT max(n) FROM entry") or 0) - TAIL)
        walk = Walk(first, self._hash_of(first) or GENESIS)
        rows = self._writer.rows(_ALL + " WHERE n > ? ORDER BY n", (first,))
        waiting: list[Row] = []
        if walk.follow(Row(*row) for row in rows):
            waiting = [row for row in kept(folder) if row.n > walk.n]
            walk.follow(waiting)
        hashes = {row.n: row.hash for row in waiting}
        found = judge(walk, lambda n: hashes.get(n) or self._hash_of(n), Checkpoints.read(folder))
        if found is not None:
            raise ChainBroken(*found, path=str(self._path))
        return walk.n, walk.head, waiting

    def _hash_of(self, n: int) -> bytes | None:
        found: bytes | None = self._writer.value("SELECT hash FROM entry WHERE n = ?", (n,))
        return found

    def append(self, facts: Sequence[Fact], at: float, *, expect: int | None = None) -> range:
        """Write the facts in one transaction and return their numbers; ``at`` is Unix seconds.

        ``expect`` is the number of the last entry the caller knows: with another one nothing is written and
        StoreError is raised. Raises CommitUnknown when the commit raised, StoreError when nothing was written: the
        disk is full, and so is the reserve.
        """
        if expect is not None and expect != self.last:
            problem = f"entry {expect} was expected to be the last, but {self.last} is"
            raise StoreError(problem, path=str(self._path), fix="read again, then decide again")
        passing("before append")
        rows = self._chained(facts, at)
        try:
            self._write(rows)
        except CommitUnknown:
            raise
        except StoreError:
            self._tight(rows)
        return range(self.last - len(rows) + 1, self.last + 1)

    def _chained(self, facts: Sequence[Fact], at: float) -> list[Row]:
        head, rows = self.head, list[Row]()
        for n, fact in enumerate(facts, self.last + 1):
            row = _row(n, round(at * 1_000_000), fact)
            head = link(head, row)
            rows.append(row._replace(hash=head))
        return rows

    def _tight(self, rows: list[Row]) -> None:
        """The disk takes nothing: free the ballast and try once more, then use the reserve."""
        if free_ballast(self._path.parent):
            try:
                self._write(rows)
            except CommitUnknown:
                raise
            except StoreError:
                pass
            else:
                return
        if not self._reserve.take(rows):
            problem = "nothing was written, and the reserve is full"
            raise StoreError(problem, path=str(self._path), fix="free space on its disk")
        passing("record after reserve")
        self._waiting += rows
        self._moved(rows)

    def _write(self, rows: list[Row]) -> None:
        """Write what waits in the reserve and these rows, in one transaction."""
        if not self._waiting and not rows:
            return
        with self._writer.transaction(_place):
            self._writer.many(_ADD, [*self._waiting, *rows])
        if self._waiting:
            passing("record before clear")
            self._reserve.clear()
            self._waiting = []
        self._reserve.remake_ballast()
        self._moved(rows)

    def _moved(self, rows: list[Row]) -> None:
        if rows:
            for row in rows:
                self._learn(row.kind, row.body)
            self.last, self.head = rows[-1].n, rows[-1].hash
            self.tip = Place(self.last, self.head)
            self._checkpoints.moved(self.last, self.head)

    def image(self, code: str) -> tuple[Image | None, list[str]]:
        """Return the newest image made by this code that the chain vouches for; see :func:`images.newest`."""
        found, problems = newest(self._path.parent, code, self._hash_of, self._vouched)
        self.imaged = found.place if found is not None else _START
        return found, problems

    def _vouched(self, n: int) -> Iterator[dict[str, Any]]:
        rows = self._writer.rows(VOUCHED, (n,))
        bodies = [body for (body,) in rows] + [
            row.body for row in self._waiting if row.kind == IMAGE.encode()
        ]
        return (orjson.loads(body) for body in bodies if body)

    def facts(self, after: Place = _START) -> Iterator[tuple[float, Fact]]:
        """Yield every entry after a place as wall time and fact, checking the chain on the way. Raises ChainBroken."""
        stored = (Row(*values) for values in self._writer.rows(_ALL + " WHERE n > ? ORDER BY n", (after.n,)))
        waiting = (row for row in self._waiting if row.n > after.n)
        for row in followed(chain(stored, waiting), after, self._path):
            yield row.at / 1e6, to_fact(row)

    def _learn(self, kind: bytes, body: bytes | None) -> None:
        """Take from an entry which record this is, in which epoch, and whose signature counts."""
        if kind not in (SIGNING_KEY, EPOCH):
            return
        said, signer = orjson.loads(body or b"{}"), self._signer
        if kind == EPOCH:
            signer.epoch = max(signer.epoch, int(said["epoch"]))
            return
        signer.announced, signer.origin = said["key"] == signer.key, said["origin"]

    @property
    def epoch(self) -> int:
        """How often this record came back from a backup, as a number that only grows; 1 where it never did."""
        return self._signer.epoch

    @property
    def key(self) -> str:
        """The public key that signs, in hex."""
        return self._signer.key

    @property
    def origin(self) -> str:
        """The name of this record, for as long as it lives."""
        return self._signer.origin

    def announcement(self) -> Fact | None:
        """Return the fact to record before this key may sign anything; None where the record has it."""
        if self._signer.announced or not self._signer.kept:
            return None
        body = {"key": self._signer.key, "origin": self._signer.origin, "by": "hub"}
        return Fact(SIGNING_KEY.decode(), body)

    def sign(self) -> note.Checkpoint | None:
        """Return a signed checkpoint of the newest entry; None while nothing is signed. From any thread."""
        return self._signer.sign(*self.tip) if self._signer.announced else None

    def vouched(self, rows: Iterable[Row]) -> list[note.Checkpoint]:
        """Return a signed checkpoint for each of these entries of the record; none while nothing is signed."""
        return [self._signer.sign(row.n, row.hash) for row in rows] if self._signer.announced else []

    def signed(self) -> list[note.Checkpoint]:
        """Return the signed checkpoints that are on disk. From any thread."""
        return Checkpoints.signed(self._path.parent)

    def erasures(self) -> Iterator[dict[str, Any]]:
        """Yield what was erased from the trace, the newest first: bodies of entries. Before anything is appended."""
        waiting = [row.body for row in reversed(self._waiting) if row.kind == b"erased"]
        for body in (*waiting, *(row[0] for row in self._writer.rows(ERASED))):
            yield orjson.loads(body or b"{}")

    def entries(self, after: int = 0, limit: int = 200) -> list[Entry]:
        """Return at most ``limit`` entries with numbers above ``after``, ascending. From any thread.

        Raises ChainBroken for an entry whose hash does not hold.
        """
        return [to_entry(row, prev) for row, prev in self.pages.span(after, limit)]

    def close(self) -> None:
        """Write a checkpoint and close."""
        self._checkpoints.keep(self.last, self.head)
        self._checkpoints.close()
        self._reserve.close()
        self._reader.close()
        self._writer.close()


def _row(n: int, at: int, fact: Fact) -> Row:
    # A copy, because rows may wait in the reserve, and what orjson returns keeps the room it was written in.
    body = bytes(memoryview(orjson.dumps(fact.body)))
    kind, run, order, permit = (name.encode() for name in (fact.kind, fact.run, fact.order, fact.permit))
    return Row(n, at, kind, run, order, permit, sha256(body).digest(), body, b"")


def _place(name: str) -> None:
    passing(f"record {name}")
