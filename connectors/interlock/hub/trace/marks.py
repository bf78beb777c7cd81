"""Marks: the numbers of a run's failed calls and of its model turns, by a key of their own.

The next error from anywhere in a run of 100,000 events is one step in an index. A row is written in the transaction of
the event that it marks.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interlock.hub.sqlite import Reader
from interlock.hub.trace.seal import check, seal

__all__ = ["ADD_MARK", "MARKS", "Marks", "marks"]

Json = dict[str, Any]
Row = tuple[int, int, int, int]

MARKS = {"error": 1, "model": 2}
"""Kinds of marks, and what stands for them in the table."""
ADD_MARK = "INSERT INTO mark VALUES (?, ?, ?, ?)"
_NEXT = "SELECT n, seal FROM mark WHERE run = ? AND kind = ? AND n > ? AND n < ? ORDER BY n LIMIT ?"
_LAST = "SELECT n, seal FROM mark WHERE run = ? AND kind = ? AND n > ? AND n < ? ORDER BY n DESC LIMIT ?"
_BEYOND = 2**62


def marks(event: Json, run: int, n: int) -> Iterator[Row]:
    """Yield the rows for event ``n`` of the run in row ``run``; most events have none."""
    kind = _kind(event)
    if kind:
        yield run, kind, n, seal(b"", run, kind, n)


def _kind(event: Json) -> int:
    match event["kind"]:
        case "model.started":
            return MARKS["model"]
        case "tool.finished" if event["outcome"] != "done":
            return MARKS["error"]
        case "model.finished" if event.get("error"):
            return MARKS["error"]
        case "outcome.unknown":
            return MARKS["error"]
        case _:
            return 0


class Marks:
    """Reads them, from any thread."""

    def __init__(self, path: Path, reader: Reader) -> None:
        self._path, self._reader = path, reader

    def page(
        self, run: int, kind: str, *, after: int | None, before: int | None, limit: int
    ) -> tuple[list[int], int | None]:
        """Return the numbers after ``after``, or those just before ``before``, ascending; and where to go on.

        With both, those after ``after`` as far as ``before``.
        """
        backwards = before is not None and after is None
        edges = after or 0, _BEYOND if before is None else before
        rows = self._reader.rows(_LAST if backwards else _NEXT, (run, MARKS[kind], *edges, limit + 1))
        for n, sealed in rows:
            check(self._path, f"the mark of event {n}", sealed, b"", run, MARKS[kind], n)
        found = [n for n, _ in rows[:limit]]
        more = found[-1] if len(rows) > limit else None
        return (found[::-1] if backwards else found), more
