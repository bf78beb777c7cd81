"""The hub and agents die without warning: what was ordered holds, and what may have happened is said to be unknown."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gameday.sandbox import Sandbox, sandbox, until

ACT_SECONDS = 0.5
"""How long an agent may use what the hub had sent it last."""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    """A hub and a ledger for one test."""
    with sandbox(tmp_path) as found:
        yield found


def test_a_recorded_kill_outlives_the_hub(box: Sandbox) -> None:
    """With the hub gone right after it said recorded, the run is killed after the restart, and does nothing more."""
    agent = box.actor("loop")
    until(lambda: len(box.effects(agent.run)) >= 2, "two effects")
    order = box.order("kill", agent.run)
    box.hub.kill()
    box.hub.start()
    assert "recorded" in box.stages(agent.run, order)
    receipt = box.reach(agent.run, order, "confirmed")
    at = next(stage["at"] for stage in receipt["stages"] if stage["stage"] == "confirmed")
    assert all(effect["wall"] <= at for effect in box.effects(agent.run))
    status, answer = box.hub.ask(
        "POST", "/v1/orders", {"verb": "resume", "runs": [agent.run], "reason": "no"}
    )
    assert (status, answer["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "place",
    [
        "before append@20",
        pytest.param("after append@20", marks=pytest.mark.rig),
        pytest.param("before append@41", marks=pytest.mark.rig),
        pytest.param("before grant@12", marks=pytest.mark.rig),
    ],
)
def test_every_effect_has_its_intent_on_disk(tmp_path: Path, place: str) -> None:
    """Wherever on a permit's way the hub dies, the record holds the permit of every effect that the ledger saw."""
    with sandbox(tmp_path, INTERLOCK_FAILPOINT=place) as box:
        agent = box.actor("loop")
        run = agent.run
        assert box.hub.wait() == -signal.SIGKILL
        time.sleep(ACT_SECONDS)
        agent.end()
        effects = box.effects(run)
        assert effects
        box.hub.environ.clear()
        box.hub.start()
        permits = [entry["body"]["permit"] for entry in box.audit() if entry["kind"] == "permit"]
        assert {effect["permit"] for effect in effects} <= set(permits)
        assert len({effect["permit"] for effect in effects}) == len(effects)


def test_what_a_crash_leaves_behind_is_unknown_and_not_repeated(box: Sandbox) -> None:
    """Gate and hub die around an effect: it is listed as unknown, never as done or failed, and happens once."""
    box.till.slow("A-1015", acts_after=0.0, answers_after=60.0)
    agent = box.actor("once", "A-1015")
    effect = until(lambda: box.effects(agent.run), "the effect")[0]
    box.hub.kill()
    agent.end()
    box.hub.start()
    run = until(
        lambda: (state := box.hub.get(f"/v1/runs/{agent.run}")["run"])["unknown"] and state,
        "the outcome that is not known",
    )
    assert list(run["unknown"].values()) == ["refund"]
    told = [entry for entry in box.audit() if entry["body"].get("permit") == effect["permit"]]
    assert [(entry["kind"], entry["body"].get("outcome")) for entry in told] == [
        ("permit", None),
        ("outcome.unknown", "unknown"),
    ]
    assert box.effects(agent.run) == [effect]
