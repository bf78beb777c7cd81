"""Random lives of a hub and its agents, and a very long one."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from interlock.hub.core.links import DEPTH_MAX, MEMBERS_MAX
from tests.hub.core.machine import Life
from tests.hub.core.plant import run_id, running


@pytest.mark.pure
def test_a_short_random_life_breaks_no_promise() -> None:
    """Whatever is cut, late, dead or crashed: stops hold, confirmed means still, the record makes the same world."""
    run_state_machine_as_test(Life, settings=settings(max_examples=8, stateful_step_count=40, deadline=None))


@pytest.mark.rig
@pytest.mark.timeout(900)
def test_a_long_random_life_breaks_no_promise() -> None:
    """The same over hundreds of longer lives."""
    run_state_machine_as_test(
        Life, settings=settings(max_examples=600, stateful_step_count=80, deadline=None)
    )


@pytest.mark.pure
def test_gates_of_one_run_have_an_end() -> None:
    """One more than the limit is refused, and a gate that was in before comes back all the same."""
    plant = running()
    for number in range(2, MEMBERS_MAX + 1):
        plant.hello(2, number)
        plant.join(2, 1)
        plant.close(2)
    plant.hello(3, MEMBERS_MAX + 1)
    plant.join(3, 1)
    assert plant.last(3, "refused").code == "limit"
    assert len(plant.core.world.runs[run_id(1)].members) == MEMBERS_MAX
    plant.hello(4, 2)
    plant.join(4, 1, again=True)
    assert plant.last(4, "opened").run == run_id(1)


@pytest.mark.pure
def test_generations_of_runs_have_an_end() -> None:
    """An order looks at the ancestors of each run: a line of children without end would keep it from the others."""
    plant = running()
    for run in range(2, DEPTH_MAX + 2):
        plant.open(1, run, parent=run - 1)
    assert plant.last(1, "opened").run == run_id(DEPTH_MAX + 1)
    plant.open(1, DEPTH_MAX + 2, parent=DEPTH_MAX + 1)
    refused = plant.last(1, "refused")
    assert (refused.code, run_id(DEPTH_MAX + 2) in plant.core.world.runs) == ("limit", False)
    plant.open(1, DEPTH_MAX + 3)
    assert plant.last(1, "opened").run == run_id(DEPTH_MAX + 3)
