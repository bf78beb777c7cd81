"""Erasing long texts: their pieces go out of the file; what is left says that there was one, and which erasure took it.

The record has the erasure first. Taking one again changes nothing, so a hub that died in between takes it again.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from interlock.hub.sqlite import Reader, Writer

__all__ = ["ADD_PART", "ADD_USE", "AT_ONCE", "Erasing", "chosen"]

AT_ONCE = 200
"""Texts of one erasure: it is one entry of the record, and one transaction."""
ADD_USE = "INSERT INTO use VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)"
ADD_PART = "INSERT OR IGNORE INTO part VALUES (?, ?)"

_BODY = "SELECT DISTINCT sha256 FROM body WHERE sha256 = ?"
_RUN = (
    "SELECT sha256 FROM use WHERE run = (SELECT id FROM run WHERE name = ?1) AND NOT EXISTS "
    "(SELECT 1 FROM use o WHERE o.sha256 = use.sha256 AND o.run != use.run) ORDER BY sha256"
)
_OLD = (
    "SELECT sha256 FROM use WHERE at < ?1 AND NOT EXISTS "
    "(SELECT 1 FROM use o WHERE o.sha256 = use.sha256 AND o.at >= ?1) ORDER BY at, sha256"
)
_PIECES = "SELECT chunk FROM part WHERE body = ?"
_OTHERS = "SELECT 1 FROM part WHERE chunk = ? LIMIT 1"


def chosen(
    reader: Reader, *, body: str | None = None, run: str | None = None, before: float | None = None
) -> tuple[list[str], bool]:
    """Return the texts to erase, at most :data:`AT_ONCE`, and whether there are more.

    One text; those that a run names and no other run does; or those that nobody named since ``before`` (Unix seconds).
    With a run and a time only what both mean. From any thread.
    """
    if body is not None:
        rows: Iterable[tuple[Any, ...]] = reader.rows(_BODY, (body,))
    elif run is not None:
        also = "" if before is None else " AND use.at < ?2"
        query = _RUN.replace(" ORDER BY", also + " ORDER BY") + f" LIMIT {AT_ONCE + 1}"
        rows = reader.rows(query, (run,) if before is None else (run, before))
    else:
        rows = reader.rows(_OLD + f" LIMIT {2 * AT_ONCE + 2}", (before,))
    found = list(dict.fromkeys(name for (name,) in rows))
    return found[:AT_ONCE], len(found) > AT_ONCE


class Erasing:
    """Used by the writing thread, within its transactions."""

    def __init__(self, writer: Writer) -> None:
        """Let what is deleted be overwritten, and not only forgotten."""
        self._writer = writer
        writer.value("PRAGMA secure_delete=ON")
        self.pieces = self.shared = 0
        """What the last erasure took, and what it left because another text has it too."""

    def done(self, erasure: str) -> bool:
        """Return whether this erasure was taken."""
        return self._writer.value("SELECT 1 FROM erased WHERE erasure = ? LIMIT 1", (erasure,)) is not None

    def take(self, erasure: str, names: Sequence[str]) -> None:
        """Erase these texts."""
        many = self._writer.many
        pieces = {piece for name in names for (piece,) in self._writer.rows(_PIECES, (name,))}
        many("INSERT OR IGNORE INTO erased VALUES (?, ?)", [(name, erasure) for name in names])
        for table, column in (("part", "body"), ("body", "sha256"), ("use", "sha256")):
            many(f"DELETE FROM {table} WHERE {column} = ?", [(name,) for name in names])  # noqa: S608 - names of this file
        alone = [(piece,) for piece in sorted(pieces) if self._writer.value(_OTHERS, (piece,)) is None]
        many("DELETE FROM chunk WHERE sha256 = ?", alone)
        self.pieces, self.shared = len(alone), len(pieces) - len(alone)
