"""How long the hub keeps texts: what was to be erased before it ended goes first, then what is past its time."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from interlock.errors import StoreError
from interlock.hub.server.aging import Aging
from interlock.hub.server.audit_answers import EraseRequest
from interlock.hub.server.engine import Engine
from interlock.hub.server.erasing import PAUSE_SECONDS, erase, finish
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store

__all__ = ["Keeping"]

_log = logging.getLogger("interlock.hub")

LOOK_SECONDS = 60.0


class Keeping:
    """Erases long texts that nobody named for ``bodies`` seconds, and all of runs that are silent for ``texts``."""

    def __init__(self, engine: Engine, store: Store, bodies: float | None, texts: float | None) -> None:
        """Do what is left to be done, before the engine starts. None: these are kept for ever.

        Raises CommitUnknown.
        """
        self._engine, self._store, self._bodies, self._texts = engine, store, bodies, texts
        finish(store)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._store.indexing.start()
        if self._bodies is not None:
            self._begin(self._keep(self._bodies))
        if self._texts is not None:
            self._begin(Aging(self._engine, self._store, self._texts).forever())

    def _begin(self, step: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(step))

    async def close(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep(self, seconds: float) -> None:
        asked = EraseRequest(older_s=seconds, reason=f"kept for {seconds:g} s (--keep-bodies)")
        while True:
            more = False
            try:
                done = await erase(
                    self._engine, self._store, asked, "hub", cause="retention", read=asyncio.to_thread
                )
                more = done["more"]
            except (Problem, StoreError) as error:
                _log.warning("long texts past their time stay for now: %s", error)
            await asyncio.sleep(PAUSE_SECONDS if more else LOOK_SECONDS)
