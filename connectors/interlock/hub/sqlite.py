"""How the hub opens its databases: one connection that writes, and readers that never write a page.

WAL with synchronous FULL: a commit that returned survives a power cut on honest disks. Only the writing connection
ever moves the log into the database, because before SQLite 3.51.3 a checkpoint from another connection could lose
a commit without notice; such versions are refused.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import apsw

from interlock.errors import CommitUnknown, StoreError

__all__ = ["CHECKS", "OLDEST", "Layout", "Reader", "Writer"]

OLDEST = (3, 51, 3)
"""The first SQLite without the bug that loses a commit racing a checkpoint (the WAL-reset bug)."""
CHECKPOINT_PAGES = 1000
"""Length of the log at which it is moved into the database. SQLite's own automatic checkpoint does the same but drops
its errors: after a failed sync the pages count as clean, the next checkpoint succeeds, and the log is reused while
the database never got them. Here the error ends the hub, and the log is read again at the start."""
BUSY_MS = 5000
READERS_MS = 250
"""For how long readers are waited for before the log is cut."""
CHECKS = ("PRAGMA quick_check(1)",)
"""What looks a whole file through."""
_CHECKSUMS = 1000
"""What a file says above is the checksum of some version 1, and no number of a version."""
_RESTORE = "keep this copy as evidence, and restore it from a backup"

_WRITING = (
    "PRAGMA locking_mode=NORMAL",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA cell_size_check=ON",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA temp_store=MEMORY",
)


class Layout(NamedTuple):
    """The tables of a file: those of version 1, and for each later version the statements that lead to it.

    A file says its version in ``user_version``; version 1 said the checksum of its tables there. A step is one
    transaction with the version it leads to, so a process killed at any statement leaves the version before or after.
    """

    first: str
    steps: tuple[tuple[str, ...], ...] = ()

    @property
    def newest(self) -> int:
        """The version this code reads and writes."""
        return 1 + len(self.steps)

    def found(self, said: int) -> int:
        """Return the version of a file by what it says; 0 where no version says that."""
        if said == crc32(self.first.encode()) & 0x7FFFFFFF:
            return 1
        return said if 2 <= said <= self.newest else 0


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

    def __init__(
        self, path: Path, layout: Layout, *, vfs: str | None = None, checks: Sequence[str] = CHECKS
    ) -> None:
        """Open the file, or create it with mode 0600. ``vfs`` is for tests that break the disk.

        ``checks`` are pragmas that answer ``ok``; unless told, the whole file is looked through. Raises StoreError
        when SQLite is too old, the file cannot be opened, or one of them finds damage.
        """
        _refuse_old(path)
        if vfs is None:
            path.touch(mode=0o600, exist_ok=True)
        self._path = path
        self._log_pages = 0
        self._log_to_empty = False
        self._unknown = ""
        try:
            self._connection: Any = apsw.Connection(str(path), vfs=vfs)
        except apsw.Error as error:
            raise StoreError(f"cannot be opened ({error})", path=str(path), fix=_RESTORE) from error
        try:
            self._settle(layout, checks)
        except apsw.Error as error:
            self._connection.close(True)
            raise StoreError(f"cannot be opened ({error})", path=str(path), fix=_RESTORE) from error
        except StoreError:
            self._connection.close(True)
            raise

    def _settle(self, layout: Layout, checks: Sequence[str]) -> None:
        self._connection.set_busy_timeout(BUSY_MS)
        self._connection.set_wal_hook(self._logged)
        for pragma in _WRITING:
            self._connection.execute(pragma).fetchall()
        self._make(layout)
        for check in checks:
            self._check(check)

    def _check(self, pragma: str) -> None:
        found = self.value(pragma)
        if found != "ok":
            raise StoreError(f"damaged: {found}", path=str(self._path), fix=_RESTORE)

    def _make(self, layout: Layout) -> None:
        """Make the tables in an empty file; bring those of an older version to this one; refuse any other."""
        if not self.value("SELECT count(*) FROM sqlite_schema"):
            statements = (layout.first, *(each for step in layout.steps for each in step))
            first = layout.newest if layout.steps else crc32(layout.first.encode()) & 0x7FFFFFFF
            self._migrate(statements, first)
            return
        said = int(self.value("PRAGMA user_version"))
        found = layout.found(said)
        if not found:
            newer = layout.newest < said < _CHECKSUMS
            known = (
                f"version {said}, and this hub knows up to {layout.newest}" if newer else "another version"
            )
            fix = "start the hub that made it, or install a newer one"
            raise StoreError(f"its tables are of {known}", path=str(self._path), fix=fix)
        for version in range(found + 1, layout.newest + 1):
            self._migrate(layout.steps[version - 2], version)

    def _migrate(self, statements: Iterable[str], version: int) -> None:
        """Take one step, whole or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            self._connection.execute(statement).fetchall()
        self._connection.execute(f"PRAGMA user_version={version}")
        self._connection.execute("COMMIT")

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the answer. Raises StoreError where the file cannot be read."""
        try:
            yield from self._connection.execute(query, values)
        except apsw.Error as error:
            raise self._damaged(error) from error

    def value(self, query: str, values: Sequence[Any] = ()) -> Any:
        """Return the first value of the answer, or None if there is none. Raises StoreError where that is damaged."""
        try:
            return self._connection.execute(query, values).get
        except apsw.CorruptError as error:
            raise self._damaged(error) from error

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row."""
        self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self, place: Callable[[str], None]) -> Generator[None]:
        """Run the block in one transaction; ``place`` is told right before and right after the commit.

        Raises StoreError when nothing was written (a full disk), and CommitUnknown when the commit or the sync
        after it raised: then it may or may not have happened, and only recovery can tell. After that every further
        transaction raises CommitUnknown too.
        """
        if self._unknown:
            raise self._unknowable(self._unknown)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
        except apsw.Error as error:
            self._roll_back()
            raise self._unwritten(error) from error
        except BaseException:
            self._roll_back()
            raise
        place("before commit")
        self._commit()
        place("after commit")
        if self._log_pages >= CHECKPOINT_PAGES:
            self._checkpoint()
            place("after checkpoint")

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except apsw.FullError as error:
            # The log's commit mark is the last thing written, and it is not there: this one is certain.
            self._roll_back()
            raise self._unwritten(error) from error
        except apsw.Error as error:
            raise self._unknowable(f"the commit raised ({error})") from error

    def _logged(self, _connection: object, _database: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except (apsw.FullError, apsw.BusyError):
            # Nothing was synced, so nothing is in doubt: the log keeps it all and grows until there is room.
            return
        except apsw.Error as error:
            raise self._unknowable(f"moving the log into the database raised ({error})") from error

    def empty_log(self, *, now: bool) -> None:
        """Move the log into the database and cut it to nothing, so that what was erased is not left in it.

        ``now`` asks for it, and waits a little for readers; a log that one of them needs is tried again at each later
        call. Raises CommitUnknown.
        """
        self._log_to_empty = self._log_to_empty or now
        if not self._log_to_empty:
            return
        self._connection.set_busy_timeout(READERS_MS if now else 0)
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self._log_to_empty = False
            self._log_pages = 0
        except (apsw.FullError, apsw.BusyError):
            return
        except apsw.Error as error:
            raise self._unknowable(f"moving the log into the database raised ({error})") from error
        finally:
            self._connection.set_busy_timeout(BUSY_MS)

    def _damaged(self, error: apsw.Error) -> StoreError:
        return StoreError(f"damaged ({error})", path=str(self._path), fix=_RESTORE)

    def _unwritten(self, error: apsw.Error) -> StoreError:
        return StoreError(
            f"nothing was written ({error})", path=str(self._path), fix="free space on its disk"
        )

    def _unknowable(self, problem: str) -> CommitUnknown:
        self._unknown = problem
        return CommitUnknown(problem, path=str(self._path), fix="restart the hub: it reads what is true")

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection; what is in the log moves into the database, or stays there where the disk refuses.

        After a commit that is unknown the log stays too: a sync that failed is never tried again.
        """
        try:
            if self._unknown:
                self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self._connection.close()
        except apsw.Error:
            # SQLite keeps the log when it could not move it, and reads it at the next start.
            self._connection.close(True)


class Reader:
    """A connection that only reads, for any thread, one question at a time."""

    def __init__(self, path: Path, *, vfs: str | None = None) -> None:
        """Open a database that :class:`Writer` made."""
        self._path = path
        self._lock = threading.Lock()
        self._connection: Any = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
        self._connection.set_busy_timeout(BUSY_MS)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return every row of the answer. Raises StoreError when the file is damaged there."""
        try:
            with self._lock:
                return list(self._connection.execute(query, values))
        except (apsw.Error, UnicodeDecodeError) as error:
            raise StoreError(f"cannot be read ({error})", path=str(self._path), fix=_RESTORE) from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()
