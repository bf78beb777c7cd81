"""Waves on a real hub with real agents: some stand still, the brake stops the waves, and every target has a word."""

from __future__ import annotations

import time
from typing import Any

from interlock_console.bulk import DONE, FAILED, NOT_SENT, SIZES, Bulk
from interlock_console.client import Hub
from interlock_console.desk import Desk
from interlock_console.state import Fleet
from interlock_console.station import Station
from tests.console.crew import Crew, crew
from tests.support.hubs import GUARD, HubProcess, running_hub

Json = dict[str, Any]

STILL = 12
"""Runs of the agent that stands still: more than a fifth of the second wave."""
LEFT = 5


def _begin(team: Crew, count: int) -> list[str]:
    return [team.begin("refunds", "clerk") for _ in range(count)]


def _paused(hub: HubProcess, runs: list[str]) -> None:
    """Pause all of them, and wait until every gate has said so."""
    body = {"verb": "pause", "runs": runs, "reason": "look"}
    order = hub.ask("POST", "/v1/orders", body)[1]["order"]
    told = hub.get(f"/v1/orders/{order}?wait=acknowledged&timeout=50")["summary"]
    assert told["stages"]["acknowledged"] == len(runs)


def _waited(bulk: Bulk) -> None:
    deadline = time.monotonic() + GUARD
    while not bulk.ended:
        assert time.monotonic() < deadline, bulk.said
        time.sleep(0.02)


def _verbs(hub: HubProcess, run: str) -> set[str]:
    return {str(receipt["verb"]) for receipt in hub.get(f"/v1/runs/{run}")["receipts"]}


def test_agents_that_stand_still_stop_a_resume_in_waves() -> None:
    """The first waves go, those of the agent that stands still fail, the rest is not sent and is paused at the hub."""
    with running_hub() as hub, crew(hub) as fast, crew(hub) as stuck:
        first, second = SIZES[:2]
        going = _begin(fast, first + second - STILL)
        still, left = _begin(stuck, STILL), _begin(fast, LEFT)
        middle = first + (second - STILL) // 2
        targets = [*going[:middle], *still, *going[middle:], *left]
        _paused(hub, targets)
        stuck.freeze()
        desk = Desk(Hub(hub.url, hub.operator_token, "a test", who="ann"))
        bulk = Bulk(Station(Fleet(), desk, user="ann"), "resume", targets)
        bulk.start()
        _waited(bulk)
        desk.close()
        told = bulk.told()
        words = {run: word for run, (word, _) in told.items()}
        assert {run for run, word in words.items() if word == DONE} == set(going)
        assert {run for run, word in words.items() if word == FAILED} == set(still)
        assert {run for run, word in words.items() if word == NOT_SENT} == set(left)
        assert all(why for word, why in told.values() if word != DONE)
        assert f"the error brake: {STILL} of {second} failed" in bulk.said
        assert len(bulk.orders) == 2
        assert all(_verbs(hub, run) == {"pause"} for run in left)
        assert all(hub.get(f"/v1/runs/{run}")["run"]["hold"] for run in left)
        assert not any(hub.get(f"/v1/runs/{run}")["run"]["hold"] for run in going)
        assert all(_verbs(hub, run) == {"pause", "resume"} for run in still)
