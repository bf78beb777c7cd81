"""D6 in full: a hub with a million events serves five seconds after kill -9, and 500 agents are back after ten."""

import pytest

from tests.bench.figures import restart
from tests.bench.ground import Ground
from tests.rig.say import say

pytestmark = [pytest.mark.rig, pytest.mark.timeout(1500)]


def test_a_hub_with_a_long_past_serves_soon_after_it_was_killed() -> None:
    """Three times over: from exec to an answer, and from there until every agent has its runs open again."""
    with Ground("long") as ground:
        figures = {figure.what: figure for figure in restart.measure(ground)}
    for figure in figures.values():
        say(f"{figure.what}: {figure.value:.2f} {figure.unit}  {figure.said}")
    assert figures["serving, 1,000,000 events"].value <= 5.0
    assert figures[f"{restart.AGENTS} agents back, all at once"].value <= 10.0
