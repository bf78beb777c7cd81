"""How the hub opens its databases: one connection that writes, and readers that never write a page.

WAL with synchronous FULL: a commit that returned survives a power cut on honest disks. Only the writing connection
ever moves the log into the database, because before SQLite 3.51.3 a checkpoint from another connection could lose
a commit without notice; such versions are refused.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from interlock.errors import CommitUnknown, StoreError

__all__ = ["OLDEST", "Reader", "Writer"]

OLDEST = (3, 51, 3)
"""The first SQLite without the bug that loses a commit racing a checkpoint (the WAL-reset bug)."""
CHECKPOINT_PAGES = 1000
BUSY_MS = 5000
_RESTORE = "keep this copy as evidence, and restore it from a backup"

_WRITING = (
    "PRAGMA locking_mode=NORMAL",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA temp_store=MEMORY",
)


def _refuse_old(path: Path) -> None:
    found = tuple(map(int, apsw.sqlite_lib_version().split(".")))
    if found < OLDEST:
        raise StoreError(
            f"SQLite {'.'.join(map(str, found))} can lose a commit (WAL-reset bug)",
            path=str(path),
            fix=f"install apsw with SQLite {'.'.join(map(str, OLDEST))} or later",
        )


class Writer:
    """The one connection of a database that writes and checkpoints. Used from one thread at a time."""

    def __init__(self, path: Path, schema: str, *, vfs: str | None = None) -> None:
        """Open the file, or create it with mode 0600. ``vfs`` is for tests that break the disk.

        Raises StoreError when SQLite is too old, the file cannot be opened, or ``quick_check`` finds damage.
        """
        _refuse_old(path)
        if vfs is None:
            path.touch(mode=0o600, exist_ok=True)
        self._path = path
        try:
            self._connection: Any = apsw.Connection(str(path), vfs=vfs)
            self._connection.set_busy_timeout(BUSY_MS)
            for pragma in _WRITING:
                self._connection.execute(pragma).fetchall()
            found = self.value("PRAGMA quick_check(1)")
            if found != "ok":
                raise StoreError(f"damaged: {found}", path=str(path), fix=_RESTORE)
            self._connection.execute(schema)
        except apsw.Error as error:
            raise StoreError(f"cannot be opened ({error})", path=str(path), fix=_RESTORE) from error

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the answer."""
        return iter(self._connection.execute(query, values))

    def value(self, query: str, values: Sequence[Any] = ()) -> Any:
        """Return the first value of the answer, or None if there is none."""
        return self._connection.execute(query, values).get

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row."""
        self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self, place: Callable[[str], None]) -> Generator[None]:
        """Run the block in one transaction; ``place`` is told right before and right after the commit.

        Raises StoreError when nothing was written (a full disk), and CommitUnknown when the commit itself raised:
        then it may or may not have happened, and only recovery can tell.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
        except apsw.Error as error:
            self._roll_back()
            problem = f"nothing was written ({error})"
            raise StoreError(problem, path=str(self._path), fix="free space on its disk") from error
        except BaseException:
            self._roll_back()
            raise
        place("before commit")
        try:
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            problem = f"the commit raised ({error})"
            raise CommitUnknown(
                problem, path=str(self._path), fix="restart the hub: it reads what is true"
            ) from error
        place("after commit")

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection; what is in the log moves into the database."""
        self._connection.close()


class Reader:
    """A connection that only reads, for any thread, one question at a time."""

    def __init__(self, path: Path, *, vfs: str | None = None) -> None:
        """Open a database that :class:`Writer` made."""
        self._lock = threading.Lock()
        self._connection: Any = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
        self._connection.set_busy_timeout(BUSY_MS)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return every row of the answer."""
        with self._lock:
            return list(self._connection.execute(query, values))

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()
