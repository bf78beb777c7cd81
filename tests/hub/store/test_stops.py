"""The table of stops: each kill and pause of each run with its times, written beside the trace, bounded."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from interlock.hub.core.effects import Fact
from interlock.hub.trace import Trace
from interlock.hub.trace import own as own_file
from interlock.hub.trace import stops as stops_file
from interlock.hub.trace.stops import CLOSED, concerns
from interlock.reserved import CANARY
from tests.hub.store.events import line, run_id, said, started, whole

AT = 1e9


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[Trace]:
    """An empty trace."""
    opened = Trace.open(tmp_path)
    yield opened
    opened.close()


def _order(order: str, run: int, verb: str = "kill") -> Fact:
    return Fact("order", {"verb": verb, "at": AT}, run=run_id(run), order=order)


def _stage(order: str, stage: str, ms: float, *runs: int, verb: str = "kill", note: str = "") -> Fact:
    body = {"stage": stage, "ms": ms, "verb": verb, "note": note, "runs": [run_id(run) for run in runs]}
    return Fact("stage", body, order=order)


def test_a_stop_has_the_times_of_its_stages(trace: Trace) -> None:
    """Each run of an order has a row, and a stage that several runs reached together is in each."""
    trace.write([], [], [_order("o-1", 1), _order("o-1", 2), _stage("o-1", "pushed", 0.4, 1, 2)])
    trace.write([], [], [_stage("o-1", "recorded", 3.0, 1, 2), _stage("o-1", "confirmed", 9.5, 2)])
    newest, oldest = trace.stops()[0]
    assert (oldest.run, oldest.pushed, oldest.recorded, oldest.confirmed) == (run_id(1), 0.4, 3.0, None)
    assert (newest.run, newest.recorded, newest.confirmed, newest.canary) == (run_id(2), 3.0, 9.5, False)


def test_closed_is_an_answer_or_what_the_canary_saw(trace: Trace) -> None:
    """The last gate's answer closes a stop; no answer closes none; the canary says itself when its gate closed."""
    trace.write(
        [], [], [Fact("run", {"role": CANARY}, run=run_id(3)), *(_order("o-1", run) for run in (1, 2, 3))]
    )
    trace.write([], [], [_stage("o-1", "acknowledged", 2.0, 1, 3, note="by 1 of 1 gates")])
    trace.write([], [], [_stage("o-1", "acknowledged", 2.5, 2, note="no gate is left that could")])
    trace.write([], [], [Fact(CLOSED, {"ms": 1.25}, run=run_id(3), order="o-1")])
    found = {stop.run: (stop.canary, stop.closed, stop.acknowledged) for stop in trace.stops()[0]}
    assert found == {
        run_id(1): (False, 2.0, 2.0),
        run_id(2): (False, None, 2.5),
        run_id(3): (True, 1.25, 2.0),
    }


def test_the_same_facts_again_change_nothing(trace: Trace) -> None:
    """A batch that is repeated after a full disk leaves the table as it is."""
    facts = [_order("o-1", 1), _stage("o-1", "recorded", 3.0, 1)]
    trace.write([], [], facts)
    before = trace.stops()
    trace.write([], [], facts)
    assert trace.stops() == before


def test_only_stops_and_the_hubs_own_runs_concern_the_table() -> None:
    """Resumes, cancels, answers and ordinary runs are not handed to the lane of the trace."""
    assert [
        concerns(fact)
        for fact in (
            _order("o-1", 1),
            _order("o-1", 1, "pause"),
            _order("o-1", 1, "resume"),
            _stage("o-1", "ended", 1.0, 1, verb="cancel"),
            _stage("o-1", "drained", 1.0, 1, verb="pause"),
            Fact("run", {"role": "support"}),
            Fact("run", {"role": CANARY}),
            Fact("answer", {}),
        )
    ] == [True, True, False, False, True, False, True, False]


def test_the_newest_stops_are_kept(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit the oldest go, page by page the rest is there, newest first."""
    monkeypatch.setattr(stops_file, "KEPT", 10)
    for number in range(25):
        trace.write([], [], [_order(f"o-{number}", number)])
    first, cursor = trace.stops(limit=4)
    second, _ = trace.stops(after=cursor, limit=100)
    assert [stop.order for stop in (*first, *second)] == [f"o-{number}" for number in range(24, 14, -1)]


def test_of_the_hubs_own_runs_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run every minute does not fill the trace: old ones go with their events, other runs stay whole."""
    monkeypatch.setattr(own_file, "OWN_RUNS", 5)
    trace = Trace.open(tmp_path)
    trace.write([line(1, 1, started()), line(1, 2, said("stays"))])
    numbers = count(100)
    for number, _ in zip(numbers, range(30), strict=False):
        begun = {**started(CANARY), "role": CANARY}
        trace.write([line(number, 1, begun), line(number, 2, said("a proof"))])
    states, _ = trace.states()
    assert [state.run for state in states] == [*(run_id(n) for n in range(129, 124, -1)), run_id(1)]
    assert [state.run for state in trace.states(own=False)[0]] == [run_id(1)]
    assert [state.run for state in trace.states(own=False, phase="running")[0]] == [run_id(1)]
    assert (len(whole(trace, 1)), len(whole(trace, 129)), len(whole(trace, 124))) == (2, 2, 0)
    trace.close()
