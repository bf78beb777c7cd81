"""What ends a wait without a person (A5, D9, D10): time that no clock gives back, stops, another policy, a restore."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interlock.hub.core.effects import Fact
from interlock.hub.core.voids import USE_S
from interlock.runs import RunState
from interlock.wire import Drop
from tests.hub.core.office import Office, office
from tests.hub.core.plant import BOOT, run_id

pytestmark = pytest.mark.pure


def back(made: Office) -> None:
    """Let the gate connect again after a restart, and open its run."""
    made.hello(2, 1)
    made.open(2, 1, again=True)
    made.beat(2)


def test_time_runs_out_and_that_is_no_approval() -> None:
    """It is a verdict of its own: the gate is told so, and nobody can decide it any more."""
    made = office()
    known = made.waits()
    made.wait(599)
    assert known.state == "waiting"
    made.wait(2)
    assert (known.state, known.cause, made.last(1, "refused").code) == ("timed_out", "timeout", "timed_out")
    refusal = made.approve("ann", known)
    assert (refusal and refusal.code) == "expired"
    made.comes(known)
    assert made.permits() == []


def test_time_runs_out_between_two_ticks_too() -> None:
    """A decision looks at the clock itself: no tick has to come first."""
    made = office()
    known = made.waits()
    made.time += 601
    refusal = made.approve("ann", known)
    assert (refusal and refusal.code, known.state) == ("expired", "timed_out")


@pytest.mark.parametrize("step", [-315_360_000.0, -86_400.0, -3600.0, 3600.0, 86_400.0, 315_360_000.0])
def test_steps_of_wall_time_change_nothing(step: float) -> None:
    """By an hour, a day or ten years, either way, live and over a restart: what was left is what is left."""
    made = office()
    known = made.waits()
    made.wait(100)
    made.wall = step
    made.wait(100)
    assert known.left_at(made.time) == 400
    made.crash(after=50)
    known = made.again(known)
    assert (known.state, known.left_at(made.time)) == ("waiting", 350)
    made.wall = -step
    made.wait(349)
    assert made.again(known).state == "waiting"
    made.wait(2)
    assert made.again(known).state == "timed_out"
    made.wall = -2 * abs(step)
    made.wait(1)
    refusal = made.approve("ann", known)
    assert (refusal and refusal.code) == "expired"


def test_a_restart_of_the_machine_voids_what_waited() -> None:
    """No clock of another boot knows how long it waited; what stood still has lost none of its time."""
    made = office()
    first = made.waits()
    made.boot = "another-boot/4026531836"
    made.crash()
    assert (made.again(first).state, made.pending) == ("void", {})
    made = office()
    made.order(1, "pause", 1)
    made.order(2, "resume", 1)
    held = made.waits()
    made.order(3, "pause", 1)
    made.wait(5)
    made.boot = "another-boot/4026531836"
    made.crash()
    held = made.again(held)
    assert (held.state, held.held) == ("waiting", True)
    assert 594 <= held.left_at(made.time) <= 600


def test_time_stands_still_while_the_run_is_paused() -> None:
    """However long, and over a restart; it goes on from there. Decided it may be meanwhile; it runs after."""
    made = office()
    known = made.waits()
    made.wait(100)
    made.order(1, "pause", 1)
    made.wait(5000)
    assert (known.state, known.held) == ("waiting", True)
    made.crash(after=5000)
    known = made.again(known)
    left = known.left_at(made.time)
    assert 498 <= left <= 500
    back(made)
    assert made.approve("ann", known) is None
    made.comes(known, conn=2)
    assert made.permits() == []
    made.wait(1000)
    made.order(2, "resume", 1)
    assert made.last(2, "granted").permit == made.permits()[0]


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("ends", ["kill", "finished", "left", "gone", "drop", "policy", "epoch"])
def test_what_must_not_run_any_more_is_void(ends: str, approved: bool) -> None:
    """A kill, the end, a gate that is gone, a caller that went away, another policy, a restore; approved or not."""
    made = office()
    known = made.waits()
    if approved:
        made.approve("ann", known)
    _end(made, ends)
    made.wait(1)
    known = made.again(known)
    assert known.state == "void"
    assert known.outcome == ("too_late" if approved else "")
    refusal = made.approve("bob", known)
    assert (refusal and refusal.code) == ("killed" if ends == "kill" else "void")
    assert made.pending == {}
    made.comes(known, conn=next(iter(made.core.world.links), 1))
    assert made.permits() == []


def _end(made: Office, how: str) -> None:
    if how == "kill":
        made.order(1, "kill", 1)
    elif how == "finished":
        made.finished(1)
    elif how == "left":
        made.leave(1, 1)
    elif how == "gone":
        made.close(1)
        made.gone(1)
    elif how == "drop":
        made.drops("c-1")
    elif how == "policy":
        made.law.name = "d2" * 32
    else:
        made.disk.append((made.now.wall, Fact("epoch", {"epoch": 1_800_000_000, "by": "ann"})))
        made.crash()


def test_an_agents_own_words_are_quoted_and_say_nothing_of_orders() -> None:
    """Why a caller went away is the agent's word: one line in quotes, whatever it looks like, and no kill."""
    made = office()
    known = made.waits()
    made.frame(1, Drop(run=known.run, req=known.req, why="x\nthe run was killed by order 'o-1'"))
    assert known.reason == """whoever wanted the call went away: "x\\nthe run was killed by order 'o-1'\""""
    refusal = made.approve("ann", known)
    assert refusal is not None
    assert refusal.code == "void"


def test_an_approval_is_void_when_the_gate_does_not_come_for_it() -> None:
    """After a minute that stands still with the run as well, it is too late."""
    made = office()
    known = made.waits()
    made.approve("ann", known)
    made.wait(USE_S - 2)
    made.order(1, "pause", 1)
    made.wait(1000)
    made.order(2, "resume", 1)
    made.wait(1)
    assert known.state == "approved"
    made.wait(3)
    assert (known.state, known.outcome, known.decided_by) == ("void", "too_late", "ann")


def test_after_another_policy_the_gate_asks_anew() -> None:
    """The same call under a new request is a new escalation, judged by what holds now."""
    made = office()
    known = made.waits()
    made.law.name = "d2" * 32
    made.wait(1)
    assert made.last(1, "refused").code == "void"
    made.wants("c-1", req="anew")
    fresh = made.newest()
    assert (fresh.name != known.name, fresh.policy, fresh.state) == (True, "d2" * 32, "waiting")


def test_a_gate_that_lets_go_because_of_another_policy_is_not_taken_for_a_caller_that_went_away() -> None:
    """Whoever had the card open is told of the policy and what comes next, whichever of the two was faster."""
    made = office()
    known = made.waits()
    made.law.name = "d2" * 32
    made.drops("c-1")
    assert (known.state, known.cause) == ("void", "policy")
    assert "the policy changed since it was asked" in known.reason
    assert "asks again where a person decides" in known.reason


def test_a_policy_that_says_no_at_the_last_moment_wins() -> None:
    """What is approved is judged once more before it runs, and so are the approvers' roles."""
    made = office()
    known = made.waits()
    made.approve("ann", known)
    made.law.denies = 50.0
    made.comes(known)
    assert (made.permits(), known.state, made.last(1, "refused").code) == ([], "void", "void")
    made = office()
    known = made.waits()
    made.approve("ann", known)
    made.hand(lambda request: made.core.access.put(request, "ann", "viewer", "root", ""))
    made.comes(known)
    assert (made.permits(), known.state) == ([], "void")
    assert "may not approve" in made.last(1, "refused").problem


def test_a_restart_keeps_what_waits_and_the_gate_finds_it() -> None:
    """Under any request of the same call; approved over a restart it is approved; votes are there still."""
    made = office(needs=2)
    known = made.waits()
    made.approve("ann", known)
    made.crash()
    back(made)
    made.wants("c-1", conn=2, req="another")
    assert made.last(2, "waiting").escalation == known.name
    known = made.again(known)
    assert [vote.operator for vote in known.votes] == ["ann"]
    made.approve("bob", known)
    made.crash()
    back(made)
    known = made.again(known)
    made.wants("c-1", conn=2, req="a-third")
    assert made.last(2, "approved").req == "a-third"
    made.comes(known, conn=2)
    assert made.last(2, "granted").permit == made.permits()[0]


def test_exact_bytes_that_were_lost_or_changed_void_what_waits() -> None:
    """What is not what was shown runs for nobody."""
    for change in ({}, {"amount": 1.0}):
        made = office()
        known = made.waits()
        made.pending = dict.fromkeys(made.pending, '{"amount":1.0}') if change else {}
        made.crash()
        assert made.again(known).state == "void"


def test_a_trace_that_missed_a_decision_is_told() -> None:
    """The hub died between record and trace: the run's state says afterwards what the record says."""
    made = office()
    known = made.waits()
    made.reject("ann", known)
    made.crash()
    made.told.clear()
    stale = replace(_state(), waiting=[known.name], waiting_for=known.name)
    made.take(made.core.reconcile([stale], made.now))
    assert [event.verdict for _, event in made.told if event.kind == "escalation.decided"] == ["rejected"]
    made = office()
    known = made.waits()
    made.crash()
    made.told.clear()
    made.take(made.core.reconcile([_state()], made.now))
    assert [event.escalation for _, event in made.told if event.kind == "escalation.opened"] == [known.name]
    assert made.boot == BOOT


def _state() -> RunState:
    return RunState(run_id(1), trace=f"{1:032x}")
