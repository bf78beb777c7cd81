"""Erasing the short texts of a run: those that its events and its state hold themselves, a bounded slice at once.

How far a run's events are erased stands among what is erased, as ``RUN:NUMBER``, where a long text has its digest.
"""

from typing import Any, NamedTuple

import orjson

from interlock.hub.sqlite import Reader, Writer
from interlock.hub.trace.blanks import blank_event, marker
from interlock.hub.trace.seal import intact, seal

__all__ = ["EVENTS_AT_ONCE", "RUNS_AT_ONCE", "Blanking", "Slice", "ended_runs", "slice_of"]

EVENTS_AT_ONCE = 1000
"""Events of one erasure: it is one entry of the record, and one transaction."""
RUNS_AT_ONCE = 200
"""Runs that are looked at in one read."""
BYTES_AT_ONCE = 8 * 1024 * 1024
"""Bytes of events of one erasure, unless a single event has more."""
_TOP = "SELECT n, at FROM event WHERE run = (SELECT id FROM run WHERE name = ?) ORDER BY n DESC LIMIT 1"
_DONE = "SELECT max(sha256) FROM erased WHERE sha256 > ? AND sha256 < ?"
_SIZES = (
    "SELECT n, length(e) FROM event WHERE run = (SELECT id FROM run WHERE name = ?) AND n > ? ORDER BY n "
    "LIMIT ?"
)
_ENDED = "SELECT id, name FROM run WHERE own = 0 AND phase != 'running' AND id > ? ORDER BY id LIMIT ?"
_ADD = "INSERT OR REPLACE INTO erased VALUES (?, ?)"
_EVENTS = "SELECT pos, n, at, e, seal FROM event WHERE run = ? AND n BETWEEN ? AND ? ORDER BY n"
_SET = "UPDATE event SET e = ?, seal = ? WHERE pos = ?"


class Slice(NamedTuple):
    """Events of a run to erase the texts of, from ``first`` to ``last``; ``more``: there are some behind."""

    first: int
    last: int
    more: bool


def slice_of(reader: Reader, run: str, before: float | None) -> Slice | None:
    """Return what comes next of a run; None where nothing is left, or where it told something since ``before``."""
    newest = reader.rows(_TOP, (run,))
    if not newest or (before is not None and newest[0][1] >= before):
        return None
    found = reader.rows(_DONE, (f"{run}:", f"{run};"))[0][0]
    done, top = int(found.rpartition(":")[2]) if found else 0, newest[0][0]
    last, room = done, BYTES_AT_ONCE
    for n, size in reader.rows(_SIZES, (run, done, EVENTS_AT_ONCE)):
        room -= size
        if room < 0 and last > done:
            break
        last = n
    return Slice(done + 1, last, last < top) if last > done else None


def ended_runs(reader: Reader, above: int) -> list[tuple[int, str]]:
    """Return the next runs in the order they came, at most :data:`RUNS_AT_ONCE`, as pairs of row and name.

    Runs that go on and the hub's own are left out. ``above`` is the row of the last one seen, 0 for none.
    """
    return [(number, name) for number, name in reader.rows(_ENDED, (above, RUNS_AT_ONCE))]


class Blanking:
    """Used by the writing thread, within its transactions."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def take(self, erasure: str, run: str, number: int, first: int, last: int) -> None:
        """Erase the texts of these events of the run in row ``number``."""
        rows = list(self._writer.rows(_EVENTS, (number, first, last)))
        self._writer.many(_SET, (_blanked(number, row, marker(erasure)) for row in rows))
        self._writer.many(_ADD, [(f"{run}:{last:016d}", erasure)])


def _blanked(number: int, row: tuple[Any, ...], mark: str) -> tuple[bytes, int, int]:
    pos, n, at, e, sealed = row
    place = pos, number, n, at
    if not intact(sealed, e, *place):
        # Nobody knows what is a text in it, so all of it goes; and it stays what it was found to be: damaged.
        return b"", ~seal(b"", *place), pos
    data = orjson.dumps(blank_event(orjson.loads(e), mark))
    return data, seal(data, *place), pos
