"""What an order would reach: the core says whom, the trace what they are doing and have spent. Nothing changes."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from time import time
from typing import Any, NamedTuple

from interlock.hub.core.choice import Choice
from interlock.hub.core.summary import CLASSES
from interlock.hub.core.world import World
from interlock.hub.server.engine import Engine
from interlock.hub.server.order_answers import PreviewRequest
from interlock.hub.server.store import Store

__all__ = ["SHOWN_MAX", "Preview"]

Json = dict[str, Any]

SHOWN_MAX = 500
"""Targets that are named; all of them are counted."""


class _Row(NamedTuple):
    run: str
    agent: str
    role: str
    inherited_from: str
    refused: str


class Preview:
    """Reads the trace on a thread of its own: ten thousand states take longer than an order may wait."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine, self._store = engine, store
        self._thread = ThreadPoolExecutor(1, "preview")

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown()

    async def of(self, asked: PreviewRequest) -> Json:
        """Return PREVIEW of docs/protocol.md."""
        await self._engine.caught_up()
        core, scope = self._engine.core, asked.meant()
        choice = core.choose(asked.verb, asked.runs, scope)
        refused = [_row(core.world, run, "", why.problem) for run, why in choice.refused.items()]
        targets = _targets(core.world, choice)
        counted = _gates(core.world, targets)
        loop = asyncio.get_running_loop()
        told = await loop.run_in_executor(self._thread, self._told, refused, targets)
        plain = scope.plain() if scope is not None else None
        return {"verb": asked.verb, "scope": plain, "refused": len(refused), **counted, **told}

    def _told(self, refused: Sequence[_Row], targets: Sequence[_Row]) -> Json:
        shown = [*refused, *targets][:SHOWN_MAX]
        names = {row.run for row in (*shown, *targets)}
        states = dict(self._store.trace.glance(sorted(names)))
        flying, cost = dict.fromkeys(CLASSES, 0), 0.0
        for row in targets:
            state = states.get(row.run, _NOTHING)
            cost += state["cost"]
            for _, cls, _ in state["flying"].values():
                flying[cls] = flying.get(cls, 0) + 1
        return {
            "targets": [_told(row, states.get(row.run, _NOTHING), time()) for row in shown],
            "in_flight": flying,
            "cost": cost,
            "digest": sha256("\n".join(sorted(row.run for row in targets)).encode()).hexdigest(),
        }


_NOTHING: Json = {"phase": "", "flying": {}, "cost": 0.0}


def _row(world: World, name: str, above: str, refused: str) -> _Row:
    run = world.runs.get(name)
    return _Row(name, run.agent if run else "", run.role if run else "", above, refused)


def _targets(world: World, choice: Choice) -> list[_Row]:
    fresh = [_row(world, target.run, target.inherited_from, "") for target in choice.targets]
    return fresh + [_row(world, case.run, case.inherited_from, "") for case in choice.held]


def _gates(world: World, targets: Iterable[_Row]) -> Json:
    gates: set[str] = set()
    agents: set[str] = set()
    total = silent = 0
    for row in targets:
        total += 1
        agents.add(row.agent)
        mine = list(world.runs[row.run].active())
        gates.update(mine)
        silent += any(not world.gates[gate].conn for gate in mine)
    return {"total": total, "agents": len(agents), "gates": len(gates), "silent": silent}


def _told(row: _Row, state: Json, now: float) -> Json:
    return {
        "run": row.run,
        "agent": row.agent,
        "role": row.role,
        "phase": state["phase"],
        "inherited_from": row.inherited_from or None,
        "in_flight": [
            {
                "call": call,
                "tool": tool,
                "cls": cls,
                "ms": max(0.0, round((now - since) * 1000, 3)),
                "permit": None,
            }
            for call, (tool, cls, since) in state["flying"].items()
        ],
        "refused": row.refused,
    }
