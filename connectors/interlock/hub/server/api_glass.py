"""What answers about break-glass: breaking it, ending it, and looking at what was done."""

import secrets
from typing import Any

from interlock.hub.core.people import Glass, same_name
from interlock.hub.server.access_answers import EndRequest, GlassRequest, ReviewRequest
from interlock.hub.server.api_access import refuse
from interlock.hub.server.api_hands import heard
from interlock.hub.server.asker import asker
from interlock.hub.server.engine import Engine
from interlock.hub.server.problem import Problem
from interlock.hub.server.rights import Rights

__all__ = ["GlassApi"]

Json = dict[str, Any]


class GlassApi:
    """Answers once it is on disk; an end has happened before."""

    def __init__(self, engine: Engine, rights: Rights, operator: str) -> None:
        self._engine, self._rights, self._operator = engine, rights, operator

    async def glasses(self, after: str | None, limit: int) -> Json:
        """Return a page of them, newest first."""
        found = list(self._engine.core.world.people.glasses.values())
        below = min(int(after), len(found)) if after is not None else len(found)
        first = max(0, below - limit)
        page = [self._told(glass) for glass in reversed(found[first:below])]
        return {"break_glass": page, "next": str(first) if first else None}

    async def glass(self, glass: str) -> Json:
        """Return one."""
        if glass not in self._engine.core.world.people.glasses:
            fix = "'interlock break-glass show' lists them"
            raise Problem("not_found", f"no break-glass {glass!r} here", fix)
        return self._now(glass)

    async def break_glass(self, asked: GlassRequest, who: str | None) -> Json:
        """Give whoever asks a role for 15 minutes."""
        name, by = "b-" + secrets.token_hex(8), self._by(who)
        box = self._engine.core.glass
        reply = await self._engine.granting.give(
            lambda request: box.start(request, name, by, asked.role, asked.reason)
        )
        refuse(reply)
        return self._now(name)

    async def end_glass(self, asked: EndRequest, glass: str, who: str | None) -> Json:
        """Take the rights back: one's own, or as an admin anybody's."""
        known = self._engine.core.world.people.glasses.get(glass)
        asking = asker.get()
        if known is None or not same_name(known.who, asking.operator):
            self._rights.demand(asking, "admin")
        by, box = self._by(who), self._engine.core.glass
        refuse(await self._engine.granting.take(lambda request: box.end(request, glass, by, asked.reason)))
        return self._now(glass)

    async def review_glass(self, asked: ReviewRequest, glass: str, who: str | None) -> Json:
        """Close one that has ended."""
        by, box = self._by(who), self._engine.core.glass
        reply = await self._engine.granting.give(lambda request: box.review(request, glass, by, asked.note))
        refuse(reply)
        return self._now(glass)

    def _now(self, name: str) -> Json:
        found = self._engine.core.world.people.glasses[name]
        return {"break_glass": self._told(found), "unrecorded": self._engine.unrecorded > 0}

    def _told(self, glass: Glass) -> Json:
        now, boot = self._engine.now(), self._engine.core.world.people.boot
        left = glass.left(now.mono, now.wall, boot) if glass.live else 0.0
        end = None
        if glass.ended_at is not None:
            end = {"by": glass.ended_by, "why": glass.ended_why, "at": glass.ended_at}
        review = None
        if glass.reviewed_at is not None:
            review = {"by": glass.reviewed_by, "note": glass.note, "at": glass.reviewed_at}
        return {
            "id": glass.name,
            "who": glass.who,
            "role": glass.role,
            "why": glass.why,
            "since": glass.at,
            "until": glass.until,
            "left_s": None if end else round(left, 3),
            "state": "reviewed" if review else "ended" if end else "open",
            "ended": end,
            "review": review,
        }

    def _by(self, who: str | None) -> str:
        return heard(self._operator, who)
