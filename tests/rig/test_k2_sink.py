"""K2 in full: at random moments, with agents that stand still and go on, the ledger has nothing after confirmed."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.gameday.proof import read_effects
from tests.gameday.sandbox import Sandbox, sandbox, until
from tests.rig.people import People, crowd
from tests.rig.say import say

pytestmark = [pytest.mark.rig, pytest.mark.timeout(900)]

ROUNDS = 60
SEED = 2


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    """A hub and a ledger."""
    with sandbox(tmp_path) as found:
        yield found


def test_nothing_happens_after_sixty_confirmations(box: Sandbox) -> None:
    """Whenever the kill comes, and wherever the agent is frozen, run and child do nothing past the confirmation."""
    rng = random.Random(SEED)
    done: list[tuple[str, str, float]] = []
    with crowd(box, "pair", 1) as (agent,):
        for number in range(ROUNDS):
            root, child = _next_pair(agent)
            _wrote(box, root)
            _wrote(box, child)
            time.sleep(rng.uniform(0.0, 0.25))
            frozen = number % 3 == 0
            before, after = rng.uniform(0.0, 0.01), rng.uniform(0.05, 0.6)
            say(f"seed {SEED} round {number}: frozen {frozen} {before:.4f} s before, {after:.3f} s after")
            if frozen:
                agent.freeze()
                time.sleep(before)
            order = box.order("kill", root)
            if frozen:
                time.sleep(after)
                assert "confirmed" not in box.stages(root, order)
                agent.thaw()
            for run in (root, child):
                receipt = box.reach(run, order, "confirmed")
                at = next(stage["at"] for stage in receipt["stages"] if stage["stage"] == "confirmed")
                done.append((run, order, at))
    effects = read_effects(box._effects)
    late = [
        (run, order, effect)
        for run, order, at in done
        for effect in effects
        if effect["run"] == run and effect["wall"] > at
    ]
    say(f"{len(effects)} effects of {len(done)} runs")
    assert late == []
    assert len({effect["permit"] for effect in effects}) == len(effects)


def _wrote(box: Sandbox, run: str) -> None:
    """Wait for an effect of this run."""
    until(lambda: box.effects(run), f"an effect of {run}")


def _next_pair(agent: People) -> tuple[str, str]:
    """Return the next root and its child, which the agent told in any order."""
    lines = [agent.line(), agent.line()]
    child, root = next((run, parent) for run, parent in lines if parent != "-")
    return root, child
