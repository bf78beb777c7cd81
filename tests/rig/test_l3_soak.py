"""L3, K2 and A1 over a long night: forty agents, an operator who does anything, and a hub that dies again and again."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from interlock.gameday.proof import read_effects, reconcile
from interlock.gameday.scenes import source
from tests.gameday.sandbox import Sandbox, sandbox, until
from tests.rig.crew import Crew
from tests.rig.night import Death, Operator
from tests.rig.say import say

pytestmark = [pytest.mark.rig, pytest.mark.timeout(1200)]

Json = dict[str, Any]

AGENTS, SECONDS, DEATH_SECONDS, SEED = 40, 120.0, 40.0, 1
LIMIT = 384 * 1024 * 1024
"""Resident bytes of a hub with so many agents: they are few, and what they did lies on disk."""


def stood(entries: Sequence[Json]) -> dict[str, list[tuple[float, float]]]:
    """Return from when to when each run stood still for sure: from confirmed for ever, from drained to a resume."""
    found: dict[str, list[tuple[float, float]]] = {}
    drained: dict[str, float] = {}
    for entry in entries:
        kind, body = entry["kind"], entry["body"]
        if kind == "stage" and body["stage"] == "confirmed":
            for run in body["runs"]:
                found.setdefault(run, []).append((body["at"], float("inf")))
        elif kind == "stage" and body["stage"] == "drained":
            drained |= {run: body["at"] for run in body["runs"] if run not in drained}
        elif kind == "order" and body["verb"] == "resume":
            for run in {entry["run"], *body.get("runs", ())} & drained.keys():
                found.setdefault(run, []).append((drained.pop(run), entry["at"]))
    for run, since in drained.items():
        found.setdefault(run, []).append((since, float("inf")))
    return found


def moved(entries: Sequence[Json], effects: Sequence[Json]) -> list[Json]:
    """Return the effects of runs that stood still then."""
    still = stood(entries)
    return [
        effect
        for effect in effects
        if any(since < effect["wall"] < end for since, end in still.get(effect["run"], ()))
    ]


def test_a_run_that_moves_while_it_stands_still_is_found() -> None:
    """After confirmed, and between drained and resumed, an effect is one too many; before and after it is not."""
    order = {"kind": "order", "run": "r-1", "at": 30.0, "body": {"verb": "resume"}}
    drained = {"kind": "stage", "run": "r-1", "body": {"stage": "drained", "at": 20.0, "runs": ["r-1"]}}
    confirmed = {"kind": "stage", "run": "", "body": {"stage": "confirmed", "at": 40.0, "runs": ["r-1"]}}
    again = order | {"at": 42.0}
    effects = [{"run": "r-1", "wall": wall} for wall in (10.0, 25.0, 35.0, 45.0)]
    assert [each["wall"] for each in moved([drained, order, confirmed, again], effects)] == [25.0, 45.0]


def test_whatever_people_and_faults_do_all_night_the_ledger_agrees_with_the_record(tmp_path: Path) -> None:
    """No effect without a permit, none twice, none in shadow, none while its run stood still; each has its end."""
    rng = random.Random(SEED)
    with sandbox(tmp_path) as box:
        operator = Operator(box.hub, SEED)
        assert operator.asks(
            "push", "POST", "/v1/policy", {"source": source(), "reason": "a soak", "stage": None}
        )
        with Crew(box, AGENTS) as crew:
            death = Death(box.hub, DEATH_SECONDS, SEED)
            ends = time.monotonic() + SECONDS
            while time.monotonic() < ends:
                operator.act()
                if rng.random() < 0.01:
                    crew.replace(rng.randrange(AGENTS))
                time.sleep(rng.uniform(0.0, 0.3))
            death.end()
            _stopped(box, operator)
        entries, effects = _settled(box)
    say(f"{death.deaths} deaths, at most {death.most / 2**20:.0f} MiB; {dict(sorted(operator.said.items()))}")
    say(f"{len(effects)} effects, {dict(Counter(entry['kind'] for entry in entries))}")
    assert reconcile(entries, effects) == []
    assert moved(entries, effects) == []
    trainees = {e["run"] for e in entries if e["kind"] == "run" and e["body"]["role"] == "returns-trainee"}
    assert trainees
    assert not trainees & {effect["run"] for effect in effects}
    assert death.most < LIMIT
    assert death.deaths
    assert len(effects) > AGENTS


def _stopped(box: Sandbox, operator: Operator) -> None:
    """Kill everybody, for ever, and wait until that is complete."""
    body = {"verb": "kill", "scope": {"fleet": True}, "reason": "the end of the night"}
    order = operator.asks("kill", "POST", "/v1/orders", body)["order"]
    until(lambda: box.hub.get(f"/v1/orders/{order}/summary")["complete"], "the end of everybody")


def _settled(box: Sandbox) -> tuple[list[Json], list[Json]]:
    """Return the record and the ledger's effects once they agree, or once they had all the time for it."""
    found: tuple[list[Json], list[Json]] = ([], [])

    def agree() -> bool:
        nonlocal found
        found = (box.audit(), read_effects(box.folder / "ledger" / "effects.jsonl"))
        return not reconcile(*found)

    try:
        until(agree, "an agreement")
    except AssertionError as error:
        say(str(error))
    assert box.hub.get("/v1/audit/verify")["ok"]
    return found
