"""What answers about making good: plans shown and begun, and what is unknown found out."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from interlock import canonical, ids
from interlock.contract import Contract
from interlock.hub.core.contracts import contract
from interlock.hub.core.effects import Reply
from interlock.hub.core.making import Making, Step, Unknown, Way
from interlock.hub.core.making_told import plan_told, proposed, reconciled_told, unknown_told
from interlock.hub.core.planning import STEPS_MAX, Seen, plan, resolved
from interlock.hub.server.api_hands import Named, heard
from interlock.hub.server.engine import Engine
from interlock.hub.server.making_answers import BeginRequest, MarkRequest, PlanRequest, StopRequest
from interlock.hub.server.problem import Problem
from interlock.hub.server.recall import Recall

__all__ = ["MakingApi"]

Json = dict[str, Any]
_T = TypeVar("_T")
_UNKNOWNS_MAX = 500


class MakingApi:
    """Effects are read from both stores on the readers' threads; what is decided about them, on the loop."""

    def __init__(
        self, engine: Engine, recall: Recall, readers: ThreadPoolExecutor, operator: str, named: Named
    ) -> None:
        self._engine, self._recall, self._readers = engine, recall, readers
        self._operator, self._named = operator, named

    @property
    def _making(self) -> Making:
        return self._engine.core.world.making

    async def _read(self, step: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, step)

    def _contract(self, tool: str) -> Contract | None:
        return contract(self._engine.core.world.rules, tool)

    # plans

    async def propose(self, asked: PlanRequest) -> Json:
        """Return a plan. Nothing happens."""
        core = self._engine.core
        return proposed(core.hosting, plan(core.world, await self._effects(asked), self._contract))

    async def _effects(self, asked: PlanRequest) -> list[Seen]:
        if not asked.run:
            return await self._seen(asked.permits)
        name = await self._named(asked.run)
        found = await self._read(lambda: self._recall.seen([name], None))
        if len(found) > STEPS_MAX:
            problem = f"run {name!r} has {len(found)} effects, and a plan has at most {STEPS_MAX}"
            raise Problem("limit", problem, "name the permits: 'interlock audit' lists them")
        return found

    async def _seen(self, permits: Iterable[str]) -> list[Seen]:
        await self._engine.caught_up()
        wanted = frozenset(permits)
        runs = [
            run.name
            for run in self._engine.core.world.runs.values()
            if not wanted.isdisjoint(run.spent) or not wanted.isdisjoint(run.permits)
        ]
        found = await self._read(lambda: self._recall.seen(runs, wanted))
        missing = wanted - {seen.permit for seen in found}
        if missing:
            problem = f"no effect was permitted by {min(missing)!r} here"
            raise Problem("not_found", problem, "'interlock audit' lists the permits")
        return found

    async def begin_plan(self, asked: BeginRequest, who: str | None) -> Json:
        """Begin a plan; its first step follows once it is on disk."""
        seen, core, name = await self._seen(asked.permits), self._engine.core, ids.new_plan()
        by = heard(self._operator, who)

        def begin(request: int) -> None:
            # Made anew in the same breath as it is begun: what was shown still holds, or nothing happens.
            steps: list[Step] = plan(core.world, seen, self._contract)
            core.makings.begin(request, name, steps, asked.digest, asked.proof, by, asked.reason)

        refuse(await self._engine.granting.give(begin))
        return plan_told(core.hosting, self._making.plans[name])

    async def plans(self, after: str | None, limit: int) -> Json:
        """Return a page of plans, newest first."""
        names = list(self._making.plans)
        below = min(int(after), len(names)) if after is not None else len(names)
        first = max(0, below - limit)
        hosting = self._engine.core.hosting
        page = [plan_told(hosting, self._making.plans[name]) for name in reversed(names[first:below])]
        return {"plans": page, "next": str(first) if first else None}

    async def plan(self, plan: str) -> Json:
        """Return one plan."""
        await self._engine.heard()
        found = self._making.plans.get(plan)
        if found is None:
            raise Problem("not_found", f"no plan {plan!r} here", "'interlock compensate show' lists them")
        return plan_told(self._engine.core.hosting, found)

    async def stop_plan(self, asked: StopRequest, plan: str, who: str | None) -> Json:
        """Send no further step."""
        by, core = heard(self._operator, who), self._engine.core
        step = core.makings.stop
        refuse(await self._engine.granting.take(lambda request: step(request, plan, by, asked.reason)))
        return plan_told(core.hosting, self._making.plans[plan])

    # what is unknown

    async def unknowns(self) -> Json:
        """Return the inbox."""
        await self._engine.heard()
        found = list(self._making.unknowns.values())
        return {"unknowns": await self._told(found[:_UNKNOWNS_MAX]), "total": len(found)}

    async def _told(self, unknowns: list[Unknown]) -> list[Json]:
        await self._engine.caught_up()
        runs, permits = {each.run for each in unknowns}, frozenset(each.permit for each in unknowns)
        found = await self._read(lambda: self._recall.seen(runs, permits))
        seen = {each.permit: each for each in found}
        return [self._row(each, seen.get(each.permit)) for each in unknowns]

    def _row(self, unknown: Unknown, seen: Seen | None) -> Json:
        way, cannot = self._probe(seen) if seen is not None else (None, "the record does not have its intent")
        args = ""
        if seen is not None:
            args = seen.args.problem or canonical.encode(seen.tool, seen.args.value)
        core = self._engine.core
        cls = seen.cls if seen is not None else ""
        return unknown_told(core.world, core.hosting, unknown, way, cannot, args[:4096], cls)

    def _probe(self, seen: Seen) -> tuple[Way | None, str]:
        """Return the probe of a call, or why there is none."""
        found = self._contract(seen.tool)
        if found is None or found.probe is None:
            problem = f"no probe is declared for {seen.tool!r}; look downstream, then mark it by hand"
            return None, problem
        return resolved(seen, found.probe, self._contract)

    async def probe(self, permit: str, timeout: float, who: str | None) -> Json:  # noqa: ASYNC109 - a parameter
        """Ask a host, wait for what it says, and return what stands then."""
        if permit not in self._making.unknowns:
            raise _not_unknown(permit)
        seen = await self._seen([permit])
        way, cannot = self._probe(seen[0])
        if way is None:
            raise Problem("no_probe", cannot, "'interlock unknowns mark' writes down what you found out")
        by, core = heard(self._operator, who), self._engine.core
        request, reply = self._engine.request()
        self._engine.step(
            lambda: core.hand(lambda: core.unknowns.probe(request, permit, way, by), self._engine.now())
        )
        with contextlib.suppress(TimeoutError):
            refuse(await asyncio.wait_for(asyncio.shield(reply), timeout))
        left = self._making.unknowns.get(permit)
        reconciled = self._making.reconciled.get(permit)
        return {
            "unknown": (await self._told([left]))[0] if left is not None else None,
            "reconciled": reconciled_told(reconciled) if reconciled is not None else None,
        }

    async def mark(self, asked: MarkRequest, permit: str, who: str | None) -> Json:
        """Write down what a person found out."""
        by, core = heard(self._operator, who), self._engine.core
        step = core.unknowns.mark
        refuse(
            await self._engine.granting.give(
                lambda request: step(request, permit, asked.outcome, by, asked.reason)
            )
        )
        found = self._making.reconciled.get(permit)
        if found is None:
            raise _not_unknown(permit)
        return {"reconciled": reconciled_told(found)}


def _not_unknown(permit: str) -> Problem:
    problem = f"the outcome of {permit!r} is not unknown"
    return Problem("not_found", problem, "'interlock unknowns' lists what is")


def refuse(reply: Reply) -> None:
    """Raise the refusal of a reply, if it is one."""
    refusal = reply.refusal
    if refusal is not None:
        raise Problem(
            refusal.code, refusal.problem, refusal.fix, status=404 if refusal.code == "not_found" else 409
        )
