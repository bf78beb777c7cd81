"""The trace's database: one transaction a batch holds the events, the states they lead to, and the rollups."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self, cast

import orjson

from interlock import ids
from interlock.hub.core.effects import Fact
from interlock.hub.failpoints import passing
from interlock.hub.sqlite import Reader, Writer
from interlock.hub.trace.blanking import Blanking, Slice, ended_runs, slice_of
from interlock.hub.trace.blanks import blank_state, marker
from interlock.hub.trace.bodies import ADD_BODY, ADD_CHUNK, Bodies, body_rows, chunk_rows
from interlock.hub.trace.calls import calls_of
from interlock.hub.trace.erasing import ADD_PART, ADD_USE, Erasing, chosen
from interlock.hub.trace.marks import ADD_MARK, Marks, marks
from interlock.hub.trace.own import OwnRuns, is_own
from interlock.hub.trace.rollup import ADD, Rollup
from interlock.hub.trace.schema import LAYOUT
from interlock.hub.trace.seal import check, damaged, seal
from interlock.hub.trace.search import Found, Search
from interlock.hub.trace.sides import SIDES, Counted, Decided, Sides, counted, decided
from interlock.hub.trace.states import Known, States, dump, load
from interlock.hub.trace.stops import SELECT, Stop, Stops, to_stop
from interlock.model import refs
from interlock.runs import RunState, apply

__all__ = ["FILE", "Item", "Line", "Trace"]

Json = dict[str, Any]
Item = dict[str, Any]
"""A stored event: ``pos`` in the whole hub, ``n`` in its run, and the envelope ``e``."""

FILE = "trace.db"
ERASED = "erased"
FOUND_MAX = 20
GLANCE = 500
"""Runs read with one question."""
_CHECKS = (
    "PRAGMA integrity_check(run)",
    *(f"PRAGMA quick_check({table})" for table in ("mark", "body", "rollup", "stops")),
)
"""What is looked through at a start. Not the events and pieces: there are millions, and a start must not take longer
the more there are. Each has a seal, and a page that has one too few is noticed when it is asked for."""
_TOP = "\U0010ffff"
_EVENTS = "SELECT pos, n, at, e, run, seal FROM event WHERE run = ? AND n BETWEEN ? AND ? ORDER BY n"
_STATE = "SELECT id, name, phase, state, seal FROM run "
_SET_RUN = (
    "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
    "phase = excluded.phase, state = excluded.state, seal = excluded.seal, own = excluded.own"
)
_SHA256 = re.compile(ids.SHA256)


class Line(NamedTuple):
    """An event to store. ``gate`` is where its ``seq`` counts; empty for the hub's own, which gets one here."""

    run: str
    gate: str
    envelope: Json


class _Batch:
    """What one transaction writes."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.items: list[Item] = []
        self.rows: list[tuple[int, int, int, float, bytes, int]] = []
        self.touched: dict[str, Known] = {}
        self.bodies: list[tuple[str, bytes]] = []
        self.uses: list[tuple[str, int, float]] = []
        self.marks: list[tuple[int, int, int, int]] = []
        self.rollup = Rollup(at)
        self.decided: list[Decided] = []
        self.began_own = False
        """One of the hub's own runs began."""


class Trace:
    """Writes from one thread; reads from any."""

    def __init__(
        self, folder: Path, *, vfs: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Open and check; see :meth:`open`. ``clock`` gives Unix seconds."""
        self._path = folder / FILE
        self._writer = Writer(self._path, LAYOUT, vfs=vfs, checks=_CHECKS)
        self._reader = Reader(self._path, vfs=vfs)
        self._clock = clock
        self._marks = Marks(self._path, self._reader)
        self.bodies = Bodies(self._path, self._reader)
        """The long texts, for any thread."""
        self._states = States(self._read)
        self._stops, self._own = Stops(self._writer), OwnRuns(self._writer)
        self._sides = Sides(self._writer)
        self.erasing = Erasing(self._writer)
        """For the writing thread."""
        self._blanking = Blanking(self._writer)
        self.pos: int = self._writer.value("SELECT max(pos) FROM event") or 0
        """The position of the newest event on disk."""
        self._runs: int = self._writer.value("SELECT max(id) FROM run") or 0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the trace of a data folder, or make it. Raises StoreError."""
        return cls(folder)

    def _read(self, name: str) -> Known | None:
        row = next(self._writer.rows(_STATE + "WHERE name = ?", (name,)), None)
        return None if row is None else self._load(row)

    def _load(self, row: tuple[Any, ...]) -> Known:
        number, name, phase, state, sealed = row
        check(self._path, f"the state of run {name!r}", sealed, state, number, name, phase)
        return load(number, state)

    def _known(self, run: str) -> Known | None:
        """Return a run as it is on disk. From any thread."""
        rows = self._reader.rows(_STATE + "WHERE name = ?", (run,))
        return self._load(rows[0]) if rows else None

    def write(
        self, lines: Sequence[Line], chunks: Sequence[tuple[str, str]] = (), facts: Sequence[Fact] = ()
    ) -> list[Item]:
        """Store events and chunks (digest, text) in one transaction; return what is new, in order.

        ``facts`` are those of the record that the table of stops follows, and those that erase long texts,
        and those that say which policies' decisions are counted.

        A ``seq`` that is stored already is dropped, and so is one past a gap: its gate sends again what comes after
        the last one stored. Raises StoreError when nothing was written, CommitUnknown when the commit raised.
        """
        batch = _Batch(self._clock())
        before = self.pos, self._runs
        try:
            with self._writer.transaction(_place):
                self._sides.begin(facts)
                for line in lines:
                    self._line(batch, line)
                self._flush(batch, chunks)
                self._stops.write(fact for fact in facts if fact.kind not in (ERASED, SIDES))
                self._erase(facts)
        except BaseException:
            self.pos, self._runs = before
            self._states.drop({line.run for line in lines} | {run for run, _ in _texts(facts)})
            self._sides.again()
            raise
        self._writer.empty_log(now=any(fact.kind == ERASED for fact in facts))
        return batch.items

    def _erase(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.kind == ERASED:
                self.erasing.take(fact.body["erasure"], fact.body["bodies"])
        for run, fact in _texts(facts):
            known = self._states.get(run)
            if known is not None:
                texts, erasure = fact.body["texts"], fact.body["erasure"]
                self._blanking.take(erasure, run, known.id, texts["first"], texts["last"])
                blank_state(known.state, marker(erasure))
                self._writer.many(_SET_RUN, [_run_row(run, known)])

    def texts_to_erase(self, run: str, before: float | None = None) -> Slice | None:
        """Return which events' short texts are next: see :func:`blanking.slice_of`. From any thread."""
        return slice_of(self._reader, run, before)

    def ended_runs(self, above: int) -> list[tuple[int, str]]:
        """Return the next runs that do not go on: see :func:`blanking.ended_runs`. From any thread."""
        return ended_runs(self._reader, above)

    def to_erase(
        self, *, body: str | None = None, run: str | None = None, before: float | None = None
    ) -> tuple[list[str], bool]:
        """Return long texts to erase: see :func:`interlock.hub.trace.erasing.chosen`. From any thread."""
        return chosen(self._reader, body=body, run=run, before=before)

    def _line(self, batch: _Batch, line: Line) -> None:
        known = batch.touched.get(line.run) or self._states.get(line.run)
        if known is None:
            self._runs += 1
            known = Known(self._runs, RunState(line.run), {})
            self._states.put(line.run, known)
        last = known.seqs.get(line.gate, 0)
        envelope: Json = line.envelope if line.gate else {**line.envelope, "seq": last + 1}
        if envelope["seq"] != last + 1:
            return
        known.seqs[line.gate] = last + 1
        self.pos += 1
        state, event = known.state, envelope["event"]
        item: Item = {"pos": self.pos, "n": state.n + 1, "e": envelope}
        state.trace = state.trace or envelope["trace"]
        apply(state, item)
        batch.rollup.add(state, event)
        batch.began_own = batch.began_own or (event["kind"] == "run.started" and is_own(state))
        batch.items.append(item)
        # What orjson returns keeps the room it was written in: eight times its length, times a batch.
        data = bytes(memoryview(orjson.dumps(envelope)))
        place = self.pos, known.id, state.n, batch.at
        batch.rows.append((*place, data, seal(data, *place)))
        batch.touched[line.run] = known
        batch.marks.extend(marks(event, known.id, state.n))
        batch.decided.extend(decided(event, known.id))
        named = list(_bodies(event))
        batch.bodies.extend(named)
        batch.uses.extend((name, known.id, batch.at) for name, _ in named)

    def _flush(self, batch: _Batch, chunks: Sequence[tuple[str, str]]) -> None:
        many = self._writer.many
        many("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", batch.rows)
        many(_SET_RUN, (_run_row(name, known) for name, known in batch.touched.items()))
        if batch.began_own:
            self._states.drop(self._own.trim())
        if rows := batch.rollup.rows():
            many(ADD, rows)
        self._sides.add(batch.decided)
        if batch.marks:
            many(ADD_MARK, batch.marks)
        if chunks:
            many(ADD_CHUNK, chunk_rows(chunks))
        if batch.bodies:
            many(ADD_BODY, body_rows(batch.bodies))
            many(ADD_USE, batch.uses)
            many(
                ADD_PART,
                ((str(piece, "ascii"), name) for name, pieces in batch.bodies for piece in pieces.split()),
            )

    def last_seq(self, run: str, gate: str) -> int:
        """Return the last ``seq`` of this run and gate that is on disk, 0 for none. From any thread."""
        known = self._known(run)
        return known.seqs.get(gate, 0) if known is not None else 0

    def state(self, run: str) -> RunState | None:
        """Return a run's state as it is on disk."""
        known = self._known(run)
        return known.state if known is not None else None

    def states(
        self, *, after: str | None = None, limit: int = 100, phase: str | None = None, own: bool = True
    ) -> tuple[list[RunState], str | None]:
        """Return a page of runs, newest first, and the cursor of the next page, None after the last one.

        ``phase`` is ``running``, ``finished`` or ``lost``; without ``own`` the hub's own runs are left out. Raises
        ValueError for a cursor this did not give.
        """
        values: list[object] = [int(after) if after is not None else 1 << 62]
        where = "id < ?"
        for condition, value in (("phase = ?", phase), ("own = ?", None if own else 0)):
            if value is not None:
                where += f" AND {condition}"
                values.append(value)
        rows = self._reader.rows(f"{_STATE}WHERE {where} ORDER BY id DESC LIMIT ?", (*values, limit + 1))
        cursor = str(rows[limit - 1][0]) if len(rows) > limit else None
        return [self._load(row).state for row in rows[:limit]], cursor

    def sides(self, order: str) -> Counted | None:
        """Return what both sides of the stage that this order began decided: see :func:`sides.counted`."""
        return counted(self._reader, order)

    def stops(self, *, after: str | None = None, limit: int = 100) -> tuple[list[Stop], str | None]:
        """Return a page of stops, newest first, and the cursor of the next page, None after the last one."""
        below = int(after) if after is not None else 1 << 62
        rows = self._reader.rows(SELECT, (below, limit + 1))
        cursor = str(rows[limit - 1][0]) if len(rows) > limit else None
        return [to_stop(row) for row in rows[:limit]], cursor

    def all_states(self) -> list[RunState]:
        """Return every run's state as it is on disk."""
        return [self._load(row).state for row in self._reader.rows(_STATE + "ORDER BY id")]

    def glance(self, names: Sequence[str]) -> Iterator[tuple[str, Json]]:
        """Yield the state of each of these runs as plain JSON, with its name; a run that is not here is left out."""
        for first in range(0, len(names), GLANCE):
            some = names[first : first + GLANCE]
            where = f"WHERE name IN ({','.join('?' * len(some))})"
            for number, name, phase, state, sealed in self._reader.rows(_STATE + where, some):
                check(self._path, f"the state of run {name!r}", sealed, state, number, name, phase)
                yield name, orjson.loads(state)[0]

    def find(self, prefix: str) -> list[str]:
        """Return the names of runs that begin with ``prefix``, at most 20."""
        query = "SELECT name FROM run WHERE name >= ? AND name < ? ORDER BY name LIMIT ?"
        return [row[0] for row in self._reader.rows(query, (prefix, prefix + _TOP, FOUND_MAX))]

    def page(
        self, run: str, *, after: int | None = None, before: int | None = None, limit: int, max_bytes: int
    ) -> list[Json]:
        """Return events of a run as ``pos``, ``n``, ``at`` (Unix seconds of storing) and ``e``, ascending.

        Those after ``after``, or those that end just before ``before``, or the first ones. A page stops early once
        it is longer than ``max_bytes``, but holds one event at least.
        """
        known = self._known(run)
        if known is None:
            return []
        backwards = before is not None and after is None
        # A page that ends at a number has its beginning by counting, because ``n`` is dense.
        top = known.state.n if before is None else min(before - 1, known.state.n)
        first = max(1, top - limit + 1) if backwards else (after or 0) + 1
        last = min(top, first + limit - 1)
        rows = self._reader.rows(_EVENTS, (known.id, first, last))
        self._whole(run, rows, first, last)
        kept = _cut(rows[::-1] if backwards else rows, max_bytes)
        found = [{"pos": pos, "n": n, "at": at, "e": orjson.loads(e)} for pos, n, at, e, _, _ in kept]
        return found[::-1] if backwards else found

    def calls(self, run: str, calls: Collection[str]) -> Iterator[Json]:
        """Yield the events of these calls of a run, without their envelopes, ascending."""
        known = self._known(run)
        if known is not None:
            yield from calls_of(lambda first, last: self._stretch(known, first, last), known.state.n, calls)

    def _stretch(self, known: Known, first: int, last: int) -> list[tuple[Any, ...]]:
        rows = self._reader.rows(_EVENTS, (known.id, first, last))
        self._whole(known.state.run, rows, first, last)
        return rows

    def _whole(self, run: str, rows: list[tuple[Any, ...]], first: int, last: int) -> None:
        """Raise StoreError unless these are all events from ``first`` to ``last``, as they were stored."""
        for wanted, (pos, n, at, e, number, sealed) in enumerate(rows, first):
            place = (pos, number, n, at) if n == wanted else ()
            check(self._path, f"event {wanted} of run {run!r}", sealed, e, *place)
        if first + len(rows) <= last:
            raise damaged(self._path, f"event {first + len(rows)} of run {run!r}")

    def marks(
        self, run: str, kind: str, *, after: int | None = None, before: int | None = None, limit: int = 100
    ) -> tuple[list[int], int | None]:
        """Return the numbers of a run's marks of a kind: see :meth:`interlock.hub.trace.marks.Marks.page`."""
        known = self._known(run)
        if known is None:
            return [], None
        return self._marks.page(known.id, kind, after=after, before=before, limit=limit)

    def search(
        self, run: str, text: str, *, after: int | None = None, before: int | None = None, limit: int = 20
    ) -> Found:
        """Look for a text in a run's events, as far as one request goes: after ``after``, or backwards from ``before``.

        With both, forwards between them.
        """
        known = self._known(run)
        if known is None:
            return Found([], None, None, 0, 0, None)

        def rows(first: int, last: int) -> list[tuple[Any, ...]]:
            found = self._reader.rows(_EVENTS, (known.id, first, last))
            self._whole(run, found, first, last)
            return found

        search = Search(text, rows, self.bodies.piece)
        top = known.state.n if before is None else min(before - 1, known.state.n)
        if before is not None and after is None:
            return search.backwards(top, limit)
        return search.forwards(after or 0, top, limit)

    def close(self) -> None:
        """Close the database."""
        self._reader.close()
        self._writer.close()


def _texts(facts: Sequence[Fact]) -> Iterator[tuple[str, Fact]]:
    for fact in facts:
        if fact.kind == ERASED and fact.body.get("texts"):
            yield fact.body["texts"]["run"], fact


def _run_row(name: str, known: Known) -> tuple[int, str, str, bytes, int, bool]:
    state, phase = dump(known), known.state.phase
    return known.id, name, phase, state, seal(state, known.id, name, phase), is_own(known.state)


def _bodies(event: Json) -> Iterator[tuple[str, bytes]]:
    """Yield each body an event names, with its chunks. Fields nobody checked may look like one and be anything."""
    for ref in refs(event):
        chunks = ref["chunks"]
        names = [ref["sha256"], *cast("list[object]", chunks)] if isinstance(chunks, list) else []
        first, *rest = [name for name in names if isinstance(name, str) and _SHA256.match(name)] or [""]
        if rest and 1 + len(rest) == len(names):
            yield first, " ".join(rest).encode()


def _cut(rows: list[tuple[Any, ...]], max_bytes: int) -> list[tuple[Any, ...]]:
    size = 0
    for at, row in enumerate(rows):
        size += len(row[3])
        if size > max_bytes and at:
            return rows[:at]
    return rows


def _place(name: str) -> None:
    passing(f"trace {name}")
