"""The demo without a terminal, as lines: a fixed incident and decisions, or scenarios; 0 if all of it was true."""

import json
import sys
import time
from argparse import Namespace

from interlock.gameday.cast import house, replay, staff
from interlock.gameday.decisions import Decisions, agreed, counted
from interlock.gameday.incident import Incident
from interlock.gameday.scenes import SCENARIOS, play
from interlock.gameday.stage import Stage
from interlock.gameday.teller import Teller

__all__ = ["plain"]

SECONDS = 120.0
"""The incident and the decisions end long before, or not at all."""
WATCH_SECONDS = 30.0
"""How long single scenarios are watched."""
PACE = 0.3
"""The scenarios' own pace where nobody watches them."""


def plain(stage: Stage, given: Namespace) -> int:
    """Play and print; return the exit code."""
    out = sys.stderr if given.json else sys.stdout
    print("demo: starting a ledger, a hub and the agents, each a process of its own", file=out, flush=True)
    hub, till = house(stage, given.agents)
    seconds = given.seconds if given.seconds is not None else WATCH_SECONDS if given.scenario else SECONDS
    with Teller(stage, hub, seconds, out) as teller:
        if given.replay:
            replay(stage, hub, given.replay, given.replay_runs)
        if given.scenario:
            play(stage, hub, till, given.scenario)
            problems, summary = _watched(teller)
        else:
            staff(stage, given.agents, hub, till)
            play(stage, hub, till, [scenario.name for scenario in SCENARIOS], PACE)
            incident, decisions = Incident(teller), Decisions(teller)
            problems = incident.play() + decisions.play()
            summary = incident.summary | {"decisions": decisions.summary}
        teller.hush()
    _ended(teller, problems)
    if given.json:
        print(json.dumps(summary | {"ok": not problems, "problems": problems}), flush=True)
    print(f"demo: {'done' if not problems else 'the demo failed, see above'}", file=out, flush=True)
    return 1 if problems else 0


def _watched(teller: Teller) -> tuple[list[str], dict[str, object]]:
    """Let the scenarios go on until the time is up; then the ledger has to agree."""
    while time.monotonic() < teller.until:
        time.sleep(min(0.2, max(0.0, teller.until - time.monotonic())))
    problems, counts = agreed(teller.hub, teller.stage.effects)
    teller.say(counted(problems, counts))
    return problems, {"decisions": counts}


def _ended(teller: Teller, problems: list[str]) -> None:
    for problem in problems:
        teller.say(f"FAILED: {problem}")
    if not problems:
        teller.say("the ledger, which knows nothing of hubs, agrees with the record")
