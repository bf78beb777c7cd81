"""Who works in the sandbox: a handful of processes by default, or a company of hundreds in crews."""

from collections.abc import Sequence
from pathlib import Path

from interlock.gameday.agent.support import MORE_ORDERS
from interlock.gameday.scenes import push
from interlock.gameday.stage import Hub, Stage
from interlock.gameday.till import Till

__all__ = ["FAULTY", "MANY", "hire", "house", "replay", "staff"]

FAULTY = ("silent", "runaway", "unsure", "lead")
MANY = 8
"""More healthy agents than this are a company: several kinds, in crews, with a fault in a whole role."""

_CREW = 20
"""Agents that share a process: each has a run of its own, the gate is one."""
_LOOPING, _READING = 5, 4
"""One in five of a company quotes on the broken tool, one in four takes stock; the others are support."""


def hire(stage: Stage, agents: int) -> Hub:
    """Open the house and start everybody; return the hub."""
    hub, till = house(stage, agents)
    staff(stage, agents, hub, till)
    return hub


def house(stage: Stage, agents: int) -> tuple[Hub, Till]:
    """Start the hub under the sandbox's policy, and the ledger with as many orders as ``agents`` need."""
    hub, till = stage.open(MORE_ORDERS if agents > MANY else 0)
    push(hub)
    return hub, till


def staff(stage: Stage, agents: int, hub: Hub, till: Till) -> None:
    """Start everybody who works in an open house: ``agents``, and those with a fault beside them."""
    for kind in FAULTY:
        stage.agent(kind, hub, till)
    if agents > MANY:
        _company(stage, agents, hub, till)
    else:
        for n in range(agents):
            stage.agent(f"support-{n + 1}", hub, till, ("--share", f"{n}/{agents}"))


def _company(stage: Stage, agents: int, hub: Hub, till: Till) -> None:
    stage.agent("poisoned", hub, till)
    quoting, reading = agents // _LOOPING, agents // _READING
    for kind, count in (
        ("quotes", quoting),
        ("stock", reading),
        ("support", agents - quoting - reading),
    ):
        crews = -(-count // _CREW)
        for n in range(crews):
            crew = count // crews + (n < count % crews)
            stage.agent(f"{kind}-{n + 1}", hub, till, ("--share", f"{n}/{crews}", "--crew", str(crew)))


def replay(stage: Stage, hub: Hub, files: Sequence[Path], runs: int | None) -> None:
    """Play recorded runs beside the agents, ``runs`` of them at most, each many times faster than it was."""
    limit = () if runs is None else ("--limit", str(runs))
    stage.start(
        "replay",
        "interlock.adapters.replay",
        [*(str(file) for file in files), *limit, "--together", "200", "--speed", "20"],
        hub.agent(),
    )
