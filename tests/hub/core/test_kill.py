"""A kill: pushed before it is recorded, answered after, confirmed by every gate, final."""

from __future__ import annotations

from math import inf

import pytest

from interlock.hub.core.effects import Append, Deliver, Moved, Pushed, Reply, Tell
from interlock.wire import Command
from tests.hub.core.plant import BOOT, Plant, flying, order_id, run_id, running

pytestmark = pytest.mark.pure


def test_a_kill_is_on_the_wire_before_it_is_on_its_way_to_the_disk() -> None:
    """Every connected gate's frame comes before the append, and the operator's answer after the commit."""
    plant = running(2, auto=False)
    plant.log.clear()
    request = plant.order(1, "kill", 1)
    first = plant.log[0]
    assert isinstance(first, Deliver)
    assert first.to == ((1, (run_id(1),)), (2, (run_id(1),)))
    assert all(isinstance(plant.last(conn, "order"), Command) for conn in (1, 2))
    assert any(isinstance(effect, Append) for effect in plant.log[1:])
    assert request not in plant.replies
    assert plant.receipt(1, 1).unrecorded
    plant.commit_all()
    assert plant.replies[request] == Reply(request, receipts=((order_id(1), run_id(1)),), order=order_id(1))
    assert not plant.receipt(1, 1).unrecorded


def test_the_frames_of_a_kill_wait_for_nothing() -> None:
    """A kill comes out as its frames and the question to be told when they are written; the rest follows."""
    plant = running(2)
    effects = plant.core.order(9, plant.asked(1, "kill", 1), plant.now)
    assert [type(effect) for effect in effects] == [Deliver, Pushed]
    plant.time += 0.25
    rest = plant.core.pushed(order_id(1), plant.now)
    assert [type(effect) for effect in rest] == [Tell, Moved, Append]
    pushed = plant.core.world.orders[order_id(1)][run_id(1)].stages["pushed"]
    assert (pushed.ms, pushed.note) == (250.0, "to 2 of 2 gates")


def test_whatever_comes_between_the_frames_of_a_kill_and_the_rest_of_it_finds_the_run_killed() -> None:
    """No permit is given and no resume taken by an input that overtakes ``pushed``, and nothing is lost by it."""
    plant = running(2)
    permit = plant.permit(1, 1, "c-before")
    plant.order(7, "pause", 1)
    kill = plant.core.order(8, plant.asked(8, "kill", 1), plant.now)
    resume = plant.core.order(9, plant.asked(9, "resume", 1), plant.now)
    plant.take([effect for effect in (*kill, *resume) if not isinstance(effect, Pushed)])
    refusal = plant.replies[9].refusal
    assert refusal is not None
    assert "was killed" in refusal.problem
    plant.ask(1, 1, "c-after")
    assert plant.last(1, "refused").code == "killed"
    plant.close(2)
    plant.take(plant.core.pushed(order_id(8), plant.now))
    assert plant.stages(8, 1)[:3] == ["requested", "pushed", "recorded"]
    assert plant.replies[8].receipts == ((order_id(8), run_id(1)),)
    assert [name for name, _ in plant.granted] == [permit]


def test_a_kill_answered_to_the_operator_outlives_the_hub() -> None:
    """Whenever the hub crashes after it answered, the run is killed afterwards."""
    for commits in range(4):
        plant = running(auto=False)
        request = plant.order(1, "kill", 1)
        for _ in range(commits):
            if plant.queue:
                plant.commit()
        promised = request in plant.replies
        plant.crash()
        assert (plant.core.world.runs[run_id(1)].kill is not None) or not promised
        assert promised == (commits > 0)


def test_a_kill_is_confirmed_once_its_gate_says_that_nothing_is_in_flight() -> None:
    """Recorded, acknowledged, then confirmed with the call's end, and the receipt waits for nothing then."""
    plant = running()
    plant.order(1, "kill", 1)
    assert plant.stages(1, 1) == ["requested", "pushed", "recorded"]
    plant.answer(1, 1, 1, flying("c-1"))
    assert plant.stages(1, 1)[-1] == "acknowledged"
    assert "1 call in flight: refund (write)" in plant.receipt(1, 1).waits_for[0]
    plant.wait(60)
    assert "confirmed" not in plant.stages(1, 1)
    plant.answer(1, 1, 1)
    receipt = plant.receipt(1, 1)
    assert receipt.stages[-1].stage == "confirmed"
    assert receipt.waits_for == ()
    assert [entry.call for entry in receipt.in_flight_at_stop] == ["c-1"]
    assert plant.kinds(1).count("stop.confirmed") == 1


def test_a_second_gate_that_has_not_answered_keeps_the_run_unconfirmed() -> None:
    """Each gate that joined counts, connected or not, until it answered or its process is gone."""
    plant = running(2)
    plant.close(2)
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    plant.wait(30)
    assert plant.stages(1, 1) == ["requested", "pushed", "recorded", "presumed"]
    waits = plant.receipt(1, 1).waits_for
    assert len(waits) == 1
    assert "process 102" in waits[0]
    assert "not connected" in waits[0]
    plant.hello(12, 2)
    plant.join(12, 1, again=True)
    opened = plant.last(12, "opened")
    assert (opened.state, opened.order.order) == ("killed", order_id(1))
    plant.answer(12, 1, 1)
    assert plant.stages(1, 1)[-1] == "confirmed"


def test_a_gate_that_joins_before_the_confirmation_has_to_answer_too() -> None:
    """A gate that comes after the kill gets it with opened, and is waited for."""
    plant = running()
    plant.order(1, "kill", 1)
    plant.hello(2, 2)
    plant.join(2, 1)
    plant.answer(1, 1, 1)
    assert "confirmed" not in plant.stages(1, 1)
    plant.answer(2, 1, 1)
    assert plant.stages(1, 1)[-1] == "confirmed"


def test_a_gate_that_joins_a_run_that_stands_still_cannot_start_anything() -> None:
    """After the confirmation a newcomer is told killed, and gets no permit."""
    plant = running()
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    plant.hello(2, 2)
    plant.join(2, 1)
    assert plant.last(2, "opened").state == "killed"
    plant.ask(2, 1, "c-9")
    refused = plant.last(2, "refused")
    assert (refused.code, refused.order.order) == ("killed", order_id(1))


def test_answers_are_shown_while_the_disk_takes_nothing() -> None:
    """With a disk that hangs the receipt says unrecorded and acknowledged, and nothing is confirmed."""
    plant = running(auto=False)
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    plant.wait(30)
    receipt = plant.receipt(1, 1)
    assert receipt.unrecorded
    assert [stage.stage for stage in receipt.stages] == ["requested", "pushed", "acknowledged"]
    assert receipt.waits_for == ("the order is not on disk yet",)
    plant.commit_all()
    assert plant.stages(1, 1)[-1] == "confirmed"


def test_confirmed_is_shown_once_it_is_on_disk() -> None:
    """A stage a person leans back on is in no receipt and no trace before its commit."""
    plant = running()
    plant.order(1, "kill", 1)
    plant.auto = False
    plant.answer(1, 1, 1)
    assert "confirmed" not in plant.stages(1, 1)
    assert "stop.confirmed" not in plant.kinds(1)
    assert plant.receipt(1, 1).waits_for == ("'confirmed' is being written to disk",)
    plant.commit_all()
    assert plant.stages(1, 1)[-1] == "confirmed"


def test_presumed_waits_for_the_last_lease_and_permit_and_the_margin() -> None:
    """The clock of the last lease decides, to the tick: five seconds and one of margin."""
    plant = running(2)
    plant.time += 3
    plant.beat(2)
    plant.close(2)
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    plant.wait(5.9)
    assert "presumed" not in plant.stages(1, 1)
    plant.wait(0.1)
    presumed = next(stage for stage in plant.receipt(1, 1).stages if stage.stage == "presumed")
    assert "nothing new can start" in presumed.note
    assert "1 of 2 gates" in presumed.note


def test_the_core_says_to_the_moment_when_a_run_may_be_presumed_stopped() -> None:
    """A tick at that moment presumes, at six seconds after the last lease, and one before it does not."""
    plant = running()
    assert plant.core.due == inf
    plant.beat(1)
    plant.order(1, "kill", 1)
    assert plant.core.due == plant.time + 6
    plant.time = plant.core.due - 0.001
    plant.take(plant.core.tick(plant.now))
    assert "presumed" not in plant.stages(1, 1)
    plant.time = plant.core.due
    plant.take(plant.core.tick(plant.now))
    assert plant.receipt(1, 1).stages[-1].ms == 6000.0
    assert plant.core.due == inf


def test_a_permit_that_runs_longer_than_the_lease_moves_presumed() -> None:
    """A permit given last decides when no lease is later."""
    plant = running()
    plant.time += 10
    plant.permit(1, 1, "c-1")
    plant.close(1)
    plant.order(1, "kill", 1)
    plant.wait(2.9)
    assert "presumed" not in plant.stages(1, 1)
    plant.wait(0.1)
    assert "presumed" in plant.stages(1, 1)


def test_no_lease_reaches_a_gate_ahead_of_a_kill() -> None:
    """A gate that comes back and beats before it opens its run is told of the kill first."""
    plant = running()
    plant.close(1)
    plant.order(1, "kill", 1)
    plant.hello(2, 1)
    plant.beat(2)
    assert [frame.kind for frame in plant.sent[2]] == ["order", "lease"]
    plant.beat(2)
    assert [frame.kind for frame in plant.sent[2]] == ["order", "lease", "lease"]


def test_a_dead_process_confirms_and_its_calls_are_unknown() -> None:
    """A gate of this host whose process is gone counts no more; what it had permits for is unknown."""
    plant = running()
    permit = plant.permit(1, 1, "c-1")
    plant.close(1)
    plant.order(1, "kill", 1)
    plant.wait(1)
    assert set(plant.checks) == {"g-" + "1".rjust(16, "0")}
    assert "c-1" not in plant.receipt(1, 1).waits_for[0]
    assert "permits without an outcome: refund" in plant.receipt(1, 1).waits_for[0]
    plant.gone(1)
    receipt = plant.receipt(1, 1)
    assert receipt.stages[-1].stage == "confirmed"
    assert [(late.permit, late.outcome) for late in receipt.late] == [(permit, "unknown")]
    assert receipt.gates[0].gone
    assert {"gate.left", "outcome.unknown"} <= set(plant.kinds(1))


@pytest.mark.parametrize("boot", ["", "boot-of-another-host/4026531836", BOOT[:-1] + "9"])
def test_a_process_of_another_host_or_namespace_is_never_looked_up(boot: str) -> None:
    """A pid means nothing outside of its own boot and pid namespace, so nothing is concluded from it."""
    plant = Plant()
    plant.hello(1, 1, boot=boot)
    plant.open(1, 1)
    plant.close(1)
    plant.order(1, "kill", 1)
    plant.wait(30)
    assert plant.checks == []
    assert plant.stages(1, 1)[-1] == "presumed"


def test_a_closed_socket_proves_nothing() -> None:
    """A gate that disconnects is waited for, and one whose process is looked for but connected counts."""
    plant = running()
    plant.order(1, "kill", 1)
    plant.close(1)
    plant.wait(2)
    assert "confirmed" not in plant.stages(1, 1)
    plant.hello(2, 1)
    plant.gone(1)
    assert "confirmed" not in plant.stages(1, 1)


def test_a_gate_that_left_is_not_waited_for() -> None:
    """A run whose only gate left it for good stands still with the kill itself."""
    plant = running()
    plant.leave(1, 1)
    plant.order(1, "kill", 1)
    assert plant.stages(1, 1) == ["requested", "recorded", "acknowledged", "confirmed"]
    assert "no gate of the run is left" in plant.receipt(1, 1).stages[-1].note


def test_a_thousand_runs_are_one_frame_for_each_connection_and_one_append() -> None:
    """An order names all runs of a gate in one frame, and is in the record as a whole or not at all."""
    plant = Plant()
    for gate in (1, 2):
        plant.hello(gate, gate)
        for run in range(500):
            plant.open(gate, gate * 1000 + run)
    plant.auto = False
    runs = [gate * 1000 + run for gate in (1, 2) for run in range(500)]
    plant.order(1, "kill", *runs)
    assert [plant.count(gate, "order") for gate in (1, 2)] == [1, 1]
    assert len(plant.last(1, "order").runs) == 500
    written = [fact.body for fact in plant.queue[0].facts if fact.kind == "order"]
    assert [len(body["runs"]) for body in written] == [1000]
