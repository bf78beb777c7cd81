"""Images of the folded world as the hub keeps them: made by a process of their own, now and then, and vouched for."""

import asyncio
import contextlib
import logging
import sys
import time
from pathlib import Path

from pydantic import BaseModel, ValidationError

from interlock.hub.failpoints import passing
from interlock.hub.record.images import Place
from interlock.hub.server.engine import Engine
from interlock.text import visible_line

__all__ = ["AFTER", "Images"]

AFTER = 20_000
"""Entries without an image after which one is made: a start folds so many in about half a second."""
LOOK_SECONDS = 10.0
SHARE = 60
"""Between two images there is so many times the time the last one took: they never cost more than that of a core."""
_SAID = 300
_log = logging.getLogger("interlock.hub")


class _Made(BaseModel):
    """What the process says once it is done."""

    entry: int
    sha256: str
    damage: str


class Images:
    """Starts the process, and lets the record vouch for what it made."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to count entries: from the image that this start used."""
        self._task = asyncio.get_running_loop().create_task(self._keep(self._engine.store.record.imaged))

    async def close(self) -> None:
        """Return once no process is left."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self, place: Place) -> None:
        known, wait = place.n, LOOK_SECONDS
        while True:
            if self._engine.store.record.last - known >= AFTER and not self._engine.unrecorded:
                began = time.monotonic()
                known = await self._once() or known
                wait = max(LOOK_SECONDS, SHARE * (time.monotonic() - began))
            await asyncio.sleep(wait)
            wait = LOOK_SECONDS

    async def _once(self) -> int | None:
        """Let one be made; return the entry it goes up to, or None where there is none."""
        try:
            said = await self._run()
        except OSError as error:
            _log.warning("no image of the world can be made (%s)", error.strerror)
            return None
        try:
            made = _Made.model_validate_json(said)
        except ValidationError:
            _log.warning("no image of the world: %s", visible_line(said.decode("utf-8", "replace"), _SAID))
            return None
        if made.damage:
            _log.critical("THE RECORD IS DAMAGED: %s", visible_line(made.damage, _SAID))
        passing("before vouching")
        self._engine.step(lambda: self._engine.core.vouch(made.entry, made.sha256, self._engine.now()))
        return made.entry

    async def _run(self) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "interlock.hub.imaging",
            str(self._folder),
            # It ends when this pipe does: with this process, however that ends.
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if process.stdout is None:
                return b""
            return await process.stdout.read()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
