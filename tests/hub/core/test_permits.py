"""Permits and outcomes: on disk before the effect, decided in one order with kills, never guessed."""

from __future__ import annotations

import pytest

from interlock.hub.core.permits import OPEN_MAX
from interlock.runs import OPEN_MAX as STATE_MAX
from interlock.runs import RunState
from interlock.text import Untrusted
from tests.hub.core.plant import flying, run_id, running

pytestmark = pytest.mark.pure


def test_a_permit_is_on_disk_before_it_is_sent() -> None:
    """No granted frame before the commit of its intent."""
    plant = running(auto=False)
    plant.ask(1, 1, "c-1")
    assert plant.count(1, "granted") == 0
    plant.commit_all()
    assert plant.granted == [(plant.last(1, "granted").permit, "running")]


def test_a_kill_that_comes_while_a_permit_is_written_wins() -> None:
    """The permit is not sent, is void in the record, and the gate is told killed."""
    plant = running(auto=False)
    plant.ask(1, 1, "c-1")
    plant.order(1, "kill", 1)
    plant.commit_all()
    assert plant.count(1, "granted") == 0
    assert plant.last(1, "refused").code == "killed"
    assert "permit.void" in [fact.kind for _, fact in plant.disk]
    assert plant.core.world.runs[run_id(1)].permits == {}


def test_a_permit_that_a_pause_overtakes_is_held() -> None:
    """It is void, and asked for again by itself when the pause ends."""
    plant = running(auto=False)
    plant.ask(1, 1, "c-1")
    plant.order(1, "pause", 1)
    plant.commit_all()
    assert plant.count(1, "granted") == 0
    plant.order(2, "resume", 1)
    plant.commit_all()
    assert plant.count(1, "granted") == 1


def test_an_outcome_is_kept_once_and_told_each_time() -> None:
    """A repeated outcome is one entry; a late done after unknown is a second one."""
    plant = running()
    permit = plant.permit(1, 1, "c-1")
    for outcome in ("unknown", "unknown", "done", "done", "failed"):
        plant.outcome(1, 1, permit, "c-1", outcome)
    assert plant.count(1, "kept") == 5
    outcomes = [fact.body["outcome"] for _, fact in plant.disk if fact.kind == "outcome"]
    assert outcomes == ["unknown", "done"]


def test_a_late_outcome_is_added_to_the_receipt() -> None:
    """What was in flight at the kill ends in the receipt, with its time since the order."""
    plant = running()
    permit = plant.permit(1, 1, "c-1")
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1, flying("c-1", permit=permit))
    plant.wait(2)
    plant.outcome(1, 1, permit, "c-1")
    plant.answer(1, 1, 1)
    late = plant.receipt(1, 1).late
    assert [(entry.permit, entry.outcome, round(entry.ms)) for entry in late] == [(permit, "done", 2000)]


def test_a_permit_neither_in_flight_nor_ended_is_listed_as_unknown() -> None:
    """The gate's answer confirms the stop; the call whose outcome never came is said to be unknown."""
    plant = running()
    permit = plant.permit(1, 1, "c-1")
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    receipt = plant.receipt(1, 1)
    assert receipt.stages[-1].stage == "confirmed"
    assert "the outcome of refund" in receipt.waits_for[0]
    plant.wait(5)
    receipt = plant.receipt(1, 1)
    assert [(late.permit, late.outcome) for late in receipt.late] == [(permit, "unknown")]
    assert receipt.waits_for == ()
    plant.outcome(1, 1, permit, "c-1", "failed")
    assert [(late.permit, late.outcome) for late in plant.receipt(1, 1).late] == [(permit, "failed")]


def test_a_crash_leaves_permits_open_until_the_gate_tells_or_is_gone() -> None:
    """After a restart an intent without outcome is neither done nor failed, and nothing is repeated."""
    for tells in (True, False):
        plant = running()
        permit = plant.permit(1, 1, "c-1")
        plant.crash()
        assert list(plant.core.world.runs[run_id(1)].permits) == [permit]
        if tells:
            plant.hello(2, 1)
            plant.open(2, 1, again=True)
            plant.outcome(2, 1, permit, "c-1")
            assert plant.last(2, "kept").permits == (permit,)
        else:
            plant.gone(1)
            assert plant.kinds(1)[-2:] == ["gate.left", "outcome.unknown"]
        outcome = plant.core.world.runs[run_id(1)].spent[permit]
        assert outcome == ("done" if tells else "unknown")
        assert [fact.kind for _, fact in plant.disk].count("permit") == 1


def test_a_run_says_that_an_outcome_is_unknown_once_the_record_does() -> None:
    """Nobody reads it in the run before its entry can be read in the audit log."""
    plant = running(auto=False)
    plant.ask(1, 1, "c-1")
    plant.commit_all()
    plant.close(1)
    plant.gone(1)
    assert "outcome.unknown" not in plant.kinds(1)
    plant.commit_all()
    assert plant.kinds(1)[-1] == "outcome.unknown"


def test_what_is_unknown_is_told_to_a_trace_that_missed_it() -> None:
    """A hub that died between the record and the trace tells the run after its start, and never twice."""
    plant = running()
    permit = plant.permit(1, 1, "c-1")
    plant.close(1)
    plant.gone(1)
    plant.crash()
    plant.told.clear()
    plant.take(plant.core.reconcile([RunState(run_id(1))], plant.now))
    (event,) = [event for _, event in plant.told if event.kind == "outcome.unknown"]
    assert (event.call, event.permit, event.tool.raw) == ("c-1", permit, "refund")
    plant.told.clear()
    state = RunState(run_id(1), unknown={"c-1": Untrusted("refund")})
    plant.take(plant.core.reconcile([state], plant.now))
    assert "outcome.unknown" not in plant.kinds(1)


def test_a_state_without_room_is_told_of_no_further_unknown_call_at_each_start() -> None:
    """It was left out before, and counted then; where one found its end meanwhile, there is room for one."""
    plant = running()
    for number in (1, 2):
        plant.permit(1, 1, f"c-{number}")
    plant.close(1)
    plant.gone(1)
    plant.crash()
    plant.told.clear()
    named = {f"o-{number}": Untrusted("refund") for number in range(STATE_MAX)}
    plant.take(plant.core.reconcile([RunState(run_id(1), unknown=dict(named))], plant.now))
    assert "outcome.unknown" not in plant.kinds(1)
    del named["o-0"]
    plant.take(plant.core.reconcile([RunState(run_id(1), unknown=named)], plant.now))
    assert plant.kinds(1).count("outcome.unknown") == 1


def test_a_permit_belongs_to_one_gate() -> None:
    """Another gate's outcome for it closes that gate's connection and records nothing."""
    plant = running(2)
    permit = plant.permit(1, 1, "c-1")
    plant.outcome(2, 1, permit, "c-1")
    assert plant.hung == {2: "role"}
    assert plant.core.world.runs[run_id(1)].spent == {}


def test_a_run_that_was_not_opened_here_gets_no_permit() -> None:
    """A gate asks for its own runs only, and by the connection on which it opened them."""
    plant = running()
    plant.hello(2, 2)
    plant.ask(2, 1, "c-1")
    assert plant.last(2, "refused").code == "unknown_run"
    plant.outcome(2, 1, "p-" + "9" * 16, "c-1")
    assert plant.hung == {2: "role"}


def test_open_permits_of_one_run_have_an_end() -> None:
    """One more than the limit is refused, a repeated request is granted again, and an outcome makes room."""
    plant = running()
    first = plant.permit(1, 1, "c-0")
    for number in range(1, OPEN_MAX):
        plant.ask(1, 1, f"c-{number}")
    plant.ask(1, 1, "one-too-many")
    assert plant.last(1, "refused").code == "limit"
    assert len(plant.core.world.runs[run_id(1)].permits) == OPEN_MAX
    assert plant.permit(1, 1, "c-0") == first
    plant.outcome(1, 1, first, "c-0", "done")
    plant.permit(1, 1, "now-there-is-room")


def test_an_answer_that_is_repeated_raises_no_further_doubt() -> None:
    """However often a gate says that nothing is in flight, each permit is doubted once, and unknown once."""
    plant = running()
    plant.permit(1, 1, "c-1")
    plant.order(1, "kill", 1)
    for _ in range(50):
        plant.answer(1, 1, 1, flying("other"))
        plant.answer(1, 1, 1)
    assert len(plant.core._permits._doubts) == 1
    plant.wait(10.0)
    assert [fact.kind for _, fact in plant.disk].count("outcome.unknown") == 1


def test_nobody_says_how_a_strangers_call_ended() -> None:
    """An outcome of another run's permit ends the connection: what was unknown stays so, found out or not."""
    plant = running()
    permit = plant.permit(1, 1, "c-1")
    plant.outcome(1, 1, permit, "c-1", "unknown")
    making = plant.core.world.making
    for conn, marked in ((2, False), (3, True)):
        if marked:
            plant.take(
                plant.core.hand(
                    lambda: plant.core.unknowns.mark(9, permit, "failed", "ann", "looked"), plant.now
                )
            )
        plant.hello(conn, conn)
        plant.open(conn, conn)
        plant.outcome(conn, conn, permit, "c-9", "done")
        assert plant.hung[conn] == "role"
        assert (permit in making.unknowns, permit in making.reconciled) == (not marked, marked)
    plant.open(1, 4)
    plant.outcome(1, 4, permit, "c-9", "done")
    assert plant.hung[1] == "role"
    assert permit in making.reconciled


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("crash", [False, True])
def test_a_late_outcome_comes_from_the_gate_whose_call_it_was(*, marked: bool, crash: bool) -> None:
    """Another gate of the same run changes nothing about an unknown and is hung up on, found out or not."""
    plant = running(2)
    permit = plant.permit(1, 1, "c-1")
    plant.outcome(1, 1, permit, "c-1", "unknown")
    if marked:
        core = plant.core
        plant.take(core.hand(lambda: core.unknowns.mark(9, permit, "failed", "ann", "looked"), plant.now))
    if crash:
        plant.crash()
        for gate in (1, 2):
            plant.hello(gate, gate)
        plant.open(1, 1, again=True)
        plant.join(2, 1, again=True)
    plant.outcome(2, 1, permit, "c-1", "done")
    assert plant.hung == {2: "role"}
    assert plant.core.world.runs[run_id(1)].spent == {permit: "unknown"}
    assert (permit in plant.core.world.making.reconciled) is marked
    plant.outcome(1, 1, permit, "c-1", "done")
    assert plant.core.world.runs[run_id(1)].spent == {permit: "done"}


def test_outcomes_of_permits_that_nobody_was_given_have_an_end() -> None:
    """As many as a run could have open are taken, as after a restore; past that the gate is hung up on."""
    plant = running()
    for n in range(OPEN_MAX + 1):
        assert 1 not in plant.hung
        plant.outcome(1, 1, f"p-9{n:015x}", "c-1", "unknown")
    assert (plant.hung[1], len(plant.core.world.making.unknowns)) == ("limit", OPEN_MAX)
