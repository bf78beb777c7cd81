"""What answers about access: operators and tokens."""

import hashlib
import secrets
import time
from typing import Any

from interlock.hub.core.access import NewToken
from interlock.hub.core.effects import Reply
from interlock.hub.core.people import Operator, Token, same_name
from interlock.hub.server.access_answers import (
    AgentTokenRequest,
    OperatorRequest,
    RevokeRequest,
    TokenRequest,
)
from interlock.hub.server.api_hands import heard
from interlock.hub.server.asker import asker
from interlock.hub.server.engine import Engine
from interlock.hub.server.problem import Problem
from interlock.hub.server.rights import Rights
from interlock.rights import includes

__all__ = ["AccessApi", "refuse"]

Json = dict[str, Any]
TOKENS_SHOWN = 10_000


class AccessApi:
    """Answers once it is on disk; what takes a right away has happened before."""

    def __init__(self, engine: Engine, rights: Rights, operator: str) -> None:
        self._engine, self._rights, self._operator = engine, rights, operator

    async def operators(self) -> Json:
        """Return every operator."""
        people = self._engine.core.world.people
        root = Operator(self._operator, "admin", "", 0.0)
        return {"operators": [self._told(each) for each in (root, *people.operators.values())]}

    def _told(self, operator: Operator) -> Json:
        people, now = self._engine.core.world.people, self._engine.now()
        theirs = [each for each in people.tokens.values() if same_name(each.operator, operator.name)]
        return {
            "name": operator.name,
            "role": operator.role or None,
            "acts_as": people.role(operator.name, *now) or None,
            "by": operator.by,
            "at": operator.at,
            "tokens": sum(1 for each in theirs if not each.agent and people.good(each, now.wall)),
            "built_in": same_name(operator.name, self._operator),
        }

    async def put_operator(self, asked: OperatorRequest, who: str | None) -> Json:
        """Make an operator, or give one another role."""
        by, access = self._by(who), self._engine.core.access
        known = self._engine.core.world.people.operators.get(asked.name.casefold())
        less = known is not None and includes(known.role, asked.role)
        ask = self._engine.granting.take if less else self._engine.granting.give
        refuse(await ask(lambda request: access.put(request, asked.name, asked.role, by, asked.reason)))
        return self._operator_now(asked.name)

    async def remove_operator(self, asked: RevokeRequest, name: str, who: str | None) -> Json:
        """Take every right from an operator."""
        by, access = self._by(who), self._engine.core.access
        refuse(
            await self._engine.granting.take(lambda request: access.remove(request, name, by, asked.reason))
        )
        return self._operator_now(name)

    def _operator_now(self, name: str) -> Json:
        found = self._engine.core.world.people.operators[name.casefold()]
        return {"operator": self._told(found), "unrecorded": self._engine.unrecorded > 0}

    async def new_token(self, asked: TokenRequest, name: str, who: str | None) -> Json:
        """Make a token of an operator's."""
        return await self._new("t", name, asked.expires_s, who)

    async def new_agent_token(self, asked: AgentTokenRequest, who: str | None) -> Json:
        """Make a token for gates."""
        return await self._new("a", asked.owner, asked.expires_s, who, asked.agent, asked.role)

    async def _new(
        self, letter: str, operator: str, life: float | None, who: str | None, agent: str = "", role: str = ""
    ) -> Json:
        name = f"{letter}-{secrets.token_hex(6)}"
        secret = f"ilk_{name}-{secrets.token_hex(32)}"
        digest = hashlib.sha256(secret.encode()).hexdigest()
        expires = None if life is None else time.time() + life
        by, access = self._by(who), self._engine.core.access
        new = NewToken(name, digest, operator, expires, agent, role)
        refuse(await self._engine.granting.give(lambda request: access.token(request, new, by)))
        return {"token": told(self._engine.core.world.people.tokens[name]), "secret": secret}

    async def tokens(self) -> Json:
        """Return every token, without what opens anything."""
        found = list(self._engine.core.world.people.tokens.values())
        return {"tokens": [told(each) for each in reversed(found[-TOKENS_SHOWN:])]}

    async def revoke_token(self, asked: RevokeRequest, token: str, who: str | None) -> Json:
        """Let a token open nothing any more: one's own, or as an admin any."""
        known = self._engine.core.world.people.tokens.get(token)
        asking = asker.get()
        own = known is not None and not known.agent and same_name(known.operator, asking.operator)
        if not own:
            self._rights.demand(asking, "admin")
        by, access = self._by(who), self._engine.core.access
        refuse(
            await self._engine.granting.take(lambda request: access.revoke(request, token, by, asked.reason))
        )
        now = told(self._engine.core.world.people.tokens[token])
        return {"token": now, "unrecorded": self._engine.unrecorded > 0}

    def _by(self, who: str | None) -> str:
        return heard(self._operator, who)


def told(token: Token) -> Json:
    """Return a token as the API tells it: never its digest."""
    agent = bool(token.agent)
    return {
        "token": token.name,
        "kind": "agent" if agent else "operator",
        "operator": None if agent else token.operator,
        "agent": token.agent if agent else None,
        "role": token.role if agent else None,
        "owner": token.operator if agent else None,
        "by": token.by,
        "at": token.at,
        "expires": token.expires,
        "revoked_at": token.revoked_at,
        "revoked_by": token.revoked_by or None,
        "seen_at": token.seen_at,
    }


def refuse(reply: Reply) -> None:
    """Raise what a reply refuses, as a Problem."""
    refusal = reply.refusal
    if refusal is not None:
        status = 404 if refusal.code == "not_found" else 409
        raise Problem(refusal.code, refusal.problem, refusal.fix, status=status)
