"""The hub's own runs: only its own agent may be called so, and once they are over the core forgets them."""

from __future__ import annotations

import pytest

from interlock.hub.core.memory import OWN_KEPT
from interlock.reserved import CANARY
from tests.hub.core.plant import Plant, order_id, run_id, running

pytestmark = pytest.mark.pure


def _proof(plant: Plant, number: int) -> None:
    """Let the hub's own agent open a run, be killed and leave, as it does every minute."""
    plant.open(9, number, agent=CANARY, role=CANARY)
    plant.order(number, "pause", number)
    plant.answer(9, number, number)
    plant.order(5000 + number, "kill", number)
    plant.answer(9, 5000 + number, number)
    plant.finished(number, "killed")
    plant.leave(9, number)


def _proven(count: int) -> Plant:
    plant = running()
    plant.hello(9, 9, own=True)
    for number in range(100, 100 + count):
        _proof(plant, number)
        plant.wait(0.5)
    return plant


@pytest.mark.parametrize(
    ("agent", "role"), [(CANARY, "support"), ("refunds", CANARY), ("refunds", "interlock-x")]
)
def test_nobody_else_takes_a_name_of_the_hubs_own(agent: str, role: str) -> None:
    """An ordinary gate that gives its agent or role a reserved name is refused, and the run is not there."""
    plant = running()
    plant.open(1, 2, agent=agent, role=role)
    refused = plant.last(1, "refused")
    assert refused.code == "policy"
    assert "'interlock-'" in refused.problem
    assert run_id(2) not in plant.core.world.runs


@pytest.mark.parametrize("again", [False, True])
def test_nobody_else_gets_into_a_run_of_the_hubs_own(again: bool) -> None:
    """Neither joining it nor naming it again lets an ordinary gate into the run that no scope reaches."""
    plant = running()
    plant.hello(9, 9, own=True)
    plant.open(9, 2, agent=CANARY, role=CANARY)
    plant.join(1, 2)
    plant.open(1, 2, again=again)
    assert plant.count(1, "refused") == 2
    assert plant.count(1, "opened") == 1
    assert list(plant.core.world.runs[run_id(2)].members) == [f"g-{9:016x}"]


def test_the_hubs_own_agent_is_nobody_else() -> None:
    """The canary's token opens no run of another name and joins none: it is good for proofs and nothing else."""
    plant = running()
    plant.hello(9, 9, own=True)
    plant.open(9, 2)
    plant.join(9, 1)
    assert plant.count(9, "refused") == 2
    assert plant.count(9, "opened") == 0


def test_a_day_of_proofs_leaves_no_more_than_the_newest() -> None:
    """Of the hub's own runs the newest are kept, and everything about the older ones is gone from memory."""
    world = _proven(OWN_KEPT + 40).core.world
    assert len(world.own) == OWN_KEPT
    assert len(world.runs) == OWN_KEPT + 1
    assert len(world.orders) == len(world.given) == OWN_KEPT * 2
    assert list(world.live) == [run_id(1)]
    assert len(world.links[9].told) == OWN_KEPT
    assert not world.open_cases


def test_a_restart_forgets_the_same() -> None:
    """Reading the record of many proofs again leaves the newest runs, and the order of each still has its receipt."""
    plant = _proven(OWN_KEPT + 40)
    plant.crash()
    assert len(plant.core.world.own) == OWN_KEPT
    newest = 100 + OWN_KEPT + 39
    assert plant.stages(5000 + newest, newest)[-1] == "confirmed"
    assert order_id(5100) not in plant.core.world.orders


def test_a_run_that_something_may_still_happen_to_is_kept() -> None:
    """A kill that no gate has answered yet keeps its run, however many newer ones there are."""
    plant = running()
    plant.hello(9, 9, own=True)
    plant.open(9, 2, agent=CANARY, role=CANARY)
    plant.order(1, "kill", 2)
    for number in range(100, 100 + OWN_KEPT + 5):
        _proof(plant, number)
        plant.wait(0.5)
    assert run_id(2) in plant.core.world.runs
    plant.answer(9, 1, 2)
    plant.leave(9, 2)
    plant.wait(0.5)
    assert run_id(2) not in plant.core.world.runs
