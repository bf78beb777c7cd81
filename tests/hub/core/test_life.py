"""Random lives of a hub and its agents."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.hub.core.machine import Life


@pytest.mark.pure
def test_a_short_random_life_breaks_no_promise() -> None:
    """Whatever is cut, late, dead or crashed: stops hold, confirmed means still, the record makes the same world."""
    run_state_machine_as_test(Life, settings=settings(max_examples=15, stateful_step_count=40, deadline=None))


@pytest.mark.rig
@pytest.mark.timeout(900)
def test_a_long_random_life_breaks_no_promise() -> None:
    """The same over hundreds of longer lives."""
    run_state_machine_as_test(
        Life, settings=settings(max_examples=600, stateful_step_count=80, deadline=None)
    )
