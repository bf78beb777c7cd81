"""Erasing the short texts of a run: its own events and its state have names, ids and figures, and no text."""

import json
from pathlib import Path
from typing import Any

import pytest

from interlock.errors import StoreError
from interlock.hub.core.effects import Fact
from interlock.hub.trace import Trace
from interlock.hub.trace.blanking import EVENTS_AT_ONCE
from interlock.runs import RunState, apply
from tests.hub.store.events import line, run_id, said, started, story, whole

SECRET = "Mrs Sommer, Lindenweg 4"
MARK = "[erased x-1]"
LONG = {"sha256": "ab" * 32, "size": 70_000, "chunks": ["cd" * 32], "head": SECRET}
EVENTS: list[dict[str, Any]] = [
    {**started(), "goal": f"refund {SECRET}", "success": SECRET, "labels": {"who": SECRET}, "newer": SECRET},
    {"kind": "tool.proposed", "call": "c1", "tool": "refund", "cls": "write", "args": SECRET},
    {"kind": "gate.decided", "call": "c1", "verdict": "allow", "rule": "permit", "value": SECRET},
    {"kind": "tool.started", "call": "c1", "key": SECRET},
    {"kind": "tool.finished", "call": "c1", "outcome": "failed", "result": SECRET, "error": LONG},
    {
        "kind": "input.screened",
        "verdict": "flag",
        "findings": [{"verdict": "flag", "rule": "guard.scope", "source": "search", "excerpt": SECRET}],
    },
    {"kind": "escalation.opened", "escalation": "e-1", "call": "c1", "tool": "refund", "why": [SECRET]},
    {"kind": "escalation.decided", "escalation": "e-1", "verdict": "rejected", "by": "ann", "reason": SECRET},
    {"kind": "run.noted", "by": "ann", "text": SECRET},
    {"kind": "a.kind.to.come", "call": "c1", SECRET: 1, "of": [SECRET]},
    {"kind": "run.finished", "claim": "done", "output": SECRET},
]


def _erase(trace: Trace, erasure: str, run: int, first: int, last: int) -> None:
    texts = {"run": run_id(run), "first": first, "last": last}
    trace.write([], [], [Fact("erased", {"erasure": erasure, "bodies": [], "texts": texts})])


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("trace.db*")))


@pytest.fixture
def trace(tmp_path: Path) -> Any:
    """A run whose every event has the secret in each of its texts, and another one."""
    now = [1000.0]
    made = Trace(tmp_path, clock=lambda: now[0])
    made.write(story(2, 5))
    for number, event in enumerate(EVENTS, 1):
        made.write([line(1, number, event)])
    now[0] = 2000.0
    yield made
    made.close()


def test_no_byte_of_a_short_text_is_left_in_any_file(trace: Trace, tmp_path: Path) -> None:
    """Neither in the database nor in its log, while the hub runs; other runs keep theirs."""
    assert SECRET.encode() in _bytes(tmp_path)
    others = whole(trace, 2)
    assert trace.texts_to_erase(run_id(1)) == (1, len(EVENTS), False)
    _erase(trace, "x-1", 1, 1, len(EVENTS))
    assert SECRET.encode() not in _bytes(tmp_path)
    assert whole(trace, 2) == others
    assert trace.texts_to_erase(run_id(1)) is None
    assert trace.erasing.done("x-1")


def test_what_is_no_text_stays(trace: Trace) -> None:
    """Names, ids, verdicts and the digests of long texts are as they were, and the state is what the events make."""
    _erase(trace, "x-1", 1, 1, len(EVENTS))
    items = whole(trace, 1)
    found = [item["e"]["event"] for item in items]
    assert [event["kind"] for event in found] == [event["kind"] for event in EVENTS]
    assert found[0] == {**started(), "goal": MARK, "success": MARK, "labels": {"who": MARK}}
    assert found[4] == {**EVENTS[4], "result": MARK, "error": {**LONG, "head": MARK}}
    assert found[5]["findings"] == [{"verdict": "flag", "rule": "guard.scope", "source": "search"}]
    assert found[6] == {**EVENTS[6], "why": [MARK]}
    assert found[9] == {"kind": "a.kind.to.come", "call": "c1"}
    folded = RunState(run_id(1))
    for item in items:
        apply(folded, item)
    state = trace.state(run_id(1))
    assert state is not None
    assert state.to_json() == folded.to_json() | {"trace": state.trace}
    assert (state.goal.raw, state.last_note.raw, state.claim, state.errors) == (MARK, MARK, "done", 1)
    assert SECRET not in json.dumps(state.to_json())


def test_a_search_finds_nothing_and_the_marks_stay(trace: Trace) -> None:
    """The failed call is still a step away; the words of it are not."""
    assert trace.search(run_id(1), "sommer").hits
    _erase(trace, "x-1", 1, 1, len(EVENTS))
    assert not trace.search(run_id(1), "sommer").hits
    assert trace.marks(run_id(1), "error") == ([5], None)


def test_a_long_run_goes_slice_by_slice_and_what_it_says_later_is_the_next_one(tmp_path: Path) -> None:
    """Each slice begins behind the one before; taking one again changes nothing; a live run goes on."""
    with_more = Trace(tmp_path)
    with_more.write(
        [line(1, 1, started()), *(line(1, n, said(SECRET)) for n in range(2, EVENTS_AT_ONCE + 3))]
    )
    assert with_more.texts_to_erase(run_id(1)) == (1, EVENTS_AT_ONCE, True)
    _erase(with_more, "x-1", 1, 1, EVENTS_AT_ONCE)
    _erase(with_more, "x-1", 1, 1, EVENTS_AT_ONCE)
    assert with_more.texts_to_erase(run_id(1)) == (EVENTS_AT_ONCE + 1, EVENTS_AT_ONCE + 2, False)
    _erase(with_more, "x-2", 1, EVENTS_AT_ONCE + 1, EVENTS_AT_ONCE + 2)
    assert SECRET.encode() not in _bytes(tmp_path)
    with_more.write([line(1, EVENTS_AT_ONCE + 3, said("what came later"))])
    assert with_more.texts_to_erase(run_id(1)) == (EVENTS_AT_ONCE + 3, EVENTS_AT_ONCE + 3, False)
    state = with_more.state(run_id(1))
    assert state is not None
    assert (state.goal.raw, state.said.raw) == ("[erased x-2]", "what came later")
    with_more.close()


def test_a_slice_has_no_more_bytes_than_one_transaction_takes(tmp_path: Path) -> None:
    """Events with long texts are fewer at once; one alone always goes."""
    made = Trace(tmp_path)
    made.write([line(1, 1, started()), *(line(1, n, said("x" * (3 * 1024 * 1024))) for n in range(2, 6))])
    parts = [(1, 3, True), (4, 5, False)]
    for number, part in enumerate(parts, 1):
        assert made.texts_to_erase(run_id(1)) == part
        _erase(made, f"x-{number}", 1, *part[:2])
    assert made.texts_to_erase(run_id(1)) is None
    made.close()


def test_age_is_that_of_the_newest_event(trace: Trace) -> None:
    """A run that still told something is not old, whatever its first events are."""
    assert trace.texts_to_erase(run_id(1), 500.0) is None
    assert trace.texts_to_erase(run_id(1), 1500.0) == (1, len(EVENTS), False)
    trace.write([line(1, len(EVENTS) + 1, said("late"))])
    assert trace.texts_to_erase(run_id(1), 1500.0) is None


def test_only_runs_that_do_not_go_on_are_looked_at_for_their_age(trace: Trace) -> None:
    """In the order they came, each once: what goes on, and what the hub's own canary ran, is never among them."""
    for number in range(3, 6):
        trace.write([line(number, 1, started())])
    trace.write([line(5, 2, {"kind": "run.finished", "claim": "done"})])
    trace.write([line(6, 1, {**started(), "agent": "interlock-canary", "role": "interlock-canary"})])
    trace.write([line(6, 2, {"kind": "run.finished", "claim": "done"})])
    found = trace.ended_runs(0)
    assert [name for _, name in found] == [run_id(2), run_id(1), run_id(5)]
    assert trace.ended_runs(found[0][0]) == found[1:]
    assert trace.ended_runs(found[-1][0]) == []


def test_calls_that_differ_stay_different(tmp_path: Path) -> None:
    """Erased arguments are no repetition: each call keeps a digest, also where its gate sent none."""
    call = {"kind": "tool.proposed", "tool": "refund", "cls": "write"}
    made = Trace(tmp_path)
    made.write(
        [line(1, 1, started()), *(line(1, n, {**call, "call": f"c{n}", "args": f"{n}"}) for n in (2, 3))]
    )
    _erase(made, "x-1", 1, 1, 3)
    folded = RunState(run_id(1))
    for item in whole(made, 1):
        apply(folded, item)
    state = made.state(run_id(1))
    assert state is not None
    assert (folded.repeat, folded.signature) == (1, state.signature)
    made.close()


def test_a_damaged_event_is_erased_and_stays_damaged(trace: Trace, tmp_path: Path) -> None:
    """An erasure never waits for what no one can read, and never makes it look whole."""
    trace._writer.many("UPDATE event SET seal = seal + 1 WHERE pos = ?", [(trace.pos,)])
    _erase(trace, "x-1", 1, 1, len(EVENTS))
    assert SECRET.encode() not in _bytes(tmp_path)
    with pytest.raises(StoreError, match="damaged"):
        whole(trace, 1)


def test_a_log_that_a_reader_needs_is_cut_with_the_next_write(trace: Trace, tmp_path: Path) -> None:
    """What an old log has of an erased text goes as soon as nobody reads it."""
    reading = trace._reader._connection.execute("SELECT e FROM event")
    next(reading)
    _erase(trace, "x-1", 1, 1, len(EVENTS))
    assert SECRET.encode() in _bytes(tmp_path)
    reading.close()
    trace.write([])
    assert SECRET.encode() not in _bytes(tmp_path)
