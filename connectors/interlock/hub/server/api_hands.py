"""What answers about hands: claims and notes of runs, and who an operator says to be."""

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import unquote

from interlock.hub.core.effects import Refusal
from interlock.hub.server.asker import asker
from interlock.hub.server.engine import Engine
from interlock.hub.server.hand_answers import ClaimRequest, NoteRequest
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store
from interlock.hub.server.who import said_by

__all__ = ["HandsApi", "heard"]

Json = dict[str, Any]


def heard(operator: str, name: str | None) -> str:
    """Return who asks: ``name`` is the header ``Interlock-Who``, percent-encoded UTF-8, or None.

    It counts beside the token of the data folder, ``operator``'s, which people may share. With a token of one's own
    one is its operator, and says nothing else.
    """
    asking = asker.get()
    if asking.token:
        return asking.operator
    return said_by(operator, unquote(name or "", errors="replace"))


class Named(Protocol):
    """Finds a run by a unique beginning of its name."""

    async def __call__(self, run: str) -> str:
        """Return the whole name. Raises Problem."""
        ...


class HandsApi:
    """Answers claims and notes once they are on disk, or once it is known that they cannot be."""

    def __init__(self, engine: Engine, store: Store, operator: str, named: Named) -> None:
        self._engine, self._store, self._operator, self._named = engine, store, operator, named

    async def claim(self, asked: ClaimRequest, run: str, who: str | None) -> Json:
        """Put a run into the hands of whoever asks, or out of them."""
        name, by = await self._named(run), heard(self._operator, who)
        hands, note = self._engine.core.hands, self._store.clean(asked.note)
        step = hands.claim if asked.claim else hands.release
        return await self._hand(name, lambda request: step(request, name, by, note, take=asked.take))

    async def note(self, asked: NoteRequest, run: str, who: str | None) -> Json:
        """Keep what a person wrote about a run."""
        name, by = await self._named(run), heard(self._operator, who)
        text = self._store.clean(asked.text)
        return await self._hand(name, lambda request: self._engine.core.hands.note(request, name, by, text))

    async def _hand(self, name: str, step: Callable[[int], None]) -> Json:
        reply = await self._engine.hand(step)
        if reply.refusal is not None:
            raise _refused(reply.refusal)
        run = self._engine.core.world.runs[name]
        return {
            "run": name,
            "claimed_by": run.claimed_by,
            "claimed_at": run.handed if run.claimed_by else None,
            "notes": len(run.noted),
            "unrecorded": self._engine.unrecorded > 0,
        }


def _refused(refusal: Refusal) -> Problem:
    return Problem(
        refusal.code, refusal.problem, refusal.fix, status=404 if refusal.code == "not_found" else 409
    )
