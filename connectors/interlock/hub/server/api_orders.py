"""What answers about orders: giving, previewing and lifting them, and how far they got."""

import asyncio
from time import monotonic
from typing import Any

from interlock.hub.core.effects import Refusal
from interlock.hub.core.orders import pairs
from interlock.hub.core.summary import held, summary
from interlock.hub.core.world import Case
from interlock.hub.server.api_hands import heard
from interlock.hub.server.engine import Engine
from interlock.hub.server.order_answers import LiftRequest, OrderRequest, PreviewRequest
from interlock.hub.server.own import ordered_by
from interlock.hub.server.preview import Preview
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store
from interlock.orders import STAGES
from interlock.reserved import CANARY

__all__ = ["RECEIPTS_MAX", "OrdersApi"]

Json = dict[str, Any]

RECEIPTS_MAX = 200
"""Receipts in one answer; the summary counts all."""
_FIX = "'interlock orders' lists every order"


class OrdersApi:
    """Answers once an order or a lift is on disk, or once it is known that it cannot be."""

    def __init__(self, engine: Engine, store: Store, operator: str) -> None:
        self._engine, self._store, self._operator = engine, store, operator
        self._preview = Preview(engine, store)

    def close(self) -> None:
        """End its thread."""
        self._preview.close()

    async def give_order(self, asked: OrderRequest, idempotency_key: str | None, who: str | None) -> Json:
        """Push an order, and answer once it is on disk, or once it is known that it cannot be."""
        by = ordered_by(heard(self._operator, who), asked, self._engine.core.world.own)
        # Before anything is awaited the order is with the gates.
        reply = await self._engine.asking.order(
            asked.verb,
            asked.runs,
            by,
            self._store.clean(asked.reason),
            idempotency_key or "",
            scope=asked.meant(),
            partial=asked.partial,
            cause=asked.cause if by != CANARY else "canary",
        )
        if reply.refusal is not None:
            raise _refused(reply.refusal)
        refused = [
            {"run": run, "code": refusal.code, "problem": refusal.problem} for run, refusal in reply.refused
        ]
        return self._ordered(reply.order, reply.receipts, refused)

    def _ordered(self, order: str, found: tuple[tuple[str, str], ...], refused: list[Json]) -> Json:
        core = self._engine.core
        return {
            "order": order,
            "receipts": [each.model_dump(mode="json") for each in core.receipts(found[:RECEIPTS_MAX])],
            "more": max(0, len(found) - RECEIPTS_MAX),
            "refused": refused,
            "summary": summary(core.world, order),
        }

    async def preview(self, asked: PreviewRequest) -> Json:
        """Return whom an order would reach. Nothing happens."""
        return await self._preview.of(asked)

    async def lift(
        self, asked: LiftRequest, order: str, idempotency_key: str | None, who: str | None
    ) -> Json:
        """Take a standing order back, and answer once that is on disk."""
        by, reason = heard(self._operator, who), self._store.clean(asked.reason)
        reply = await self._engine.asking.lift(order, asked.proof, by, reason, idempotency_key or "")
        if reply.refusal is not None:
            raise _refused(reply.refusal)
        # The runs are let go with the commit, but each only in its turn: what is asked next finds that done.
        world = self._engine.core.world
        lifted = self._summary(order)
        resume = lifted["lifted"]["order"] if lifted["lifted"] else None
        return {"lifted": lifted, "resumed": len(world.orders.get(resume or "", {})), "order": resume}

    async def order(self, order: str, wait: str | None, seconds: float) -> Json:
        """Return an order's receipts, after waiting until all its targets as of now reached a stage, if asked."""
        await self._engine.heard()
        world = self._engine.core.world
        self._summary(order)
        if wait is not None:
            _reachable(world.given[order].verb, wait)
            await self._until(order, held(world, pairs(world, order)), wait, monotonic() + seconds)
        refused = [
            {"run": run, "code": code, "problem": "it could not be a target when the order was given"}
            for run, code in world.given[order].refused.items()
        ]
        return self._ordered(order, tuple(pairs(world, order)), refused)

    async def _until(self, order: str, missing: list[Case], stage: str, until: float) -> None:
        """Wait for every case to reach the stage. What is there is looked at once, however many there are."""
        while True:
            while missing and stage in missing[-1].stages and stage not in missing[-1].unsaved:
                missing.pop()
            left = until - monotonic()
            # A target for which the like held already moves with its own order.
            moving = missing[-1].order if missing else order
            if not missing or left <= 0 or not await self._engine.moved(moving, left):
                return

    async def summary(self, order: str) -> Json:
        """Return the combined receipt of an order."""
        await self._engine.heard()
        return self._summary(order)

    def _summary(self, order: str) -> Json:
        found = summary(self._engine.core.world, order)
        if found is None:
            raise Problem("not_found", f"no order {order!r} here", _FIX)
        return found

    async def orders(self, standing: bool, after: str | None, limit: int) -> Json:
        """Return a page of orders, newest first. The hub's own proofs of the brake are none."""
        world = self._engine.core.world
        known = world.standing if standing else world.given
        names = [name for name, given in known.items() if given.by != CANARY]
        below = min(int(after), len(names)) if after is not None else len(names)
        page: list[Json] = []
        first = max(0, below - limit)
        for name in reversed(names[first:below]):
            found = summary(world, name)
            if found is not None:
                page.append(found)
            # Ten thousand targets take their time, and other requests their turn.
            await asyncio.sleep(0)
        return {"orders": page, "next": str(first) if first else None}


def _reachable(verb: str, stage: str) -> None:
    if stage not in STAGES[verb]:
        raise Problem(
            "malformed", f"a {verb} never reaches {stage!r}", f"wait for one of {', '.join(STAGES[verb])}"
        )


def _refused(refusal: Refusal) -> Problem:
    return Problem(refusal.code, refusal.problem, refusal.fix)
