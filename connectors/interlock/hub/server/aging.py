"""Letting go of what runs said, once they ended and have been silent for so long: a run after the other, by slices."""

import asyncio
import logging
import time

from interlock.errors import StoreError
from interlock.hub.server.audit_answers import EraseRequest
from interlock.hub.server.engine import Engine
from interlock.hub.server.erasing import PAUSE_SECONDS, erase
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store

__all__ = ["Aging"]

_log = logging.getLogger("interlock.hub")

SCAN_SECONDS = 600.0
"""Between two looks at all runs; less where texts are kept for less than ten times as long."""


class Aging:
    """Erases the texts of runs that do not go on and have told nothing for ``seconds``."""

    def __init__(self, engine: Engine, store: Store, seconds: float) -> None:
        self._engine, self._store, self._seconds = engine, store, seconds

    async def forever(self) -> None:
        """Look at all runs, and again, until this is cancelled."""
        while True:
            try:
                await self._all()
            except StoreError as error:
                _log.error("texts past their time stay for now, the list of runs cannot be read: %s", error)
            await asyncio.sleep(min(SCAN_SECONDS, self._seconds / 10))

    async def _all(self) -> None:
        page = await self._page(0)
        while page:
            for _, run in page:
                while await self._slice(run):
                    continue
            page = await self._page(page[-1][0])

    async def _page(self, above: int) -> list[tuple[int, str]]:
        return await asyncio.to_thread(self._store.trace.ended_runs, above)

    async def _slice(self, run: str) -> bool:
        """Erase what comes next of a run; return whether there is more of it. A damaged one keeps no other waiting."""
        before = time.time() - self._seconds
        reason = f"kept for {self._seconds:g} s (--keep-texts)"
        asked = EraseRequest(run=run, older_s=self._seconds, reason=reason)
        try:
            if await asyncio.to_thread(self._store.trace.texts_to_erase, run, before) is None:
                return False
            done = await erase(
                self._engine, self._store, asked, "hub", cause="retention", read=asyncio.to_thread
            )
        except (Problem, StoreError) as error:
            _log.warning("the texts of run %s are past their time and stay for now: %s", run, error)
            return False
        await asyncio.sleep(PAUSE_SECONDS)
        return bool(done["more"])
