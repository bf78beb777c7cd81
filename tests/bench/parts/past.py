"""A trace with a long past, made row by row as the hub's own writer makes them, many times as fast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import orjson

from interlock.hub.trace import Line, Trace
from interlock.hub.trace.marks import ADD_MARK, MARKS
from interlock.hub.trace.seal import seal
from interlock.hub.trace.states import Known, dump
from interlock.hub.trace.store import FILE
from interlock.runs import RunState

BIG, SHORT = 100_000, 1000
"""Events of the one run that is paged, and of each of the others."""
HOURS, AGENTS = 30 * 24, 20
BEGUN = 1.79e9 // 3600 * 3600
_EVERY = 100
"""Of so many events one is a failed call and one a model turn."""
_AT_ONCE = 50_000


def run_id(number: int) -> str:
    """Return the id of a run by its row."""
    return f"r-{number:016x}"


def _event(run: str, n: int) -> dict[str, Any]:
    if n % _EVERY == 50:
        event: dict[str, Any] = {
            "kind": "tool.finished",
            "call": "c",
            "outcome": "failed",
            "error": "no stock",
        }
    elif n % _EVERY == 60:
        event = {"kind": "model.started", "call": "m"}
    else:
        event = {"kind": "reasoning", "text": "the parcel never arrived; the policy allows a refund"}
    return {"v": 1, "run": run, "seq": n, "at": BEGUN, "trace": "1" * 32, "span": "2" * 16, "event": event}


def begin(folder: Path) -> None:
    """Make a trace with the one long run, by the hub's own writer, and a month of rollups."""
    trace = Trace.open(folder)
    started = {"kind": "run.started", "agent": "a", "role": "r", "goal": "g"}
    for first in range(1, BIG + 1, 2000):
        events = [_event(run_id(1), n) for n in range(first, first + 2000)]
        if first == 1:
            events[0]["event"] = started
        trace.write([Line(run_id(1), "g-1", event) for event in events])
    trace.close()
    with _open(folder) as db:
        rows = (
            (3600, int(BEGUN) + hour * 3600, f"agent-{agent}", "role", *[hour % 7] * 12, 0.1)
            for hour in range(HOURS)
            for agent in range(AGENTS)
        )
        db.executemany(f"INSERT INTO rollup VALUES ({', '.join('?' * 17)})", rows)


def grow(folder: Path, events: int) -> None:
    """Add runs until the trace holds this many events."""
    with _open(folder) as db:
        (found,) = db.execute("SELECT (SELECT max(pos) FROM event), (SELECT max(id) FROM run)")
    pos, run = (int(str(number)) for number in found)
    texts = [orjson.dumps(_event(run_id(0), n)) for n in range(1, SHORT + 1)]
    while pos < events:
        with _open(folder) as db:
            for _ in range(min(_AT_ONCE, events - pos) // SHORT):
                run += 1
                db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", _rows(texts, run, pos))
                db.executemany(ADD_MARK, _marks(run))
                pos += SHORT
                _state(db, run, pos)
    # The writer moves the log into the file only now and then; whoever reads next shall not pay for it.
    db = apsw.Connection(str(folder / FILE))
    db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    db.close()


def _rows(texts: list[bytes], run: int, pos: int) -> Iterator[tuple[Any, ...]]:
    for n, text in enumerate(texts, 1):
        place = pos + n, run, n, BEGUN
        yield *place, text, seal(text, *place)


def _marks(run: int) -> Iterator[tuple[int, int, int, int]]:
    for kind, first in ((MARKS["error"], 50), (MARKS["model"], 60)):
        for n in range(first, SHORT + 1, _EVERY):
            yield run, kind, n, seal(b"", run, kind, n)


def _state(db: apsw.Connection, run: int, pos: int) -> None:
    name = run_id(run)
    known = Known(run, RunState(name, n=SHORT, pos=pos, phase="finished", claim="done"), {"g-1": SHORT})
    data = dump(known)
    row = run, name, "finished", data, seal(data, run, name, "finished"), 0
    db.execute("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?)", row)


class _open:  # noqa: N801 - reads as a call
    """One transaction on a connection of its own."""

    def __init__(self, folder: Path) -> None:
        self.db = apsw.Connection(str(folder / FILE))

    def __enter__(self) -> apsw.Connection:
        self.db.execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; BEGIN IMMEDIATE")
        return self.db

    def __exit__(self, *_: object) -> None:
        self.db.execute("COMMIT")
        self.db.close()
