"""Reading the record from a place in its chain on, also from another process, while its hub goes on writing."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from interlock.audit.chain import COLUMNS, Row, Walk
from interlock.errors import ChainBroken
from interlock.hub.core.effects import IMAGE, Fact
from interlock.hub.record.images import Image, Place, newest
from interlock.hub.record.verify import FILE
from interlock.hub.sqlite import Reader

__all__ = ["VOUCHED", "Follower", "followed", "names", "to_fact"]

VOUCHED = f"SELECT body FROM entry WHERE n > ? AND kind = '{IMAGE}'"  # noqa: S608 - a name of this program
_HASH = "SELECT hash FROM entry WHERE n = ?"
_PAGE = f"SELECT {COLUMNS} FROM entry WHERE n > ? ORDER BY n LIMIT 2000"  # noqa: S608
"""A reader that stays in one answer for long would keep the hub's log from being used again."""
_CHECK = "PRAGMA quick_check(1)"


def followed(rows: Iterable[Row], after: Place, path: Path) -> Iterator[Row]:
    """Yield rows that come after a place, each once the chain holds for it. Raises ChainBroken."""
    walk = Walk(after.n, after.head)
    for row in rows:
        if not walk.step(row):
            raise ChainBroken(walk.n + 1, walk.problem, path=str(path))
        yield row


def to_fact(row: Row) -> Fact:
    """Return the fact that an entry holds."""
    kind, run, order, permit = names(row)
    return Fact(kind, orjson.loads(row.body or b"{}"), run, order, permit)


def names(row: Row) -> tuple[str, str, str, str]:
    """Return kind, run, order and permit of an entry as text."""
    return row.kind.decode(), row.run.decode(), row.order.decode(), row.permit.decode()


class Follower:
    """Reads the record of a data folder. It writes no page and holds no lock for long."""

    def __init__(self, folder: Path) -> None:
        """Open it. Raises StoreError."""
        self._path = folder / FILE
        self._reader = Reader(self._path)

    def image(self, code: str) -> Image | None:
        """Return the newest image that a start of the same code would use."""
        return newest(self._path.parent, code, self._hash_of, self._vouched)[0]

    def _hash_of(self, n: int) -> bytes | None:
        rows = self._reader.rows(_HASH, (n,))
        return rows[0][0] if rows else None

    def _vouched(self, n: int) -> list[dict[str, Any]]:
        return [orjson.loads(body) for (body,) in self._reader.rows(VOUCHED, (n,)) if body]

    def facts(self, after: Place) -> Iterator[tuple[Place, Fact]]:
        """Yield what comes after a place, each with the place behind it. Raises ChainBroken and StoreError."""
        for row in followed(self._rows(after.n), after, self._path):
            yield Place(row.n, row.hash), to_fact(row)

    def _rows(self, n: int) -> Iterator[Row]:
        while page := self._reader.rows(_PAGE, (n,)):
            for row in page:
                yield Row(*row)
            n = page[-1][0]

    def damage(self) -> str:
        """Look through the whole file; return what is wrong with how it is built, or nothing."""
        found = str(self._reader.rows(_CHECK)[0][0])
        return "" if found == "ok" else found

    def close(self) -> None:
        """Close it."""
        self._reader.close()
