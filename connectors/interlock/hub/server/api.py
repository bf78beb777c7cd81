"""What answers the HTTP API: each method serves one row of the table in :mod:`interlock.hub.server.routes`."""

import asyncio
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

from interlock.hub.record.intents import Intents
from interlock.hub.server.api_access import AccessApi
from interlock.hub.server.api_audit import AuditApi
from interlock.hub.server.api_escalations import EscalationsApi
from interlock.hub.server.api_glass import GlassApi
from interlock.hub.server.api_hands import HandsApi
from interlock.hub.server.api_making import MakingApi
from interlock.hub.server.api_orders import OrdersApi
from interlock.hub.server.api_policy import PolicyApi
from interlock.hub.server.api_trace import TraceApi
from interlock.hub.server.engine import Engine
from interlock.hub.server.openapi import document
from interlock.hub.server.problem import Problem
from interlock.hub.server.recall import Recall
from interlock.hub.server.rights import Rights
from interlock.hub.server.status import Status
from interlock.hub.server.store import Store
from interlock.orders import Receipt

__all__ = ["Api", "Problem", "where"]

Json = dict[str, Any]
_T = TypeVar("_T")

PAGE_BYTES = 1024 * 1024
_BODIES = "the events of a run name the long texts that belong to them"
_WHERE = {
    "run": "'interlock runs' lists what there is",
    "order": "'interlock orders' lists every order",
    "escalation": "'interlock escalations' lists what waits",
    "body": _BODIES,
    "sha256": _BODIES,
    "n": "'interlock audit list' lists them",
    "name": "'interlock operator list' lists them",
    "permit": "'interlock audit' lists the permits",
    "plan": "'interlock compensate show' lists them",
    "token": "'interlock token list' and 'interlock agent-token list' list them",
    "glass": "'interlock break-glass show' lists them",
}


class Api:
    """Answers operators. Reads of the stores run on threads of their own; the core is asked on the loop."""

    def __init__(
        self, engine: Engine, store: Store, status: Status, readers: ThreadPoolExecutor, rights: Rights
    ) -> None:
        self._engine, self._store, self._status, self._readers = engine, store, status, readers
        hands = HandsApi(engine, store, status.operator, self._named)
        self.claim, self.note = hands.claim, hands.note
        access, glass = AccessApi(engine, rights, status.operator), GlassApi(engine, rights, status.operator)
        self.operators, self.put_operator = access.operators, access.put_operator
        self.remove_operator, self.new_token = access.remove_operator, access.new_token
        self.tokens, self.revoke_token = access.tokens, access.revoke_token
        self.new_agent_token = access.new_agent_token
        self.glasses, self.glass, self.break_glass = glass.glasses, glass.glass, glass.break_glass
        self.end_glass, self.review_glass = glass.end_glass, glass.review_glass
        rules = PolicyApi(engine, store, rights, status.operator)
        self.policy, self.push_policy, self.policy_sides = rules.policy, rules.push_policy, rules.policy_sides
        self.policy_versions, self.policy_version = rules.policy_versions, rules.policy_version
        self.rollback_policy, self.promote_policy = rules.rollback_policy, rules.promote_policy
        self.withdraw_policy, self.dials, self.turn_dial = rules.withdraw_policy, rules.dials, rules.turn_dial
        waits = EscalationsApi(engine, store, status.operator, readers)
        self.escalations, self.escalation = waits.escalations, waits.escalation
        self.approve, self.reject = waits.approve, waits.reject
        self._intents = Intents(store.folder)
        making = MakingApi(engine, Recall(self._intents, store.trace), readers, status.operator, self._named)
        self.propose, self.begin_plan, self.stop_plan = making.propose, making.begin_plan, making.stop_plan
        self.plans, self.plan = making.plans, making.plan
        self.unknowns, self.probe, self.mark = making.unknowns, making.probe, making.mark
        self._of_orders = OrdersApi(engine, store, status.operator)
        self.give_order, self.preview, self.lift = (
            self._of_orders.give_order,
            self._of_orders.preview,
            self._of_orders.lift,
        )
        self.order, self.orders, self.summary = (
            self._of_orders.order,
            self._of_orders.orders,
            self._of_orders.summary,
        )
        self._of_trace = TraceApi(engine.core.world, store, self._named)
        self.search, self.marks, self.tree = self._of_trace.search, self._of_trace.marks, self._of_trace.tree
        self.body = self._of_trace.body
        self._of_audit = AuditApi(engine, store, status.operator)
        self.audit, self.audit_entry = self._of_audit.audit, self._of_audit.audit_entry
        self.audit_export, self.audit_head = self._of_audit.audit_export, self._of_audit.audit_head
        self.verify, self.erase = self._of_audit.verify, self._of_audit.erase

    def close(self) -> None:
        """End its threads."""
        self._of_trace.close()
        self._of_orders.close()
        self._intents.close()
        self._of_audit.close()

    async def _read(self, step: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, step)

    def _receipt(self, receipt: Receipt) -> Json:
        return receipt.model_dump(mode="json")

    async def status(self) -> Json:
        """Describe the hub."""
        disk = shutil.disk_usage(self._store.folder)
        return {
            **self._status.hub(),
            "pos": self._engine.ring.last,
            "uptime_s": round(monotonic() - self._status.since, 3),
            "disk": {"free": disk.free, "total": disk.total},
        }

    async def brake(self, after: str | None, limit: int) -> Json:
        """Return how the brake does, and a page of stops."""
        await self._engine.caught_up()
        stops, cursor = await self._read(lambda: self._store.trace.stops(after=after, limit=limit))
        shown = [{name: value for name, value in stop._asdict().items() if name != "n"} for stop in stops]
        return {"brake": self._status.brake(), "stops": shown, "next": cursor}

    async def runs(self, after: str | None, limit: int, state: str | None, canary: bool) -> Json:
        """Return a page of runs."""
        await self._engine.caught_up()
        states, cursor = await self._read(
            lambda: self._store.trace.states(after=after, limit=limit, phase=state, own=canary)
        )
        return {"runs": [each.to_json() for each in states], "next": cursor}

    async def run(self, run: str) -> Json:
        """Return one run and its receipts."""
        name = await self._named(run)
        state = await self._read(lambda: self._store.trace.state(name))
        if state is None:
            raise _unknown("run", run)
        receipts = self._engine.core.receipts_of(run=name)
        return {"run": state.to_json(), "receipts": [self._receipt(receipt) for receipt in receipts]}

    async def _named(self, run: str) -> str:
        await self._engine.caught_up()
        found = await self._read(lambda: self._store.trace.find(run))
        if not found:
            raise _unknown("run", run)
        if len(found) > 1:
            problem = f"{len(found)} runs begin with {run!r}"
            raise Problem("ambiguous", problem, "give more digits")
        return found[0]

    async def events(self, run: str, after: int | None, before: int | None, limit: int) -> Json:
        """Return a page of a run's events."""
        name = await self._named(run)
        items = await self._read(
            lambda: self._store.trace.page(
                name, after=after, before=before, limit=limit, max_bytes=PAGE_BYTES
            )
        )
        ends = (items[0]["n"], items[-1]["n"]) if items else (None, None)
        return {"items": items, "first": ends[0], "last": ends[1]}

    async def document(self) -> Json:
        """Return the API document."""
        return await self._read(document)


def _unknown(what: str, name: str) -> Problem:
    return Problem("not_found", f"no {what} {name!r} here", where(what))


def where(what: str) -> str:
    """Return the sentence that says where to find the names of such things."""
    return _WHERE[what]
