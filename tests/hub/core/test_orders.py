"""Whom orders reach, what contradicts them, and how often one can be asked for."""

from __future__ import annotations

import pytest

from tests.hub.core.plant import Plant, order_id, run_id, running

pytestmark = pytest.mark.pure


def family() -> Plant:
    """Return a plant where run 1 has child 2, and run 2 has child 3, all at gate 1."""
    plant = running()
    plant.open(1, 2, parent=1)
    plant.open(1, 3, parent=2)
    return plant


def test_a_kill_reaches_every_descendant() -> None:
    """Children and theirs are killed by the same order, each with a receipt that names where it came from."""
    plant = family()
    request = plant.order(1, "kill", 1)
    command = plant.last(1, "order")
    assert set(command.runs) == {run_id(1), run_id(2), run_id(3)}
    assert plant.replies[request].receipts == tuple((order_id(1), run_id(run)) for run in (1, 2, 3))
    assert plant.receipt(1, 1).children == (run_id(2), run_id(3))
    assert plant.receipt(1, 3).inherited_from == run_id(1)


def test_a_child_that_registers_after_the_kill_is_killed() -> None:
    """Later and deeper: the newcomer is told killed with opened, and has a receipt of its own."""
    plant = family()
    plant.order(1, "kill", 1)
    plant.hello(2, 2)
    plant.open(2, 4, parent=3)
    opened = plant.last(2, "opened")
    assert (opened.state, opened.order.order) == ("killed", order_id(1))
    assert plant.receipt(1, 4).inherited_from == run_id(1)
    assert run_id(4) in plant.receipt(1, 1).children
    plant.answer(2, 1, 4)
    assert plant.stages(1, 4)[-1] == "confirmed"
    plant.crash()
    plant.hello(3, 3)
    plant.open(3, 5, parent=4)
    assert plant.last(3, "opened").state == "killed"


def test_a_child_of_an_ended_run_below_a_killed_one_is_killed_too() -> None:
    """An ended run in between does not cut the line of descent."""
    plant = family()
    plant.finished(2)
    plant.leave(1, 2)
    plant.order(1, "kill", 1)
    plant.open(1, 4, parent=2)
    assert plant.last(1, "opened").state == "killed"


def test_a_pause_is_inherited_and_goes_with_its_resume() -> None:
    """A child that registers in a pause is paused; the parent's resume lets it go on, and only it."""
    plant = family()
    plant.order(1, "pause", 3)
    plant.order(2, "pause", 1)
    plant.open(1, 4, parent=2)
    assert plant.last(1, "opened").state == "paused"
    plant.order(3, "resume", 1)
    paused = {name for name, run in plant.core.world.runs.items() if run.pause is not None}
    assert paused == {run_id(3)}


def test_a_child_that_registers_while_its_parents_resume_is_written_goes_on_with_it() -> None:
    """The resume reaches those that inherited the pause in the meantime."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.auto = False
    plant.order(2, "resume", 1)
    plant.open(1, 2, parent=1)
    plant.commit_all()
    assert plant.core.world.runs[run_id(2)].pause is None
    assert plant.receipt(2, 2).inherited_from == run_id(1)


def test_an_unknown_run_refuses_the_whole_order() -> None:
    """All runs of an order or none."""
    plant = running()
    request = plant.order(1, "kill", 1, 99)
    refusal = plant.replies[request].refusal
    assert refusal is not None
    assert refusal.code == "not_found"
    assert plant.core.world.runs[run_id(1)].kill is None
    assert plant.count(1, "order") == 0


def test_what_contradicts_the_state_is_a_conflict_with_a_way_out() -> None:
    """Resume of what is not paused, and anything but a kill at a killed run, is refused with a sentence."""
    plant = running()
    plant.open(1, 2)
    plant.order(1, "kill", 1)
    for number, (verb, run) in enumerate((("resume", 2), ("resume", 1), ("pause", 1), ("cancel", 1)), 2):
        refusal = plant.replies[plant.order(number, verb, run)].refusal
        assert refusal is not None
        assert refusal.code == "conflict"
        assert refusal.fix


def test_a_kill_of_a_run_that_ended_is_a_conflict_only_once_nothing_of_it_counts() -> None:
    """An end is the agent's claim: as long as a gate is a member, the kill still works."""
    plant = running()
    plant.finished(1)
    plant.order(1, "kill", 1)
    assert plant.last(1, "order").order.verb == "kill"
    plant.open(1, 2)
    plant.finished(2)
    plant.leave(1, 2)
    refusal = plant.replies[plant.order(2, "kill", 2)].refusal
    assert refusal is not None
    assert refusal.code == "conflict"
    assert "already ended" in refusal.problem


def test_a_second_kill_answers_with_the_first_receipt() -> None:
    """Pressing twice, or killing a fleet of which one is killed already, stops no other run from being killed."""
    plant = running()
    plant.open(1, 2)
    plant.order(1, "kill", 1)
    request = plant.order(2, "kill", 1, 2)
    assert set(plant.replies[request].receipts) == {(order_id(1), run_id(1)), (order_id(2), run_id(2))}
    written = [fact.body for _, fact in plant.disk if fact.order == order_id(2) and fact.kind == "order"]
    assert [body["again"] for body in written] == [{order_id(1): [run_id(1)]}]
    again = plant.order(3, "kill", 1)
    assert plant.replies[again].receipts == ((order_id(1), run_id(1)),)
    assert plant.replies[again].order == order_id(1)
    written = [fact.body for _, fact in plant.disk if fact.order == order_id(3) and fact.kind == "order"]
    assert [(body["runs"], body["again"]) for body in written] == [([], {order_id(1): [run_id(1)]})]


def test_one_key_is_one_order() -> None:
    """The same request under one key has one effect and one answer; another request under it is refused."""
    plant = running(auto=False)
    first = plant.order(1, "kill", 1, key="k")
    second = plant.order(2, "kill", 1, key="k")
    assert first not in plant.replies
    assert second not in plant.replies
    plant.commit_all()
    assert plant.replies[first].receipts == plant.replies[second].receipts
    plant.crash()
    third = plant.order(3, "kill", 1, key="k")
    assert plant.replies[third].receipts == plant.replies[first].receipts
    refusal = plant.replies[plant.order(4, "pause", 1, key="k")].refusal
    assert refusal is not None
    assert refusal.code == "conflict"
    assert len(plant.core.world.orders) == 1


@pytest.mark.parametrize("crash", [False, True])
def test_a_key_is_used_up_also_where_the_like_held_already(crash: bool) -> None:
    """A request that is repeated after the run was let go gives nothing anew, and the key is good for nothing else."""
    plant = running()
    plant.order(1, "pause", 1, key="a")
    first = plant.replies[plant.order(2, "pause", 1, key="b")]
    plant.order(3, "resume", 1)
    if crash:
        plant.crash()
    again = plant.replies[plant.order(4, "pause", 1, key="b")]
    assert plant.core.world.runs[run_id(1)].pause is None
    assert (
        (again.order, again.receipts)
        == (first.order, first.receipts)
        == (
            order_id(1),
            ((order_id(1), run_id(1)),),
        )
    )
    refusal = plant.replies[plant.order(5, "kill", 1, key="b")].refusal
    assert refusal is not None
    assert refusal.code == "conflict"


@pytest.mark.parametrize("commits", range(4))
def test_a_child_that_registers_while_a_resume_is_written_is_not_left_behind_by_a_crash(commits: int) -> None:
    """Whenever the hub dies, parent and child stand still together or go on together."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.auto = False
    plant.order(2, "resume", 1)
    plant.open(1, 2, parent=1)
    for _ in range(commits):
        if plant.queue:
            plant.commit()
    plant.crash()
    plant.auto = True
    plant.commit_all()
    assert len({run.pause is None for run in plant.core.world.runs.values()}) == 1


def test_a_cancel_ends_with_the_agents_own_claim() -> None:
    """Nothing is stopped by force: the stage is reached when the agent says that it ended."""
    plant = running()
    plant.order(1, "cancel", 1)
    plant.answer(1, 1, 1)
    assert plant.receipt(1, 1).waits_for == ("the agent has not ended by itself yet",)
    plant.finished(1, "cancelled")
    assert plant.stages(1, 1)[-1] == "ended"
    assert plant.receipt(1, 1).stages[-1].note == "the agent claims: cancelled"


def test_a_gate_of_many_runs_gets_frames_that_fit() -> None:
    """More runs than fit into one frame are named in several."""
    plant = running()
    for run in range(2, 1502):
        plant.open(1, run)
    plant.order(1, "kill", *range(1, 1502))
    frames = [frame for frame in plant.sent[1] if frame.kind == "order"]
    assert [len(frame.runs) for frame in frames] == [1000, 501]
