"""K8 in full: a kill of the root reaches thirty runs in five processes, those that register after it included."""

import random
import time
from pathlib import Path

import pytest

from interlock.gameday.proof import read_effects
from tests.gameday.sandbox import Sandbox, sandbox, until
from tests.rig.people import crowd
from tests.rig.say import say

pytestmark = [pytest.mark.rig, pytest.mark.timeout(300)]

RUNS, PROCESSES = 30, 5


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_reaches_a_tree_that_still_grows(tmp_path: Path, seed: int) -> None:
    """Every run of the tree is killed and named in the receipts, and none has an effect after its confirmation."""
    rng = random.Random(seed)
    kill_at = rng.randint(RUNS // 3, RUNS - 5)
    say(f"seed {seed}: the kill comes after run {kill_at} of {RUNS}")
    with sandbox(tmp_path) as box, crowd(box, "tree", PROCESSES) as people:
        runs = [rng.choice(people).spawn("-")]
        until(lambda: box.effects(runs[0]), "an effect of the root")
        order = ""
        for number in range(1, RUNS):
            if number == kill_at:
                order = box.order("kill", runs[0])
            runs.append(rng.choice(people).spawn(_open_one(box, rng, runs)))
            time.sleep(rng.uniform(0.0, 0.1))
        time.sleep(1.0)
        known = [run for run in runs if box.hub.ask("GET", f"/v1/runs/{run}")[0] == 200]
        assert runs[0] in known
        say(f"the hub knows {len(known)} of {RUNS}; a run below a killed one may be refused")
        walls = {run: _confirmed(box, run, order) for run in known}
        named = {receipt["run"] for receipt in box.hub.get(f"/v1/orders/{order}")["receipts"]}
        assert named == set(known)
        assert {box.hub.get(f"/v1/runs/{run}")["run"]["stop"] for run in known} == {"confirmed"}
        time.sleep(1.0)
        effects = read_effects(box._effects)
        assert [e for e in effects if e["run"] not in walls or e["wall"] > walls[e["run"]]] == []


def _open_one(box: Sandbox, rng: random.Random, runs: list[str]) -> str:
    """Return a run of the tree that the hub knows already, for the next one to hang below."""
    parent = rng.choice(runs)
    until(lambda: box.hub.ask("GET", f"/v1/runs/{parent}")[0] == 200, f"the run {parent}")
    return parent


def _confirmed(box: Sandbox, run: str, order: str) -> float:
    """Return when the stop of a run was confirmed."""
    receipt = box.reach(run, order, "confirmed")
    return float(next(stage["at"] for stage in receipt["stages"] if stage["stage"] == "confirmed"))
