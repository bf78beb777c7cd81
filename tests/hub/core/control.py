"""What a world says about control, as plain values: two worlds that agree here act the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interlock.hub.core.effects import Fact, Moment
from interlock.hub.core.fold import LAST, fold
from interlock.hub.core.world import Case, Given, Run, World


def folded(facts: Iterable[tuple[float, Fact]], now: Moment) -> World:
    """Return the world that a record makes, before anything is concluded from it."""
    world = World(replaying=True)
    for _, fact in facts:
        fold(world, fact, now)
    world.replaying = False
    return world


def control(world: World) -> dict[str, Any]:
    """Return everything that decides what may start, what holds, and what receipts say."""
    return {
        "runs": {name: _run(run) for name, run in world.runs.items()},
        "gates": {name: (gate.gone, sorted(gate.runs)) for name, gate in world.gates.items() if gate.runs},
        "children": {name: list(children) for name, children in world.children.items()},
        "orders": {
            order: {run: _case(case) for run, case in cases.items()} for order, cases in world.orders.items()
        },
        "keys": dict(world.keys),
        "given": {order: _given(given) for order, given in world.given.items()},
        "standing": sorted(world.standing),
        "live": sorted(world.live),
        "open": sorted(world.open_cases),
    }


def _run(run: Run) -> dict[str, Any]:
    holding = {"kill": run.kill, "pause": run.pause, "cancel": run.cancel}
    return {
        "parent": run.parent,
        "claim": run.claim,
        "members": dict(run.members),
        "holds": {verb: case.order for verb, case in holding.items() if case is not None},
        "permits": sorted(run.permits),
        "spent": dict(run.spent),
        "orders": list(run.orders),
    }


def _given(given: Given) -> dict[str, Any]:
    return {
        "head": (given.verb, given.by, given.reason, given.at, given.scope),
        "counts": (given.named, given.children, given.later),
        "also": list(given.also),
        "refused": dict(given.refused),
        "lifts": given.lifts,
        "lifted": given.lifted,
        "freed": sorted(given.freed),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "verb": case.verb,
        "inherited_from": case.inherited_from,
        "stages": {name: (stage.ms, stage.at, stage.note) for name, stage in case.stages.items()},
        "answers": {gate: (said.first, said.latest) for gate, said in case.answers.items()},
        "late": list(case.late),
        "over": bool(case.closed) or LAST[case.verb] in case.stages,
    }
