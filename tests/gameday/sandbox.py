"""A hub, a ledger and agents for one test, all real processes, and what the ledger's own file says happened."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from interlock.gameday.proof import read_effects
from interlock.gameday.stage import Stage
from interlock.gameday.till import Till
from tests.support import forked
from tests.support.frozen import freeze
from tests.support.hubs import HubProcess

__all__ = ["GUARD", "Actor", "ForkedStage", "Sandbox", "sandbox", "until"]

Json = dict[str, Any]
T = TypeVar("T")

GUARD = 80.0
"""Seconds after which something that has to come counts as not coming. Nothing is concluded from being faster."""
ACTORS = Path(__file__).with_name("actors.py")


def until(look: Callable[[], T], what: str) -> T:
    """Look again and again until there is something, and return it."""
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {GUARD:.0f} s")


class ForkedStage(Stage):
    """A stage in the process of a test: what it starts has nothing to import."""

    popen = forked.Popen


class Actor:
    """One agent's process; ``run`` is the run it is in, told by itself."""

    def __init__(self, kind: str, words: tuple[str, ...], environ: dict[str, str]) -> None:
        self.process = forked.Popen(
            [sys.executable, "-P", str(ACTORS), kind, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )
        self._run = ""

    @property
    def run(self) -> str:
        """The id of its run, once it is open."""
        if not self._run:
            assert self.process.stdout is not None
            self._run = self.process.stdout.readline().strip()
            assert self._run, "the agent ended before its run was open"
        return self._run

    def freeze(self) -> None:
        """Let the process stand still."""
        freeze(self.process.pid)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.process.pid, signal.SIGCONT)

    def end(self) -> None:
        """End the process without giving it any chance to say so."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(GUARD)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Sandbox:
    """The processes of one test. A context manager: at the end all of them are gone."""

    def __init__(self, folder: Path, hub: HubProcess) -> None:
        self.hub = hub
        self.folder = folder
        self._actors: list[Actor] = []
        ready = folder / "ledger.ready"
        command = [sys.executable, "-P", "-m", "interlock.gameday.ledger"]
        command += ["--folder", str(folder / "ledger"), "--ready-file", str(ready)]
        self._ledger = forked.Popen(command, stdin=subprocess.DEVNULL)
        until(ready.exists, "the ledger")
        said = json.loads(ready.read_text(encoding="utf-8"))
        self.till = Till(said["address"], said["key"])
        self._effects = Path(said["effects"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for actor in self._actors:
            actor.end()
        self._ledger.terminate()
        self._ledger.wait(GUARD)

    def actor(self, kind: str, *words: str, url: str | None = None) -> Actor:
        """Start an agent (see ``actors.py``), at this hub or at a ``url`` that leads there."""
        environ = {**os.environ, **self.till.environment(), "INTERLOCK_URL": url or self.hub.url}
        environ["INTERLOCK_AGENT_TOKEN"] = self.hub.agent_token
        actor = Actor(kind, words, environ)
        self._actors.append(actor)
        return actor

    @contextmanager
    def ledger_still(self) -> Generator[None]:
        """Let the ledger stand still for a block: what it is asked for meanwhile happens afterwards."""
        freeze(self._ledger.pid)
        try:
            yield
        finally:
            os.kill(self._ledger.pid, signal.SIGCONT)

    def effects(self, run: str) -> list[Json]:
        """Return what the ledger's file holds of a run."""
        return [effect for effect in read_effects(self._effects) if effect["run"] == run]

    def order(self, verb: str, *runs: str) -> str:
        """Give an order and return its id once the hub says that it is recorded."""
        status, answer = self.hub.ask("POST", "/v1/orders", {"verb": verb, "runs": runs, "reason": "a test"})
        assert status == 200, answer
        return str(answer["receipts"][0]["order"])

    def receipt(self, run: str, order: str) -> Json:
        """Return the receipt of an order as it is now; empty where the hub has none yet."""
        _, said = self.hub.ask("GET", f"/v1/runs/{run}")
        return next((dict(one) for one in said.get("receipts", ()) if one["order"] == order), {})

    def stages(self, run: str, order: str) -> dict[str, Json]:
        """Return the stages that an order has reached, by name."""
        return {stage["stage"]: stage for stage in self.receipt(run, order).get("stages", ())}

    def reach(self, run: str, order: str, stage: str) -> Json:
        """Wait until an order has reached a stage, and return the receipt."""
        until(lambda: stage in self.stages(run, order), f"{stage} of {order}")
        return self.receipt(run, order)

    def audit(self) -> list[Json]:
        """Return every entry of the record."""
        entries: list[Json] = []
        after = 0
        while True:
            page = self.hub.get(f"/v1/audit?after={after}&limit=200")
            entries += page["entries"]
            if page["next"] is None:
                return entries
            after = page["next"]


@contextmanager
def sandbox(folder: Path, *options: str, **environ: str) -> Generator[Sandbox]:
    """Run a hub, with ``options`` and ``environ``, and a ledger in a folder."""
    with HubProcess(folder / "hub", options=options, environ=environ) as hub, Sandbox(folder, hub) as box:
        yield box
