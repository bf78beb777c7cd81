"""What answers about calls that wait for people: lists, cards, and decisions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from interlock.hub.core.deciding import Decide
from interlock.hub.core.effects import Refusal
from interlock.hub.core.inbox import Escalation
from interlock.hub.server.api_hands import heard
from interlock.hub.server.asker import asker
from interlock.hub.server.card import card
from interlock.hub.server.engine import Engine
from interlock.hub.server.escalation_answers import ApproveRequest, RejectRequest
from interlock.hub.server.escalation_pages import cursor, rows
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store

__all__ = ["EscalationsApi"]

Json = dict[str, Any]

PAGE_CHARACTERS = 1024 * 1024
"""Characters of arguments after which a page ends early."""
REJECTED_SECONDS = 0.25
"""How long the answer to a reject waits for the disk: it holds already, whatever the disk does."""


class EscalationsApi:
    """Answers operators. Whose token it is decides and votes; what a person says to be called is only shown."""

    def __init__(self, engine: Engine, store: Store, operator: str, readers: ThreadPoolExecutor) -> None:
        self._engine, self._store, self._operator, self._readers = engine, store, operator, readers

    async def escalations(self, state: str, after: str | None, limit: int) -> Json:
        """Return a page: of what waits, by danger and time left; else of what was decided, the newest first."""
        await self._look()
        mono = self._engine.now().mono
        found = rows(self._engine.core.world.inbox, state, after, mono)
        # A list may change while its cards are made: the cursor behind each row is of this moment.
        cursors = [cursor(each, state, after, mono) for each in found[:limit]]
        cards: list[Json] = []
        size = 0
        for each in found[:limit]:
            cards.append(await self._card(each))
            size += len(cards[-1]["args"])
            if size > PAGE_CHARACTERS:
                break
        return {"escalations": cards, "next": cursors[len(cards) - 1] if len(cards) < len(found) else None}

    async def escalation(self, escalation: str) -> Json:
        """Return one."""
        await self._look()
        return await self._card(self._named(escalation))

    async def approve(self, asked: ApproveRequest, escalation: str, who: str | None) -> Json:
        """Vote for it; answered once that is on disk, or taken back."""
        await self._engine.heard()
        name, deciding = self._named(escalation).name, self._engine.core.deciding
        decide = self._decide(name, asked.digest, who, asked.reason)._replace(args=asked.args)
        reply = await self._engine.granting.give(lambda request: deciding.approve(request, decide))
        return await self._answered(name, reply.refusal)

    async def reject(self, asked: RejectRequest, escalation: str, who: str | None) -> Json:
        """Reject it, at once."""
        await self._engine.heard()
        name, deciding = self._named(escalation).name, self._engine.core.deciding
        decide = self._decide(name, asked.digest, who, asked.reason)
        reply = self._engine.granting.take(lambda request: deciding.reject(request, decide))
        done, _ = await asyncio.wait([reply], timeout=REJECTED_SECONDS)
        answer = await self._answered(name, reply.result().refusal if done else None)
        return answer | {"unrecorded": True} if not done else answer

    def _decide(self, escalation: str, digest: str, who: str | None, reason: str) -> Decide:
        operator = asker.get().operator or self._operator
        return Decide(escalation, digest, operator, heard(self._operator, who), self._store.clean(reason))

    async def _answered(self, escalation: str, refusal: Refusal | None) -> Json:
        if refusal is not None:
            raise Problem(refusal.code, refusal.problem, refusal.fix, status=_STATUS.get(refusal.code, 409))
        return {**await self._card(self._named(escalation)), "unrecorded": self._engine.unrecorded > 0}

    async def _look(self) -> None:
        """Let what gates said, and what time has ended, be in the answer."""
        await self._engine.heard()
        self._engine.step(lambda: self._engine.core.tick(self._engine.now()))

    def _named(self, escalation: str) -> Escalation:
        found = self._engine.core.world.inbox.beginning(escalation)
        if not found:
            problem = f"no escalation {escalation!r} is kept here"
            raise Problem(
                "not_found", problem, "'interlock escalations' shows what waits, 'interlock audit' the rest"
            )
        if len(found) > 1:
            problem = f"{len(found)} escalations begin with {escalation!r}"
            raise Problem("ambiguous", problem, "give more digits")
        return found[0]

    async def _card(self, known: Escalation) -> Json:
        state = await self._read(lambda: self._store.trace.state(known.run))
        return card(self._engine.core, known, state.goal.raw if state is not None else "", self._engine.now())

    async def _read(self, step: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._readers, step)


_STATUS = {"not_found": 404, "arguments": 400}
