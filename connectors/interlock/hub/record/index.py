"""Which entries have which run, operator, tool and kind: a file beside the record that can be made anew at any time.

The record stays small, and no order waits for this file: it is written behind the record, and a search reads the
entries that it does not have yet one by one. It only says where to look: what is found is read from the record and
checked there.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

from interlock.audit.rows import keys
from interlock.errors import StoreError
from interlock.hub.record.pages import Pages, to_entry
from interlock.hub.record.proofs import KEY, Proofs
from interlock.hub.sqlite import Layout, Reader, Writer

__all__ = ["BLOCK", "FILE", "Index", "digest"]

FILE = "audit.db"
BLOCK = 4096
"""Entries whose earliest and latest time are kept together: wall time may jump, so times alone are no order."""
STEP = 1000
"""Entries that are added in one transaction."""

_LAYOUT = Layout(
    """
-- keys of: run, operator, tool, kind, canary
CREATE TABLE key (key INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (key, n)) STRICT, WITHOUT ROWID;
CREATE TABLE block (b INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE TABLE done (one INTEGER PRIMARY KEY, n INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
"""
)
_KEYS = "INSERT OR IGNORE INTO key VALUES (?, ?)"
_BLOCK = (
    "INSERT INTO block VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
    "first = min(first, excluded.first), last = max(last, excluded.last)"
)
_DONE = "INSERT INTO done VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET n = excluded.n, hash = excluded.hash"


def digest(name: str, value: str) -> int:
    """Return the number that stands for a filter and its value; two may share one, so what is found is compared."""
    hashed = blake2b(f"{name}\0{value}".encode(), digest_size=8).digest()
    return int.from_bytes(hashed, "big", signed=True)


class Index:
    """Written from one thread; read from any."""

    def __init__(self, folder: Path, pages: Pages) -> None:
        """Open it; one that is damaged, of another version or of another record is made anew. Raises StoreError."""
        self._path, self._pages = folder / FILE, pages
        try:
            self._open()
        except StoreError:
            self._remove()
            self._open()
        self._proofs = Proofs(pages, self.begun)

    def _open(self) -> None:
        self._writer = Writer(self._path, _LAYOUT)
        try:
            row = next(iter(self._writer.rows("SELECT n, hash FROM done")), (0, b""))
            self.last: int = row[0]
            """The newest entry that is in it."""
            if self.last and [found.hash for found, _ in self._pages.at([self.last])] != [row[1]]:
                raise StoreError("it is of another record", path=str(self._path), fix="delete it")
            self._reader = Reader(self._path)
        except StoreError:
            self._writer.close()
            raise

    def _remove(self) -> None:
        for end in ("", "-wal", "-shm"):
            self._path.with_name(FILE + end).unlink(missing_ok=True)

    def step(self) -> bool:
        """Add the next entries, a bounded number; return whether there may be more. Raises StoreError."""
        found = self._pages.span(self.last, STEP)
        if not found:
            return False
        marks: list[tuple[int, int]] = []
        times: dict[int, list[int]] = {}
        for row, prev in found:
            entry = to_entry(row, prev)
            marks += ((digest(*key), row.n) for key in keys(entry._asdict()))
            if self._proofs.has(entry):
                marks.append((digest(*KEY), row.n))
            times.setdefault(row.n // BLOCK, []).append(row.at)
        last = found[-1][0]
        with self._writer.transaction(_nothing):
            self._writer.many(_KEYS, marks)
            self._writer.many(_BLOCK, [(b, min(ats), max(ats)) for b, ats in times.items()])
            self._writer.many(_DONE, [(last.n, last.hash)])
        self.last = last.n
        return len(found) == STEP

    def numbers(self, wanted: Sequence[int], first: int, last: int) -> list[int]:
        """Return the entries from one number to another that have all of these keys, ascending."""
        one, *more = wanted
        also = "".join(" AND EXISTS (SELECT 1 FROM key k WHERE k.key = ? AND k.n = key.n)" for _ in more)
        query = f"SELECT n FROM key WHERE key = ? AND n BETWEEN ? AND ?{also} ORDER BY n"  # noqa: S608
        return [n for (n,) in self._reader.rows(query, (one, first, last, *more))]

    def proofs(self, first: int, last: int) -> set[int]:
        """Return the entries from one number to another that are about the hub's own canary."""
        return set(self.numbers([digest(*KEY)], first, last))

    def begun(self, run: str) -> list[int]:
        """Return the entry that began a run, where it is in here."""
        return self.numbers([digest("run", run), digest("kind", "run")], 1, self.last)

    def blocks(self, first: int, last: int) -> Iterable[int]:
        """Return the blocks in which an entry may be of this time, in microseconds."""
        query = "SELECT b FROM block WHERE last >= ? AND first <= ?"
        return {b for (b,) in self._reader.rows(query, (first, last))}

    def at(self, path: str) -> bool:
        """Return whether this is where its file is."""
        return path == str(self._path)

    def close(self) -> None:
        """Close it."""
        self._reader.close()
        self._writer.close()


def _nothing(_: str) -> None:
    """No crash test ends a process here: the file can be made anew."""
