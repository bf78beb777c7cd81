"""Orders by scope: whom they reach, and that they hold for every run that registers later."""

from __future__ import annotations

import pytest

from interlock.hub.core.scope import Scope
from interlock.hub.core.summary import standing, summary
from tests.hub.core.plant import Plant, order_id, run_id

pytestmark = pytest.mark.pure

FLEET, SUPPORT = Scope("fleet"), Scope("role", "support")


def company() -> Plant:
    """Return a plant: 1 and 2 of role support, 3 of role billing with child 4 of role helper, all at gate 1."""
    plant = Plant()
    plant.hello(1, 1)
    plant.open(1, 1)
    plant.open(1, 2, agent="letters")
    plant.open(1, 3, agent="books", role="billing")
    plant.open(1, 4, agent="helper", role="helper", parent=3)
    plant.beat(1)
    return plant


def state(plant: Plant, run: int) -> str:
    """Return what holds for a run."""
    known = plant.core.world.runs[run_id(run)]
    return "killed" if known.kill else "paused" if known.pause else "running"


def held(plant: Plant, *runs: int) -> list[str]:
    """Return what holds for each of these runs."""
    return [state(plant, run) for run in runs]


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        (FLEET, {1, 2, 3, 4}),
        (SUPPORT, {1, 2}),
        (Scope("agent", "books"), {3, 4}),
        (Scope("role", "helper"), {4}),
        (Scope("role", "Support"), set[int]()),
        (Scope("agent", "support"), set[int]()),
    ],
)
def test_a_scope_reaches_its_runs_and_their_descendants(scope: Scope, reached: set[int]) -> None:
    """Names are compared exactly; a child of another role comes with its parent, and its receipt says so."""
    plant = company()
    request = plant.order(1, "kill", scope=scope)
    assert {run for run in (1, 2, 3, 4) if state(plant, run) == "killed"} == reached
    assert plant.replies[request].order == order_id(1)
    found = summary(plant.core.world, order_id(1))
    assert found is not None
    assert (found["targets"], found["standing"]) == (len(reached), True)
    below = {receipt.run for receipt in plant.core.receipts_of(order=order_id(1)) if receipt.inherited_from}
    assert below == ({run_id(4)} if scope.name == "books" else set[str]())


def test_a_run_that_registers_later_is_killed_at_birth() -> None:
    """With opened, before anything of it starts; the record says by which order, and when it registered."""
    plant = company()
    plant.order(1, "kill", scope=SUPPORT)
    plant.time += 3600
    plant.hello(2, 2)
    plant.open(2, 5)
    opened = plant.last(2, "opened")
    assert (opened.state, opened.order.order, opened.order.by.raw) == ("killed", order_id(1), "ada")
    plant.open(2, 6, role="billing")
    assert plant.last(2, "opened").state == "running"
    written = [fact for _, fact in plant.disk if fact.kind == "order" and fact.run == run_id(5)]
    assert [(fact.order, fact.body["since"]) for fact in written] == [(order_id(1), plant.now.wall)]
    plant.answer(2, 1, 5)
    receipt = plant.receipt(1, 5)
    assert receipt.stages[-1].stage == "confirmed"
    assert receipt.stages[-1].ms == 0.0
    assert receipt.stages[0].note == "it stood when the run registered"
    found = summary(plant.core.world, order_id(1))
    assert found is not None
    assert (found["named"], found["children"], found["later"]) == (2, 0, 1)


@pytest.mark.parametrize("commits", range(4))
def test_a_run_that_registers_while_the_order_is_written_is_held(commits: int) -> None:
    """Whatever has reached the disk, and over a crash at that moment too once the operator was answered."""
    plant = company()
    plant.auto = False
    request = plant.order(1, "kill", scope=FLEET)
    for _ in range(commits):
        if plant.queue:
            plant.commit()
    plant.hello(2, 2)
    plant.open(2, 5)
    assert state(plant, 5) == "killed"
    answered = request in plant.replies
    plant.crash()
    plant.auto = True
    plant.hello(3, 3)
    plant.open(3, 6)
    assert not answered or state(plant, 6) == "killed"
    plant.auto = False


def test_a_run_that_registers_between_the_frames_of_a_kill_and_the_rest_is_held() -> None:
    """Nothing is decided that does not know of the order."""
    plant = company()
    effects = plant.core.order(99, plant.asked(1, "kill", scope=FLEET), plant.now)
    plant.open(1, 5)
    assert state(plant, 5) == "killed"
    plant.take(effects)


def test_a_standing_order_outlives_the_hub() -> None:
    """The record is the truth: after a restart the order stands, with the same targets, and holds for new runs."""
    plant = company()
    plant.order(1, "pause", scope=SUPPORT)
    before = standing(plant.core.world)
    plant.crash()
    assert standing(plant.core.world) == before
    assert before[0]["targets"] == 2
    plant.hello(2, 2)
    plant.open(2, 5)
    assert plant.last(2, "opened").state == "paused"


def test_of_two_standing_orders_the_stronger_holds() -> None:
    """A run that registers under a pause and a kill is killed, whichever came first."""
    plant = company()
    plant.order(1, "pause", scope=FLEET)
    plant.order(2, "kill", scope=SUPPORT)
    plant.order(3, "pause", scope=SUPPORT)
    plant.open(1, 5)
    plant.open(1, 6, role="billing")
    assert held(plant, 5, 6) == ["killed", "paused"]
    assert plant.core.world.runs[run_id(5)].orders == [order_id(2)]


def test_a_child_of_a_run_of_the_scope_is_held_however_long_its_parent_is_over() -> None:
    """An ended ancestor of the scope hands the order down, at the time of the order and later."""
    plant = company()
    plant.finished(3)
    plant.leave(1, 3)
    plant.order(1, "kill", scope=Scope("role", "billing"))
    plant.open(1, 5, role="helper", parent=4)
    plant.open(1, 6, role="helper", parent=3)
    assert held(plant, 4, 5, 6) == ["killed"] * 3
    assert plant.receipt(1, 6).inherited_from == run_id(3)


def test_a_scope_that_nobody_matches_stands_all_the_same() -> None:
    """It has no targets, is recorded and answered, and the first run of that role is held."""
    plant = company()
    request = plant.order(1, "pause", scope=Scope("role", "nobody"), key="k")
    assert plant.replies[request].receipts == ()
    found = summary(plant.core.world, order_id(1))
    assert found is not None
    assert (found["targets"], found["complete"], found["unrecorded"]) == (0, True, False)
    again = plant.order(2, "pause", scope=Scope("role", "nobody"), key="k")
    assert plant.replies[again].order == order_id(1)
    plant.open(1, 5, role="nobody")
    assert state(plant, 5) == "paused"


def test_ended_and_killed_runs_are_no_targets_of_a_pause() -> None:
    """A scope is never refused because of them: they are not meant."""
    plant = company()
    plant.order(1, "kill", 1)
    plant.finished(2)
    plant.leave(1, 2)
    request = plant.order(2, "pause", scope=FLEET)
    assert {run for _, run in plant.replies[request].receipts} == {run_id(3), run_id(4)}


def test_a_second_kill_counts_those_that_are_killed_already() -> None:
    """They are targets with the receipt they have, and nothing is written for them again."""
    plant = company()
    plant.order(1, "kill", 1)
    request = plant.order(2, "kill", scope=SUPPORT)
    assert plant.replies[request].receipts == ((order_id(1), run_id(1)), (order_id(2), run_id(2)))
    plant.crash()
    found = summary(plant.core.world, order_id(2))
    assert found is not None
    assert (found["targets"], found["named"]) == (2, 2)


def test_a_run_resumed_by_name_goes_on_under_a_standing_pause() -> None:
    """Its receipt says that the order stands; what registers later is paused, and a child of the run is not."""
    plant = company()
    plant.order(1, "pause", scope=Scope("role", "billing"))
    plant.order(2, "resume", 3)
    assert held(plant, 3, 4) == ["running", "running"]
    noted = next(stage.note for stage in plant.receipt(2, 3).stages if stage.stage == "recorded")
    assert repr(order_id(1)) in noted
    plant.open(1, 5, role="billing")
    plant.open(1, 6, role="helper", parent=3)
    assert held(plant, 5, 6) == ["paused", "running"]
    plant.crash()
    assert held(plant, 3, 5, 6) == ["running", "paused", "running"]


def test_a_resume_by_scope_lets_go_and_lifts_nothing() -> None:
    """It reaches what is paused and no more, and the standing pause holds for the next run all the same."""
    plant = company()
    plant.order(1, "pause", scope=FLEET)
    plant.order(2, "kill", 2)
    request = plant.order(3, "resume", scope=FLEET)
    assert held(plant, 1, 2, 3, 4) == ["running", "killed", "running", "running"]
    assert {run for _, run in plant.replies[request].receipts} == {run_id(1), run_id(3), run_id(4)}
    assert [each["order"] for each in standing(plant.core.world)] == [order_id(1)]
    plant.open(1, 5)
    assert state(plant, 5) == "paused"


def test_a_partial_order_says_whom_it_left_out() -> None:
    """The rest goes on; without partial nobody is reached; where all are refused the order is recorded for nobody."""
    plant = company()
    plant.order(1, "kill", 1)
    assert plant.replies[plant.order(2, "pause", 1, 2)].refusal is not None
    assert state(plant, 2) == "running"
    request = plant.order(3, "pause", 1, 2, 99, partial=True, key="k")
    assert {run: why.code for run, why in plant.replies[request].refused} == {
        run_id(1): "conflict",
        run_id(99): "not_found",
    }
    assert held(plant, 1, 2) == ["killed", "paused"]
    again = plant.order(4, "pause", 1, 2, 99, partial=True, key="k")
    assert [run for run, _ in plant.replies[again].refused] == [run_id(1), run_id(99)]
    nobody = plant.order(5, "resume", 1, partial=True)
    assert (plant.replies[nobody].order, plant.replies[nobody].receipts) == (order_id(5), ())


def test_the_hubs_own_runs_are_in_no_scope() -> None:
    """A fleet kill does not end the proof of the brake."""
    plant = company()
    plant.hello(2, 2, own=True)
    plant.open(2, 5, agent="interlock-canary", role="interlock-canary")
    plant.order(1, "kill", scope=FLEET)
    plant.open(2, 6, agent="interlock-canary", role="interlock-canary")
    assert held(plant, 1, 5, 6) == ["killed", "running", "running"]


def test_no_gate_can_make_an_order_stand() -> None:
    """What a gate says it obeys holds for its run alone: an agent cannot stop a fleet."""
    plant = company()
    plant.auto = False
    plant.order(1, "kill", scope=FLEET)
    order = plant.last(1, "order").order
    plant.crash()
    plant.auto = True
    plant.hello(2, 1)
    plant.open(2, 1, again=True, held=[{"order": order.model_dump(), "run": run_id(1)}])
    plant.open(2, 5)
    assert held(plant, 1, 5) == ["killed", "running"]
    assert standing(plant.core.world) == []
