"""The combined receipt: how far an order got with all its targets, counted. Cheap enough for ten thousand of them."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from interlock.hub.core.fold import LAST
from interlock.hub.core.orders import pairs
from interlock.hub.core.receipts import waits_for
from interlock.hub.core.world import Case, Given, Lifted, World
from interlock.orders import STAGES

__all__ = ["CLASSES", "WAITING_MAX", "held", "standing", "summary"]

Json = dict[str, Any]

WAITING_MAX = 100
"""Targets whose reasons for waiting are spelled out; the others are counted."""
CLASSES: tuple[str, ...] = ("read", "write", "danger", "model")


def summary(world: World, order: str) -> Json | None:
    """Return SUMMARY of docs/protocol.md, or None for an order nobody gave."""
    given = world.given.get(order)
    if given is None:
        return None
    cases = held(world, pairs(world, order))
    waiting = [case for case in cases if _waits(world, case)]
    unrecorded = given.verb != "resume" and not given.recorded
    gates, answered, flying = _gates(world, cases)
    stages, times = _times(given, cases)
    return {
        **_head(given),
        "standing": given.stands,
        "lifted": _lifted(given, world),
        "targets": given.named + given.children + given.later,
        "named": given.named,
        "children": given.children,
        "later": given.later,
        "refused": len(given.refused),
        "stages": stages,
        "ms": times,
        "gates": {"answered": answered, "total": gates},
        "in_flight": flying,
        "waiting": [
            {"run": case.run, "waits_for": list(waits_for(world, case))}
            for case in islice(waiting, WAITING_MAX)
        ],
        "waiting_total": len(waiting),
        "unrecorded": unrecorded,
        "complete": given.recorded and not waiting,
    }


def standing(world: World) -> list[Json]:
    """Return STANDING of docs/protocol.md for every order that holds for runs to come, oldest first."""
    return [
        {
            **_head(given),
            "targets": given.named + given.children + given.later,
            "later": given.later,
        }
        for given in world.standing.values()
    ]


def held(world: World, found: Iterable[tuple[str, str]]) -> list[Case]:
    """Return the case of each pair of order and run that is known."""
    cases = (world.orders.get(order, {}).get(run) for order, run in found)
    return [case for case in cases if case is not None]


def _head(given: Given) -> Json:
    return {
        "order": given.order,
        "verb": given.verb,
        "scope": given.scope.plain() if given.scope is not None else None,
        "by": given.by,
        "reason": given.reason,
        "at": given.at,
        "cause": given.cause,
    }


def _lifted(given: Given, world: World) -> Json | None:
    lift: Lifted | None = given.lifted
    if lift is None:
        return None
    resume = lift.resume if lift.resume in world.given else None
    return {"by": lift.by, "reason": lift.reason, "at": lift.at, "order": resume}


def _waits(world: World, case: Case) -> bool:
    """Return whether anything is still expected of a target."""
    last = LAST[case.verb]
    if case.closed or (last in case.stages and last not in case.unsaved and not world.runs[case.run].permits):
        return False
    return any(True for _ in waits_for(world, case))


def _times(given: Given, cases: list[Case]) -> tuple[dict[str, int], dict[str, list[float]]]:
    """Return how many targets reached each stage, and p50, p99 and the most of the milliseconds to it.

    The times are those of the targets as of the order.
    """
    counts: dict[str, int] = {}
    times: dict[str, list[float]] = {}
    for case in cases:
        mine = case.order == given.order and not case.later
        for name, reached in case.stages.items():
            if name not in case.unsaved:
                counts[name] = counts.get(name, 0) + 1
                if mine:
                    times.setdefault(name, []).append(reached.ms)
    for found in times.values():
        found.sort()
    names = [name for name in STAGES[given.verb] if name in counts]
    parts = {name: times[name] for name in names if name in times}
    return {name: counts[name] for name in names}, {
        name: [found[int((len(found) - 1) * part)] for part in (0.5, 0.99, 1.0)]
        for name, found in parts.items()
    }


def _gates(world: World, cases: Iterable[Case]) -> tuple[int, int, dict[str, int]]:
    """Return how many gates the targets have, how many answered for all of theirs, and what is in flight there."""
    silent: dict[str, bool] = {}
    flying = dict.fromkeys(CLASSES, 0)
    for case in cases:
        for gate in world.runs[case.run].active():
            said = case.answers.get(gate)
            silent[gate] = silent.get(gate, False) or (said is None and not case.closed)
            for entry in said.latest if said is not None else ():
                flying[entry.cls] += 1
    return len(silent), len(silent) - sum(silent.values()), flying
