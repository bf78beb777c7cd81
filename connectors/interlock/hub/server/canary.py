"""The canary as the hub keeps it: its process started, listened to, and started again when it ends."""

import asyncio
import contextlib
import logging
import os
import secrets
import sys
from time import monotonic
from typing import Any

from pydantic import ValidationError

from interlock.hub.core.effects import Fact
from interlock.hub.server.brake import Brake, Verdict
from interlock.hub.server.engine import Engine
from interlock.hub.server.lanes import Job
from interlock.hub.trace.stops import CLOSED
from interlock.text import visible_line

__all__ = ["Canary"]

AGAIN_SECONDS = 5.0
"""Before the canary is started again; never longer than between two proofs."""
_LINE = 64 * 1024
_SAID = 300
_EXIT_FAILED = 3
"""It has reported a proof that failed."""
_log = logging.getLogger("interlock.hub")


class Canary:
    """Owns the process. What it reports becomes the hub's word on its brake, if the receipts bear it out."""

    def __init__(self, engine: Engine, every: float | None) -> None:
        """Expect a proof every so many seconds; with None there is no canary, and nothing is proven."""
        self.tokens = secrets.token_hex(32), secrets.token_hex(32)
        """Its operator's and its agent's token: made at this start, in its environment, and on no disk."""
        self._engine, self._every = engine, every
        self._brake = Brake(every, monotonic())
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def brake(self) -> dict[str, Any]:
        """Return the ``brake`` object of docs/protocol.md."""
        return self._brake.to_json(monotonic())

    def start(self, url: str) -> None:
        """Begin, now that the hub answers at ``url``."""
        if self._every is not None:
            self._task = asyncio.get_running_loop().create_task(self._keep(url, self._every))

    def stop(self) -> None:
        """End the process, and start none again."""
        if self._task is not None and not self._task.cancelling():
            self._task.cancel()

    async def close(self) -> None:
        """Return once the process has ended."""
        if self._task is not None:
            self.stop()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self, url: str, every: float) -> None:
        while True:
            try:
                code = await self._once(self._environment(url, every))
            except OSError as error:
                self._brake.fail(f"the canary cannot be started ({error.strerror})")
            else:
                _log.warning("the canary ended with %s; another follows", code)
                if code != _EXIT_FAILED:
                    self._brake.fail(f"the canary ended with {code} and without a verdict")
            await asyncio.sleep(min(AGAIN_SECONDS, every))

    def _environment(self, url: str, every: float) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
        operator, agent = self.tokens
        return clean | {
            "INTERLOCK_URL": url,
            "INTERLOCK_CANARY_OPERATOR": operator,
            "INTERLOCK_AGENT_TOKEN": agent,
            "INTERLOCK_CANARY_EVERY": str(every),
        }

    async def _once(self, environ: dict[str, str]) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "interlock.hub.canary",
            # It ends when this pipe does: with this process, however that ends.
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LINE,
            env=environ,
            start_new_session=True,
        )
        try:
            if process.stdout is not None:
                await self._listen(process.stdout)
            return await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _listen(self, said: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await said.readline()
            except ValueError:
                continue  # a line longer than any verdict
            if not line:
                return
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            verdict = Verdict.model_validate_json(line)
        except ValidationError:
            _log.warning("the canary said: %s", visible_line(line.decode("utf-8", "replace").strip(), _SAID))
            return
        self._brake.take(verdict, self._doubt(verdict), monotonic())
        if verdict.problem:
            _log.error("THE BRAKE IS NOT PROVEN: %s", visible_line(verdict.problem, _SAID))
        facts = [
            Fact(CLOSED, {"ms": given.closed}, run=verdict.run, order=given.order)
            for verb, given in verdict.orders.items()
            if verb != "resume"
        ]
        self._engine.store_job(Job([], [], facts=tuple(facts)))

    def _doubt(self, verdict: Verdict) -> str:
        """Return what in the hub's own receipts contradicts a good verdict, or nothing."""
        if not verdict.ok:
            return ""
        for verb, stage in (("pause", "drained"), ("kill", "confirmed")):
            pairs = [(given.order, verdict.run) for name, given in verdict.orders.items() if name == verb]
            found = self._engine.core.receipts(pairs)
            reached = {reached.stage for receipt in found for reached in receipt.stages}
            if not {"recorded", stage} <= reached:
                return f"the canary reports a proof, but the receipt of its {verb} is not {stage!r}"
        return ""
