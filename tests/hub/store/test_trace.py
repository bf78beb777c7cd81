"""The trace: each event once and in order, the states they lead to, pages by key, and nothing damaged served."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from interlock.errors import HubError, NotFound, StoreError
from interlock.hub.trace import Line, Trace
from interlock.hub.trace.bodies import BODY_MAX
from interlock.runs import RunState, apply
from tests.hub.store.disks import Op, disk
from tests.hub.store.events import GATE, filled, line, run_id, said, started, story, whole

OTHER = "g-00000000000000b2"


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[Trace]:
    """An empty trace."""
    opened = Trace.open(tmp_path)
    yield opened
    opened.close()


def test_an_event_sent_twice_is_stored_once(trace: Trace) -> None:
    """After a reconnect the gate sends again what it was not told of: what is stored already is dropped."""
    assert [item["n"] for item in trace.write(story(1, 2)[:5])] == [1, 2, 3, 4, 5]
    again = trace.write(story(1, 2)[2:8])
    assert [item["e"]["seq"] for item in again] == [6, 7, 8]
    assert [item["n"] for item in whole(trace, 1)] == list(range(1, 9))
    assert trace.last_seq(run_id(1), GATE) == 8


def test_an_event_past_a_gap_is_not_stored(trace: Trace) -> None:
    """What comes after a missing event waits for it: its gate goes on from the last one on disk."""
    lines = story(1, 2)
    assert len(trace.write([lines[0], lines[2], lines[3]])) == 1
    assert trace.last_seq(run_id(1), GATE) == 1
    assert len(trace.write(lines[1:4])) == 3


def test_gates_count_for_themselves_and_the_run_in_one(trace: Trace) -> None:
    """Each gate of a run and the hub have their own ``seq``; ``n`` is dense over all of them, ``pos`` over the hub."""
    hub = {"kind": "gate.joined", "gate": OTHER}
    trace.write([line(1, 1, started()), line(2, 1, started()), line(1, 0, hub, gate="")])
    trace.write(
        [line(1, 1, said("from the other"), gate=OTHER), line(1, 0, hub, gate=""), line(1, 2, said("x"))]
    )
    items = whole(trace, 1)
    assert [(item["n"], item["e"]["seq"]) for item in items] == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)]
    assert [item["pos"] for item in items] == [1, 3, 4, 5, 6]
    assert (trace.last_seq(run_id(1), OTHER), trace.last_seq(run_id(1), ""), trace.pos) == (1, 2, 6)


def test_the_state_is_the_fold_of_the_events(tmp_path: Path) -> None:
    """What the fleet screen is told is what folding all stored events gives, also across a restart."""
    lines = story(1, 9)
    trace = Trace.open(tmp_path)
    trace.write(lines[:10])
    trace.close()
    trace = Trace.open(tmp_path)
    trace.write(lines[10:])
    folded = RunState(run_id(1), trace=lines[0].envelope["trace"])
    for item in whole(trace, 1):
        apply(folded, item)
    assert trace.state(run_id(1)) == folded
    assert (folded.calls, folded.errors, folded.phase) == (9, 3, "finished")
    assert trace.state(run_id(2)) is None
    trace.close()


def test_pages_go_both_ways(trace: Trace) -> None:
    """A page after a number, one that ends before it, and the ends of the run."""
    trace.write(story(1, 5))

    def page(after: int | None, before: int | None, limit: int = 4) -> list[int]:
        return [
            it["n"]
            for it in trace.page(run_id(1), after=after, before=before, limit=limit, max_bytes=1 << 20)
        ]

    assert page(None, None) == [1, 2, 3, 4]
    assert page(4, None) == [5, 6, 7, 8]
    assert page(None, 9) == [5, 6, 7, 8]
    assert page(None, 3) == [1, 2]
    assert page(20, None) == [21, 22]
    assert page(22, None) == page(None, 1) == []
    assert page(3, 6) == [4, 5]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_page_is_cut_by_size_and_never_empty(trace: Trace, backwards: bool) -> None:
    """A page ends before it is too long, at the far end, and still holds one event that alone is too long."""
    trace.write([line(1, 1, started()), *(line(1, seq, said("x" * 1000)) for seq in range(2, 11))])
    edge = {"after": None, "before": 11} if backwards else {"after": 1, "before": None}
    found = trace.page(run_id(1), **edge, limit=100, max_bytes=3900)
    assert [item["n"] for item in found] == ([8, 9, 10] if backwards else [2, 3, 4])
    assert len(trace.page(run_id(1), **edge, limit=100, max_bytes=10)) == 1


def test_runs_come_newest_first_and_by_phase(trace: Trace) -> None:
    """Pages of runs join without overlap; a phase leaves the others out."""
    for run in range(1, 8):
        trace.write(story(run, 1) if run % 2 else [line(run, 1, started())])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        states, cursor = trace.states(after=cursor, limit=3)
        seen += [state.run for state in states]
        if cursor is None:
            break
    assert seen == [run_id(run) for run in range(7, 0, -1)]
    running, _ = trace.states(phase="running")
    assert [state.run for state in running] == [run_id(6), run_id(4), run_id(2)]
    assert [state.run for state in trace.all_states()] == seen[::-1]


def test_runs_are_found_by_their_beginning(trace: Trace) -> None:
    """A prefix finds every run that begins with it and no other."""
    for run in (0x10, 0x11, 0x20):
        trace.write([line(run, 1, started())])
    assert trace.find("r-000000000000001") == [run_id(0x10), run_id(0x11)]
    assert trace.find(run_id(0x20)) == [run_id(0x20)]
    assert trace.find("r-f") == trace.find("%") == []


def test_a_late_body_is_told_from_an_unknown_one(trace: Trace) -> None:
    """A named body is late until its last chunk is there, then it is whole; one nobody names is not found."""
    one, two, long = "1" * 64, "2" * 64, "3" * 64
    ref = {"sha256": long, "size": 8, "chunks": [one, two], "head": "hell"}
    trace.write([line(1, 1, started()), line(1, 2, {"kind": "reasoning", "text": ref})], [(two, "ö\0!\n")])
    assert trace.bodies.whole(long) is None
    trace.write([], [(one, "hell"), (two, "a second chunk of that name changes nothing")])
    assert trace.bodies.whole(long) == ("hellö\0!\n", 0, 8, False)
    with pytest.raises(NotFound):
        trace.bodies.whole("4" * 64)


def test_a_body_of_one_piece_many_times_over_is_not_put_together(trace: Trace) -> None:
    """A few bytes of references cannot make the hub hold a text of any length: it says that it is too long."""
    piece, long = "1" * 64, "3" * 64
    text = "x" * (BODY_MAX // 16)
    for seq, (name, times) in enumerate([(long, 17), ("4" * 64, 16)], start=2):
        ref = {"sha256": name, "size": 1, "chunks": [piece] * times, "head": "x"}
        first = [line(1, 1, started())] if seq == 2 else []
        trace.write([*first, line(1, seq, {"kind": "reasoning", "text": ref})], [(piece, text)])
    with pytest.raises(HubError, match="longer than"):
        trace.bodies.whole(long)
    body = trace.bodies.whole("4" * 64)
    assert body is not None
    assert body.text == text * 16


@pytest.mark.parametrize(
    "ref", [{"sha256": 1, "chunks": 5}, {"sha256": "1" * 64, "chunks": [{}]}, {"sha256": "x", "chunks": []}]
)
def test_what_only_looks_like_a_body_ends_nothing(trace: Trace, ref: dict[str, object]) -> None:
    """Fields of an unknown kind are nobody's promise: they are kept, and no body is made of them."""
    event = {"kind": "from.the.future", "x": ref}
    trace.write([line(1, 1, started()), line(1, 2, event)])
    assert whole(trace, 1)[1]["e"]["event"] == event


def test_sums_stay_within_what_a_column_holds(trace: Trace) -> None:
    """Token counts at their bound, thousands of times, neither end the writer nor turn a sum around."""
    event = {"kind": "model.finished", "call": "c", "tokens_in": 2**53, "cost": 1e12}
    for start in (2, 2002, 4002):
        trace.write([line(1, 1, started()), *(line(1, seq, event) for seq in range(start, start + 2000))])
    state = trace.state(run_id(1))
    assert state is not None
    assert state.tokens_in == 2**53


def test_a_write_that_did_not_happen_leaves_nothing_behind(tmp_path: Path) -> None:
    """After a full disk the same lines are written as if for the first time."""
    full = False

    def told(op: Op) -> None:
        if full and op.what == "write":
            raise apsw.FullError("the disk is full")

    with disk("full-trace", told) as name:
        trace = Trace(tmp_path, vfs=name)
        trace.write(story(1, 3)[:4])
        full = True
        for _ in range(2):
            with pytest.raises(StoreError, match="nothing was written"):
                trace.write([*story(1, 3)[4:], *story(2, 1)])
        assert (trace.pos, trace.last_seq(run_id(1), GATE)) == (4, 4)
        full = False
        assert [item["pos"] for item in trace.write([*story(1, 3)[4:], *story(2, 1)])] == list(range(5, 21))
        state = trace.state(run_id(1))
        assert state is not None
        assert (state.calls, state.n) == (3, 14)
        trace.close()


def test_tables_of_another_layout_are_refused(tmp_path: Path) -> None:
    """A file of another version of the hub is not written into."""
    filled(tmp_path)
    db = apsw.Connection(str(tmp_path / "trace.db"))
    db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(StoreError, match="version 7, and this hub knows up to 3"):
        Trace.open(tmp_path)


def test_every_question_is_answered_by_a_key(tmp_path: Path) -> None:
    """No page scans a table, so its cost does not grow with what is stored."""
    asked: list[str] = []
    trace = Trace.open(tmp_path)
    trace.write(story(1, 3))

    def keep(_: object, statement: str, __: object) -> bool:
        asked.append(statement)
        return True

    trace._reader._connection.exec_trace = keep
    trace.state(run_id(1))
    trace.states(after="9", limit=5)
    trace.states(phase="running", limit=5)
    trace.find("r-0")
    trace.last_seq(run_id(1), GATE)
    edges: list[dict[str, Any]] = [{"after": 2, "before": None}, {"after": None, "before": 9}]
    for edge in edges:
        trace.page(run_id(1), **edge, limit=5, max_bytes=1000)
        trace.marks(run_id(1), "error", **edge)
        trace.search(run_id(1), "refund", **edge)
    with pytest.raises(NotFound):
        trace.bodies.whole("1" * 64)
    trace.bodies.piece("1" * 64)
    trace.close()
    db = apsw.Connection(str(tmp_path / "trace.db"))
    for statement in asked:
        bindings = (None,) * statement.count("?")
        plan = [str(row[3]) for row in db.execute("EXPLAIN QUERY PLAN " + statement, bindings)]
        assert plan, statement
        assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], (
            statement,
            plan,
        )
    db.close()
    assert len(asked) == 20


def test_the_rollups_are_the_sums_of_the_events(tmp_path: Path) -> None:
    """Minutes and hours add up to what the events say, by the hub's clock."""
    now = 1_795_000_020.0
    trace = Trace(tmp_path, clock=lambda: now)
    lines: list[Line] = [*story(1, 6), *story(2, 3)]
    for first in range(0, len(lines), 5):
        now += 50
        trace.write(lines[first : first + 5])
    trace.close()
    db = apsw.Connection(str(tmp_path / "trace.db"))
    for size in (60, 3600):
        query = "SELECT sum(started), sum(done), sum(calls), sum(errors), count(*) FROM rollup WHERE size = ?"
        *sums, rows = db.execute(query, (size,)).fetchall()[0]
        assert sums == [2, 2, 9, 3]
        assert rows == (7 if size == 60 else 1)
    db.close()


def test_a_start_looks_at_few_pages_however_long_the_past(tmp_path: Path) -> None:
    """Of a trace of thousands of events the start reads what it needs and not all (invariant D6)."""
    trace = Trace.open(tmp_path)
    trace.write(story(1, 3000))
    trace.close()
    trace = Trace.open(tmp_path)
    read = trace._writer._connection.status(apsw.SQLITE_DBSTATUS_CACHE_MISS)[0]
    pages = trace._writer.value("PRAGMA page_count")
    trace.close()
    assert pages > 500
    assert read < 60
