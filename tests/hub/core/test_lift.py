"""Lifting a standing order: proof, the disk first, and exactly what that order alone holds goes on."""

from __future__ import annotations

import pytest

from interlock.hub.core.scope import Scope
from interlock.hub.core.summary import standing, summary
from tests.hub.core.plant import Plant, order_id, run_id
from tests.hub.core.test_scopes import FLEET, SUPPORT, company, held

pytestmark = pytest.mark.pure


def lifted(plant: Plant, order: int, resume: int = 90, **more: str) -> tuple[str, set[str]]:
    """Lift an order; return the code of the refusal or nothing, and the runs that go on."""
    reply = plant.replies[plant.lift(order, resume, **more)]
    return (reply.refusal.code if reply.refusal else "", {run for _, run in reply.receipts})


def test_a_lift_needs_the_end_of_the_orders_id() -> None:
    """With another proof nothing is lifted, and nothing is said to be."""
    plant = company()
    plant.order(1, "pause", scope=FLEET)
    for proof in ("", "0002", order_id(1), "O001"):
        assert lifted(plant, 1, proof=proof) == ("proof", set())
    assert held(plant, 1, 2) == ["paused", "paused"]
    assert lifted(plant, 1, proof="0001")[0] == ""


def test_what_does_not_stand_is_not_lifted() -> None:
    """An order nobody gave, one by name, a resume, and one that was lifted: each has its sentence."""
    plant = company()
    plant.order(1, "pause", 1)
    plant.order(2, "pause", scope=SUPPORT)
    plant.order(3, "resume", scope=SUPPORT)
    assert [lifted(plant, order)[0] for order in (77, 1, 3)] == ["not_found", "conflict", "conflict"]
    assert lifted(plant, 2)[0] == ""
    assert lifted(plant, 2, 91)[0] == "conflict"


def test_a_lifted_kill_leaves_killed_runs_killed() -> None:
    """Only new ones may start, also after a restart."""
    plant = company()
    plant.order(1, "kill", scope=SUPPORT)
    plant.open(1, 5)
    assert lifted(plant, 1) == ("", set())
    plant.open(1, 6)
    assert held(plant, 1, 2, 5, 6) == ["killed", "killed", "killed", "running"]
    plant.crash()
    plant.hello(2, 2)
    plant.open(2, 7)
    assert held(plant, 1, 5, 6, 7) == ["killed", "killed", "running", "running"]
    found = summary(plant.core.world, order_id(1))
    assert found is not None
    assert (found["standing"], found["lifted"]["by"], found["lifted"]["order"]) == (False, "bob", None)


def test_a_lifted_pause_lets_go_what_it_alone_holds() -> None:
    """Paused by name stays, and so does what another standing pause or a paused ancestor holds."""
    plant = company()
    plant.open(1, 5)
    plant.order(1, "pause", scope=FLEET)
    plant.order(2, "pause", scope=Scope("agent", "letters"))
    plant.order(3, "pause", 1)
    plant.open(1, 6)
    assert lifted(plant, 1) == ("", {run_id(run) for run in (3, 4, 5, 6)})
    assert held(plant, 1, 2, 3, 4, 5, 6) == ["paused", "paused", "running", "running", "running", "running"]
    assert plant.core.world.runs[run_id(2)].stop() is plant.core.world.orders[order_id(2)][run_id(2)]
    assert {run_id(run) for run in (3, 4, 5, 6)} <= set(plant.last(1, "order").runs)
    assert lifted(plant, 2, 91) == ("", {run_id(2)})
    plant.crash()
    assert held(plant, 1, 2, 3) == ["paused", "running", "running"]


def test_a_child_goes_over_to_the_pause_of_its_parent() -> None:
    """Lifting the one leaves it below the other, and it goes on with its parent."""
    plant = company()
    plant.order(1, "pause", 3)
    plant.order(2, "pause", scope=Scope("role", "helper"))
    assert plant.core.world.runs[run_id(4)].orders[-1] == order_id(2)
    assert lifted(plant, 2) == ("", set())
    assert held(plant, 3, 4) == ["paused", "paused"]
    plant.order(3, "resume", 3)
    assert held(plant, 3, 4) == ["running", "running"]


def test_nothing_goes_on_before_the_lift_is_on_disk() -> None:
    """No frame goes out, what registers meanwhile is held, and goes on with the others once it is written."""
    plant = company()
    plant.order(1, "pause", scope=FLEET)
    plant.auto = False
    orders = plant.count(1, "order")
    request = plant.lift(1, 90)
    plant.open(1, 5)
    assert plant.count(1, "order") == orders
    assert held(plant, 1, 5) == ["paused", "paused"]
    assert request not in plant.replies
    plant.commit()
    assert plant.last(1, "order").order.verb == "resume"
    plant.commit_all()
    assert held(plant, 1, 5) == ["running", "running"]
    assert {run for _, run in plant.replies[request].receipts} >= {run_id(1)}


@pytest.mark.parametrize("commits", range(5))
def test_a_lift_happens_as_a_whole_or_not_at_all(commits: int) -> None:
    """Whenever the hub dies: the order stands and holds everybody, or it is lifted and nobody is left under it."""
    plant = company()
    plant.order(1, "pause", scope=FLEET)
    plant.auto = False
    request = plant.lift(1, 90)
    plant.open(1, 5)
    for _ in range(commits):
        if plant.queue:
            plant.commit()
    answered = request in plant.replies
    plant.crash()
    plant.auto = True
    plant.commit_all()
    runs = [run for run in (1, 2, 3, 4, 5) if run_id(run) in plant.core.world.runs]
    stands = bool(standing(plant.core.world))
    assert held(plant, *runs) == ["paused" if stands else "running"] * len(runs)
    assert not (answered and stands)
    assert commits == 0 or not stands


def test_a_pause_that_comes_while_a_lift_is_written_holds() -> None:
    """By name or by scope: what takes rights away wins, and a restart agrees."""
    plant = company()
    plant.order(1, "pause", scope=FLEET)
    plant.auto = False
    plant.lift(1, 90)
    plant.order(2, "pause", 1)
    plant.order(3, "pause", scope=Scope("agent", "letters"))
    plant.commit_all()
    assert held(plant, 1, 2, 3) == ["paused", "paused", "running"]
    plant.crash()
    assert held(plant, 1, 2, 3) == ["paused", "paused", "running"]


def test_one_key_is_one_lift() -> None:
    """A repeated request is answered like the first, over a restart too; the key is good for nothing else."""
    plant = company()
    plant.order(1, "pause", scope=SUPPORT)
    first = lifted(plant, 1, key="k")
    assert first == ("", {run_id(1), run_id(2)})
    plant.crash()
    assert lifted(plant, 1, 91, key="k") == first
    refused = plant.replies[plant.order(2, "pause", 1, key="k")].refusal
    assert refused is not None
    assert refused.code == "conflict"


def test_a_standing_order_given_again_before_its_lift_takes_hold_stays() -> None:
    """What the hub does where the lift cannot be written: afterwards everything is held as it was."""
    plant = company()
    plant.order(1, "pause", scope=SUPPORT)
    plant.order(2, "resume", 1)
    plant.auto = False
    plant.lift(1, 90)
    plant.take(plant.core.stand_again(500, order_id(1), order_id(91), "no room", plant.now))
    plant.commit_all()
    assert held(plant, 1, 2) == ["running", "paused"]
    assert [each["order"] for each in standing(plant.core.world)] == [order_id(91)]
    plant.open(1, 5)
    plant.crash()
    assert held(plant, 1, 2) == ["running", "paused"]


def test_an_agent_cannot_bring_back_a_pause_that_was_lifted() -> None:
    """A gate that missed the lift says that it obeys the pause, and is told to go on."""
    plant = company()
    plant.order(1, "pause", scope=SUPPORT)
    order = plant.last(1, "order").order
    plant.close(1)
    assert lifted(plant, 1)[0] == ""
    plant.hello(2, 1)
    plant.open(2, 1, again=True, held=[{"order": order.model_dump(), "run": run_id(1)}])
    assert plant.last(2, "opened").state == "running"
    plant.open(2, 8, again=True, held=[{"order": order.model_dump(), "run": run_id(8)}])
    assert plant.last(2, "opened").state == "running"


def test_a_pause_that_takes_over_again_is_drained_anew() -> None:
    """A run that stood under it before gets it again, answers again, and its view in the trace is drained again."""
    plant = company()
    plant.order(1, "pause", scope=Scope("role", "billing"))
    plant.answer(1, 1, 4)
    plant.order(2, "pause", scope=Scope("role", "helper"))
    plant.answer(1, 2, 4)
    assert lifted(plant, 2) == ("", set())
    assert plant.last(1, "order").order.order == order_id(1)
    assert "drained" not in plant.stages(1, 4)
    plant.answer(1, 1, 4)
    assert plant.stages(1, 4)[-1] == "drained"
    assert plant.kinds(4).count("drained") == 3
    plant.crash()
    assert plant.receipt(1, 4).inherited_from == run_id(3)
    assert held(plant, 4) == ["paused"]
