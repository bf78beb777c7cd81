"""What answers about policy and dial: giving rights once it is on disk, taking them at once."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from interlock import ids
from interlock.dials import LEVELS
from interlock.errors import ConfigError, PolicyError
from interlock.hub.core.effects import Reply
from interlock.hub.core.rulebook import Version
from interlock.hub.core.ruling import AskDial, AskPolicy, AskStage
from interlock.hub.server import policy_told as told
from interlock.hub.server.api_access import refuse
from interlock.hub.server.api_hands import heard
from interlock.hub.server.asker import asker
from interlock.hub.server.engine import Engine
from interlock.hub.server.policy_answers import DialRequest, PushRequest, RollbackRequest, StageRequest
from interlock.hub.server.problem import Problem
from interlock.hub.server.rights import Rights
from interlock.hub.server.store import Store

__all__ = ["WAIT_S", "PolicyApi"]

Json = dict[str, Any]

WAIT_S = 0.25
"""How long the answer to a dial that was lowered waits for the disk. The gates were told before."""
PROBLEMS_MAX = 100
_READING = 2
"""Policies that are read at once. What is read is up to half a megabyte of YAML, and takes seconds of a thread."""


class PolicyApi:
    """Answers once it is on disk, or once it is known that it cannot be."""

    def __init__(self, engine: Engine, store: Store, rights: Rights, operator: str) -> None:
        self._engine, self._store, self._rights, self._operator = engine, store, rights, operator
        self._reading = asyncio.Semaphore(_READING)

    async def policy(self) -> Json:
        """Return what holds."""
        return told.policy(self._engine.core.rules.book)

    async def policy_versions(self, after: str | None, limit: int) -> Json:
        """Return a page of versions, newest first."""
        known = self._engine.core.rules.book.versions
        below = int(after) if after is not None else 1 << 62
        page = [known[n] for n in sorted(known, reverse=True) if n < below][: limit + 1]
        more = str(page[limit - 1].n) if len(page) > limit else None
        return {"versions": [told.version(each) for each in page[:limit]], "next": more}

    async def policy_version(self, n: int) -> Json:
        """Return one version with its texts."""
        found = self._found(n)
        return {"version": told.version(found), "json": found.text or None, "source": found.source or None}

    def _found(self, n: int) -> Version:
        found = self._engine.core.rules.book.versions.get(n)
        if found is None:
            raise Problem(
                "not_found", f"no version {n} of the policy", "'interlock policy versions' lists them"
            )
        return found

    async def push_policy(self, asked: PushRequest, who: str | None) -> Json:
        """Read a policy here, and let it hold once it is on disk."""
        by = heard(self._operator, who)
        text = await self._read(asked.source)
        ask = AskPolicy(
            ids.new_order(),
            text,
            asked.source,
            sha256(asked.source.encode("utf-8", "surrogatepass")).hexdigest(),
            by,
            asked.reason,
            self._engine.now().wall,
            asked.stage,
        )
        return await self._change(lambda request: self._engine.core.pushes.push(request, ask))

    async def _read(self, source: str) -> str:
        async with self._reading:
            try:
                return await asyncio.to_thread(_normal, source)
            except PolicyError as error:
                raise _unfit(error) from None
            except ConfigError as error:
                raise Problem("policy", error.what, error.fix, status=400) from None

    async def rollback_policy(self, asked: RollbackRequest, who: str | None) -> Json:
        """Let a version of before hold again."""
        ask = self._stage(who, asked.reason, n=asked.n)
        return await self._change(lambda request: self._engine.core.pushes.rollback(request, ask))

    async def promote_policy(self, asked: StageRequest, who: str | None) -> Json:
        """Let the candidate hold for all runs."""
        ask = self._stage(who, asked.reason, digest=asked.digest)
        return await self._change(lambda request: self._engine.core.pushes.promote(request, ask))

    async def withdraw_policy(self, asked: StageRequest, who: str | None) -> Json:
        """Let the candidate hold for no run."""
        ask = self._stage(who, asked.reason, digest=asked.digest)
        return await self._change(lambda request: self._engine.core.pushes.withdraw(request, ask))

    def _stage(self, who: str | None, reason: str, n: int = 0, digest: str = "") -> AskStage:
        by, at = heard(self._operator, who), self._engine.now().wall
        return AskStage(ids.new_order(), by, reason, at, n, digest)

    async def _change(self, step: Callable[[int], None]) -> Json:
        # A body may have taken its time to be read: whoever asks is an admin still.
        self._rights.demand(asker.get(), "admin")
        _refuse(await self._engine.granting.give(step))
        return told.policy(self._engine.core.rules.book)

    async def policy_sides(self) -> Json:
        """Return what both sides of a staged rollout decided."""
        await self._engine.caught_up()
        book = self._engine.core.rules.book
        active, staged, candidate = book.version(), book.staged(), book.candidate
        if active is None or staged is None or candidate is None:
            fix = "'interlock policy stage FILE --share 0.1' stages one"
            raise Problem("not_found", "no policy is staged, so there are no sides", fix)
        counted = await asyncio.to_thread(self._store.trace.sides, candidate.order)
        if counted is None:
            raise Problem("not_found", "nothing was counted of this stage yet", "ask again in a moment")
        return {
            "since": counted.since,
            "share": candidate.share,
            "active": {"n": active.n, **counted.side(active.digest)},
            "candidate": {"n": staged.n, **counted.side(staged.digest)},
        }

    # the dial

    async def dials(self) -> Json:
        """Return every dial that holds something back."""
        return {"dials": told.dials(self._engine.core.rules.book)}

    async def turn_dial(self, asked: DialRequest, who: str | None) -> Json:
        """Turn a dial: down before this returns to anybody, up once it is on disk."""
        engine, book = self._engine, self._engine.core.rules.book
        scope = asked.meant()
        now = book.dials.get(scope.key)
        was = now.level if now is not None else "auto"
        by, at = heard(self._operator, who), engine.now().wall
        ask = AskDial(ids.new_order(), scope, asked.level, by, asked.reason, at, "person", asked.proof)
        if LEVELS.index(asked.level) > LEVELS.index(was):
            self._rights.demand(asker.get(), "approver")
            _refuse(await engine.granting.give(lambda request: engine.core.dials.turn(request, ask)))
            unrecorded = False
        else:
            reply = engine.granting.take(lambda request: engine.core.dials.turn(request, ask))
            unrecorded = not await _within(reply) or engine.unrecorded > 0
        turned = book.dials.get(scope.key)
        shown = told.dial(turned) if turned is not None else None
        return {"dial": shown, "was": was, "order": ask.order, "unrecorded": unrecorded}


async def _within(reply: "asyncio.Future[Reply]") -> bool:
    """Wait a moment for the disk; return whether it answered. Raises Problem for what was refused."""
    try:
        _refuse(await asyncio.wait_for(asyncio.shield(reply), WAIT_S))
    except TimeoutError:
        return False
    return True


def _normal(source: str) -> str:
    from interlock.policy import load

    return load(source).to_json()


def _unfit(error: PolicyError) -> Problem:
    problems = [problem._asdict() for problem in error.problems[:PROBLEMS_MAX]]
    return Problem("policy", error.what, error.fix, status=400, problems=problems)


def _refuse(reply: Reply) -> None:
    if reply.refusal is not None and reply.refusal.code == "limit":
        raise Problem("limit", reply.refusal.problem, reply.refusal.fix)
    refuse(reply)
