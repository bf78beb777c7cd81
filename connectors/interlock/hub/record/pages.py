"""Entries of the record as a reader gets them: a stretch of the chain, or single ones, each checked where it stands."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from interlock.audit.chain import COLUMNS, GENESIS, Row, Walk
from interlock.errors import ChainBroken
from interlock.hub.record.follow import names
from interlock.hub.sqlite import Reader

__all__ = ["Entry", "Pages", "to_entry"]

_ALL = f"SELECT {COLUMNS} FROM entry"  # noqa: S608 - names of this program
_AT_ONCE = 400


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


class Pages:
    """Reads from any thread. ``waiting`` gives the entries that are not in the database yet: they come after it."""

    def __init__(self, path: Path, reader: Reader, waiting: Callable[[], Sequence[Row]]) -> None:
        self._path, self._reader, self._waiting = path, reader, waiting

    def span(self, after: int, limit: int) -> list[tuple[Row, bytes]]:
        """Return at most ``limit`` entries after a number, ascending, each with the hash before it.

        Raises ChainBroken for an entry whose hash does not hold.
        """
        first = max(after, 0)
        # What waits is looked at first: it can only move into the database meanwhile, and counts once.
        waiting = list(self._waiting())
        rows = self._rows(" WHERE n >= ? ORDER BY n LIMIT ?", (first, limit + 1))
        last = rows[-1].n if rows else first - 1
        rows += [row for row in waiting if row.n > last]
        walk = Walk()
        if first:
            if not rows or rows[0].n != first:
                return []
            walk = Walk(first, rows.pop(0).hash)
        return self._followed(walk, rows[:limit])

    def _followed(self, walk: Walk, rows: Sequence[Row]) -> list[tuple[Row, bytes]]:
        found: list[tuple[Row, bytes]] = []
        for row in rows:
            prev = walk.head
            if not walk.step(row):
                raise ChainBroken(walk.n + 1, walk.problem, path=str(self._path))
            found.append((row, prev))
        return found

    def at(self, numbers: Sequence[int]) -> list[tuple[Row, bytes]]:
        """Return the entries with these numbers, each checked against the one before it, in the order asked for."""
        waiting = {row.n: row for row in self._waiting()}
        known: dict[int, Row] = {}
        wanted = sorted({near for n in numbers for near in (n - 1, n) if near > 0})
        for first in range(0, len(wanted), _AT_ONCE):
            some = wanted[first : first + _AT_ONCE]
            rows = self._rows(f" WHERE n IN ({','.join('?' * len(some))})", some)
            known.update((row.n, row) for row in rows)
        known = waiting | known
        found: list[tuple[Row, bytes]] = []
        for n in numbers:
            row, before = known.get(n), known.get(n - 1)
            if row is None:
                continue
            if n > 1 and before is None:
                raise ChainBroken(n - 1, "it is missing", path=str(self._path))
            found += self._followed(Walk(n - 1, before.hash if before is not None else GENESIS), [row])
        return found

    def _rows(self, where: str, values: Sequence[Any]) -> list[Row]:
        return [Row(*row) for row in self._reader.rows(_ALL + where, values)]


def to_entry(row: Row, prev: bytes) -> Entry:
    """Return an entry as a person reads it."""
    body = orjson.loads(row.body or b"{}")
    return Entry(row.n, row.at / 1e6, *names(row), row.hash.hex(), prev.hex(), body)
