"""What a console is given at its start: every run of the fleet, and of the hub's own the newest."""

import json

import pytest

from interlock.hub.server.consoles import OWN_SHOWN, snapshot
from interlock.reserved import CANARY
from interlock.runs import RunState
from interlock.text import Untrusted

pytestmark = pytest.mark.pure


def _states(count: int) -> list[RunState]:
    """Return runs of the fleet and of the canary in turn, each one position further."""
    roles = ("support", CANARY)
    return [
        RunState(f"r-{number:016x}", role=Untrusted(roles[number % 2]), pos=number)
        for number in range(1, count + 1)
    ]


def test_a_day_of_proofs_is_no_part_of_a_snapshot() -> None:
    """All ordinary runs are in it and the newest of the canary's; its position is that of all there are."""
    states = _states(4 * OWN_SHOWN + 1)
    made = snapshot(states, {}, 0)
    shown = [run for frame in made.frames({}) for run in json.loads(frame[frame.index(b"{") :])["runs"]]
    roles = [run["role"] for run in shown]
    assert roles.count("support") == 2 * OWN_SHOWN
    assert roles.count(CANARY) == OWN_SHOWN
    assert made.pos == states[-1].pos
    newest = [state.run for state in states if state.role.raw == CANARY][-OWN_SHOWN:]
    assert [run["run"] for run in shown if run["role"] == CANARY] == newest
