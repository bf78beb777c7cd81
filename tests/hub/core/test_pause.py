"""A pause: held requests, drained, over restarts, and a resume that is written before it acts."""

from __future__ import annotations

import pytest

from interlock.hub.core.effects import Append, Deliver, Send
from tests.hub.core.plant import flying, order_id, run_id, running

pytestmark = pytest.mark.pure


def test_a_paused_run_is_drained_once_nothing_is_in_flight() -> None:
    """Drained is to a pause what confirmed is to a kill."""
    plant = running(2)
    plant.order(1, "pause", 1)
    plant.answer(1, 1, 1)
    plant.answer(2, 1, 1, flying("c-1"))
    assert plant.stages(1, 1)[-1] == "acknowledged"
    plant.answer(2, 1, 1)
    assert plant.stages(1, 1)[-1] == "drained"
    assert plant.kinds(1)[-1] == "drained"


def test_a_permit_asked_for_in_a_pause_waits_for_its_end() -> None:
    """No answer while paused; granted after the resume is on disk, refused after a kill."""
    for verb, kind in (("resume", "granted"), ("kill", "refused")):
        plant = running()
        plant.order(1, "pause", 1)
        plant.ask(1, 1, "c-1")
        plant.wait(30)
        assert plant.count(1, "granted") + plant.count(1, "refused") == 0
        plant.order(2, verb, 1)
        assert plant.last(1, kind).req == "ask-c-1"


def test_a_resume_is_on_disk_before_a_gate_hears_of_it() -> None:
    """Giving rights commits first: no frame, no answer and no permit before."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.ask(1, 1, "c-1")
    plant.auto = False
    plant.log.clear()
    request = plant.order(2, "resume", 1)
    assert not any(isinstance(effect, Send | Deliver) for effect in plant.log)
    assert request not in plant.replies
    assert plant.core.world.runs[run_id(1)].pause is not None
    plant.commit_all()
    kinds = [type(effect) for effect in plant.log if isinstance(effect, Append | Send | Deliver)]
    assert kinds[:3] == [Append, Append, Deliver]
    assert plant.last(1, "order").order.verb == "resume"
    assert plant.last(1, "granted").req == "ask-c-1"
    assert request in plant.replies
    plant.answer(1, 2, 1)
    assert plant.stages(2, 1) == ["requested", "recorded", "pushed", "acknowledged"]


def test_a_paused_run_is_paused_after_a_restart() -> None:
    """The pause holds over a crash, also for the gate that comes back, until somebody resumes it."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.answer(1, 1, 1)
    plant.crash()
    plant.hello(2, 1)
    plant.open(2, 1, again=True)
    opened = plant.last(2, "opened")
    assert (opened.state, opened.order.order) == ("paused", order_id(1))
    plant.ask(2, 1, "c-1")
    plant.wait(30)
    assert plant.count(2, "granted") == 0
    assert plant.stages(1, 1)[-1] == "drained"
    plant.order(2, "resume", 1)
    assert plant.count(2, "granted") == 1


def test_a_resume_that_was_not_written_did_not_happen() -> None:
    """A hub that dies before the commit of a resume starts again with the run paused."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.auto = False
    plant.order(2, "resume", 1)
    plant.crash()
    assert plant.core.world.runs[run_id(1)].pause is not None


def test_a_pause_or_kill_overtakes_a_resume_on_its_way_to_the_disk() -> None:
    """What was ordered later holds, and the resume's receipt says that it was overtaken."""
    for verb in ("pause", "kill"):
        plant = running()
        plant.order(1, "pause", 1)
        plant.auto = False
        plant.order(2, "resume", 1)
        plant.order(3, verb, 1)
        plant.commit_all()
        run = plant.core.world.runs[run_id(1)]
        held = run.stop()
        assert held is not None
        assert held.order == order_id(3)
        assert plant.last(1, "order").order.verb == verb
        assert plant.receipt(2, 1).waits_for == (
            f"nothing more is expected: superseded by the {verb} {order_id(3)}",
        )


def test_a_gate_that_missed_the_resume_learns_it_when_it_comes_back() -> None:
    """Opened without anything that holds counts as the answer to the resume."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.close(1)
    plant.order(2, "resume", 1)
    assert plant.stages(2, 1) == ["requested", "recorded"]
    plant.hello(2, 1)
    plant.open(2, 1, again=True)
    assert plant.last(2, "opened").state == "running"
    assert plant.stages(2, 1)[-1] == "acknowledged"
    assert plant.receipt(2, 1).waits_for == ()
