"""What a restart keeps, what it assumes, and what it takes over from gates and from the trace."""

from __future__ import annotations

import pytest

from interlock.orders import Kill, Pause, Resume
from interlock.runs import RunState
from interlock.text import Untrusted
from interlock.wire import Held
from tests.hub.core.control import control, folded
from tests.hub.core.plant import Plant, flying, order_id, run_id, running

pytestmark = pytest.mark.pure

VERBS = {"kill": Kill, "pause": Pause, "resume": Resume}


def held(verb: str, order: int, run: int) -> Held:
    """Return an order as a gate says that it obeys it."""
    given = VERBS[verb](
        order=order_id(order), runs=(run_id(run),), by=Untrusted("ada"), reason=Untrusted("why"), at=1.0
    )
    return Held(order=given, run=run_id(run))


def test_a_kill_that_only_the_gate_knows_is_adopted_and_recorded() -> None:
    """The hub died between the push and the commit; what the gate obeys becomes an order again."""
    plant = running(auto=False)
    plant.open(1, 2, parent=1)
    plant.commit_all()
    plant.order(1, "kill", 1)
    plant.crash()
    plant.auto = True
    assert plant.core.world.runs[run_id(1)].kill is None
    plant.hello(2, 1)
    plant.open(2, 1, again=True, held=(held("kill", 1, 1),))
    assert plant.last(2, "opened").state == "killed"
    recorded = next(stage for stage in plant.receipt(1, 1).stages if stage.stage == "recorded")
    assert "told by gate" in recorded.note
    assert plant.core.world.runs[run_id(2)].kill is not None
    plant.crash()
    assert plant.core.world.runs[run_id(1)].kill is not None


def test_nothing_but_the_taking_of_rights_is_adopted() -> None:
    """A resume that only a gate knows, and a pause that was resumed meanwhile, change nothing."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.close(1)
    plant.hello(2, 1)
    plant.open(2, 1, again=True, held=(held("resume", 7, 1),))
    assert plant.last(2, "opened").state == "paused"
    plant.close(2)
    plant.order(2, "resume", 1)
    plant.hello(3, 1)
    plant.open(3, 1, again=True, held=(held("pause", 1, 1),))
    assert plant.last(3, "opened").state == "running"


def test_every_unfinished_run_is_lost_until_its_gate_is_back() -> None:
    """After a restart nothing is shown as running that has not come back."""
    plant = running()
    plant.open(1, 2)
    plant.finished(2)
    plant.told.clear()
    plant.crash()
    assert plant.kinds(1) == ["run.lost"]
    assert plant.kinds(2) == []
    plant.hello(2, 1)
    plant.beat(2)
    assert plant.kinds(1) == ["run.lost"]
    plant.open(2, 1, again=True)
    assert plant.kinds(1)[-1] == "run.back"


def test_every_lease_counts_as_granted_at_the_restart() -> None:
    """A stop is presumed six seconds after the restart, whatever the dead hub had given."""
    plant = running()
    plant.order(1, "kill", 1)
    plant.time += 100
    plant.crash()
    plant.wait(5.9)
    assert "presumed" not in plant.stages(1, 1)
    plant.wait(0.1)
    assert plant.stages(1, 1)[-1] == "presumed"


def test_a_gate_that_has_forgotten_a_run_is_asked_and_leaves_it() -> None:
    """A leave that was lost with the hub does not keep a kill waiting for ever."""
    plant = running()
    plant.auto = False
    plant.leave(1, 1)
    plant.crash()
    plant.auto = True
    plant.order(1, "kill", 1)
    plant.hello(2, 1)
    plant.beat(2)
    assert plant.last(2, "order").runs == (run_id(1),)
    plant.leave(2, 1)
    assert plant.stages(1, 1)[-1] == "confirmed"


def test_the_record_gives_the_same_world_as_the_session_that_wrote_it() -> None:
    """Folding the facts again yields every order, answer, permit and outcome as they were live."""
    plant = running(2)
    plant.open(1, 2, parent=1)
    permit = plant.permit(1, 1, "c-1")
    plant.order(1, "pause", 1, key="k")
    plant.answer(1, 1, 1, flying("c-1", permit=permit))
    plant.outcome(1, 1, permit, "c-1")
    plant.order(2, "resume", 1)
    plant.order(3, "cancel", 2)
    plant.order(4, "kill", 1)
    plant.answer(1, 4, 1)
    plant.close(2)
    plant.gone(2)
    assert plant.stages(4, 1)[-1] == "confirmed"
    assert control(folded(plant.disk, plant.now)) == control(plant.core.world)


def state(run: int, **more: object) -> RunState:
    """Return a run as the trace has it."""
    return RunState.from_json({"run": run_id(run), "trace": f"{run:032x}"} | more)


def test_the_trace_is_told_what_only_the_record_has() -> None:
    """A confirmed kill whose events the trace lost is told again, and only what is missing."""
    plant = running()
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    plant.crash()
    for stop, missing in (
        ("", ["order.issued", "order.recorded", "stop.confirmed"]),
        ("recorded", ["stop.confirmed"]),
        ("confirmed", []),
    ):
        plant.told.clear()
        plant.take(plant.core.reconcile([state(1, stop=stop, order=order_id(1))], plant.now))
        assert plant.kinds(1) == missing


def test_a_kill_is_told_also_where_the_trace_has_no_such_run() -> None:
    """The hub died before the first event of a run was stored: what was ordered is all that is told of it."""
    plant = running()
    plant.open(1, 2)
    plant.order(1, "kill", 1)
    plant.answer(1, 1, 1)
    plant.crash()
    plant.told.clear()
    plant.take(plant.core.reconcile([], plant.now))
    assert plant.kinds(1) == ["order.issued", "order.recorded", "stop.confirmed"]
    assert plant.kinds(2) == []


def test_the_record_takes_from_the_trace_the_end_of_a_run_and_a_stop() -> None:
    """What only the trace has is not forgotten: an end, and a kill or pause that went out before the hub died."""
    plant = running()
    plant.open(1, 2)
    plant.open(1, 3)
    plant.crash()
    states = [
        state(1, phase="finished", claim="done"),
        state(2, stop="requested", order=order_id(5), by="ada"),
        state(3, hold="pausing", order=order_id(6), by="ada"),
        state(9),
    ]
    plant.take(plant.core.reconcile(states, plant.now))
    runs = plant.core.world.runs
    assert runs[run_id(1)].claim == "done"
    assert (runs[run_id(2)].kill is not None, runs[run_id(3)].pause is not None) == (True, True)
    assert plant.receipt(5, 2).by == Untrusted("ada")
    assert plant.kinds(9) == ["run.lost"]
    before = len(plant.disk)
    plant.take(plant.core.reconcile(states, plant.now))
    assert len(plant.disk) == before


@pytest.mark.parametrize(("verb", "seen"), [("kill", {"stop": "requested"}), ("pause", {"hold": "pausing"})])
def test_a_stop_that_only_the_trace_has_is_taken_over_for_each_of_its_runs(
    verb: str, seen: dict[str, str]
) -> None:
    """An order went out to many and the hub died before it was on disk: whoever heard of it is held by the record."""
    plant = running()
    for run in (2, 3, 4):
        plant.open(1, run, parent=3 if run == 4 else None)
    plant.crash()
    states = [state(run, order=order_id(5), by="ada", **seen) for run in (4, 3, 2)]
    plant.take(plant.core.reconcile(states, plant.now))
    held_by = {name: run.stop() for name, run in plant.core.world.runs.items()}
    assert {name: case and (case.order, case.verb) for name, case in held_by.items()} == {
        run_id(1): None,
        **{run_id(run): (order_id(5), verb) for run in (2, 3, 4)},
    }
    before = control(plant.core.world)
    plant.crash()
    assert control(plant.core.world)["runs"] == before["runs"]


def test_a_gate_name_belongs_to_one_process_that_can_be_gone_once() -> None:
    """A forked process cannot speak for its parent's gate, nor can a gate come back from its proven end."""
    plant = running()
    plant.hello(2, 1, pid=4242)
    assert plant.hung == {2: "role"}
    plant.close(1)
    plant.gone(1)
    plant.hello(3, 1)
    assert plant.hung == {2: "role", 3: "role"}


def test_a_gate_has_one_connection() -> None:
    """The newer connection counts, and the older one is closed."""
    plant = running()
    plant.hello(2, 1)
    assert plant.hung == {1: "superseded"}
    plant.open(2, 1, again=True)
    assert plant.last(2, "opened").state == "running"


def test_a_parent_nobody_knows_is_refused() -> None:
    """So are a run to join that nobody opened, and a run that another gate opened."""
    plant = Plant()
    plant.hello(1, 1)
    plant.open(1, 2, parent=1)
    assert plant.last(1, "refused").code == "unknown_parent"
    plant.join(1, 3)
    assert plant.last(1, "refused").code == "unknown_run"
    plant.open(1, 4)
    plant.hello(2, 2)
    plant.open(2, 4)
    assert plant.last(2, "refused").code == "policy"
    plant.finished(4)
    plant.join(2, 4)
    assert plant.last(2, "refused").code == "finished"


def test_a_run_without_heartbeats_is_lost_after_ten_seconds_and_back_with_one() -> None:
    """Lost and back follow the heartbeats of the gates that have the run open."""
    plant = running(2)
    plant.told.clear()
    for _ in range(15):
        plant.wait(1)
        plant.beat(2)
    assert plant.kinds(1) == []
    plant.close(2)
    plant.wait(9.9)
    assert plant.kinds(1) == []
    plant.wait(0.2)
    assert plant.kinds(1) == ["run.lost"]
    plant.beat(1)
    assert plant.kinds(1) == ["run.lost", "run.back"]


def test_a_hub_that_stood_still_calls_nobody_lost_at_once() -> None:
    """After a stall the heartbeats that wait unread get a moment to be read."""
    plant = running()
    plant.wait(1)
    plant.told.clear()
    plant.time += 60
    plant.take(plant.core.tick(plant.now))
    assert plant.kinds(1) == []
    plant.wait(3)
    assert plant.kinds(1) == ["run.lost"]
