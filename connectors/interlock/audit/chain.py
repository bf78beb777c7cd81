"""The chain: what the hash of an entry covers, and the walk that finds the first entry it does not hold for.

An entry's hash is SHA-256 over the hash before it and every stored field as its bytes are, each with its length in
front, so that no two different entries spell the same bytes. The body counts by its own digest: a body may be erased
one day without breaking the chain. Nothing is ever serialised again to be hashed.
"""

from collections.abc import Iterable
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

__all__ = ["COLUMNS", "GENESIS", "Row", "Walk", "link"]

GENESIS = sha256(b"interlock record 1").digest()

COLUMNS = (
    'n, at, CAST(kind AS BLOB), CAST(run AS BLOB), CAST("order" AS BLOB), CAST(permit AS BLOB), '
    "digest, body, hash"
)
"""What a query selects so that each of its rows is a :class:`Row`."""


class Row(NamedTuple):
    """One row of the table, in the order of its columns. ``at`` is Unix time in microseconds.

    Texts are bytes: damage can leave some that no text has.
    """

    n: int
    at: int
    kind: bytes
    run: bytes
    order: bytes
    permit: bytes
    digest: bytes
    body: bytes | None
    hash: bytes


_FIRST = Struct(">IQIqI").pack
"""Length and value of ``n`` and of ``at``, and the length of ``kind``."""
_LENGTH = Struct(">I").pack
_TYPES = (int, int, *(bytes,) * 7)


def link(prev: bytes, row: Row) -> bytes:
    """Return the hash that belongs to a row that comes after ``prev``; its own ``hash`` is not looked at."""
    n, at, kind, run, order, permit, digest, _, _ = row
    parts = (
        prev,
        _FIRST(8, n, 8, at, len(kind)),
        kind,
        _LENGTH(len(run)),
        run,
        _LENGTH(len(order)),
        order,
        _LENGTH(len(permit)),
        permit,
        _LENGTH(len(digest)),
        digest,
    )
    return sha256(b"".join(parts)).digest()


class Walk:
    """Follows the chain row by row. ``problem`` says what is wrong with entry ``n + 1``, once something is."""

    def __init__(self, n: int = 0, head: bytes = GENESIS) -> None:
        """Begin after entry ``n``, whose hash is ``head``."""
        self.n, self.head, self.problem = n, head, ""

    def step(self, row: Row) -> bool:
        """Take the next row; return whether the chain holds for it."""
        self.problem = self._wrong(row)
        if not self.problem:
            self.n, self.head = row.n, row.hash
        return not self.problem

    def _wrong(self, row: Row) -> str:
        if row.n != self.n + 1:
            return f"it is missing, the next one there is number {row.n}"
        if tuple(map(type, row)) != _TYPES:
            return "a field of it is of another type, or empty"
        if sha256(row.body or b"").digest() != row.digest:
            return "its body is not what its digest says"
        if link(self.head, row) != row.hash:
            return "its hash does not follow from the entry before it and its own fields"
        return ""

    def follow(self, rows: Iterable[Row]) -> bool:
        """Take rows until one is wrong; return whether none was."""
        return all(self.step(row) for row in rows)
