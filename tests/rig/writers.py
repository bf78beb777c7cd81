"""A gate in this process whose runs write to a file, and a hub that dies and is started again around it."""

import http.client
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import interlock
from interlock import ids
from interlock.errors import GateError, InterlockError, KillSignal
from interlock.hub.failpoints import VARIABLE
from tests.support.hubs import HubProcess

__all__ = ["GUARD", "Json", "Phoenix", "Writer", "new_key", "stages", "until"]

Json = dict[str, Any]

GUARD = 60.0


def until(condition: Callable[[], Any], what: str) -> Any:
    """Look again and again until there is something, and return it."""
    deadline = time.monotonic() + GUARD
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)
    return found


def stages(receipt: Json) -> dict[str, float]:
    """Return the wall time of each stage of a receipt."""
    return {stage["stage"]: stage["at"] for stage in receipt["stages"]}


class Writer(threading.Thread):
    """One run that writes as fast as it may from :meth:`go` on, until it is killed.

    The file is the oracle: a line ``run permit wall`` is written by the effect itself.
    """

    def __init__(self, gate: interlock.Gate, path: Path) -> None:
        super().__init__(name="a writer", daemon=True)
        self._gate, self._path = gate, path
        self._open, self._go, self._end = threading.Event(), threading.Event(), threading.Event()
        self.run_id = self.problem = ""
        self.killed = False
        """Whether the gate ended it because of a kill."""
        self.start()

    def opened(self, seconds: float = GUARD) -> bool:
        """Wait for the run to be open; False when it takes longer."""
        if not self._open.wait(seconds):
            return False
        assert self.run_id, f"the run did not open: {self.problem}"
        return True

    def go(self) -> None:
        """Let it write."""
        self._go.set()

    def end(self) -> None:
        """Let it finish by itself, unless it was killed, and wait."""
        self._go.set()
        self._end.set()
        self.join(GUARD)
        assert not self.is_alive(), "the run did not end"

    def effects(self) -> list[tuple[str, float]]:
        """Return permit and wall time of what this run did, in order."""
        lines = [line.split() for line in self._path.read_text(encoding="ascii").splitlines()]
        return [(permit, float(wall)) for run, permit, wall in lines if run == self.run_id]

    def run(self) -> None:
        """Open the run and write."""
        try:
            with self._gate.run(agent="rig", role="writer", goal="write") as run:
                self.run_id = run.id
                self._open.set()
                self._go.wait(GUARD)
                while not self._end.is_set():
                    self._write(run)
        except (interlock.RunKilled, KillSignal):
            self.killed = True
        except InterlockError as error:
            self.problem = repr(error)
        finally:
            self._open.set()

    def _write(self, run: interlock.Run) -> None:
        try:
            with run.call("act", "write", {}) as call:
                with self._path.open("a", encoding="ascii") as file:
                    file.write(f"{run.id} {call.permit_id} {time.time():.6f}\n")
                call.finished("done")
        except GateError:
            time.sleep(0.01)


class Phoenix:
    """A hub and one gate with its file. The hub may die at any question; it is started again and asked anew."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.hub = HubProcess(folder / "hub")
        self._sink = folder / "sink"
        self._sink.touch()
        self._gate: interlock.Gate | None = None
        self.last = ""
        """The run of the last round."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gate is not None:
            self._gate.close(timeout=2.0)
        self.hub.kill()

    def start(self, place: str = "") -> None:
        """Start the hub, which is down, to die at this place."""
        self.hub.environ = {VARIABLE: place} if place else {}
        self.hub.start()

    def writer(self) -> Writer:
        """Open a run that writes; a hub that dies over it is started again, to live."""
        if self._gate is None:
            self._gate = interlock.connect(self.hub.url, self.hub.agent_token)
        writer = Writer(self._gate, self._sink)
        while not writer.opened(0.2):
            if not self.hub.running:
                self.rise()
        return writer

    def rise(self) -> None:
        """Kill the hub, if it still is there, and start it to live."""
        self.hub.kill()
        self.start()

    def give(self, verb: str, run: str, key: str) -> str:
        """Give an order once; return its id, or nothing when the hub died before it answered."""
        body = {"verb": verb, "runs": [run], "reason": "a test"}
        try:
            status, said = self.hub.ask("POST", "/v1/orders", body, **{"Idempotency-Key": key})
        except (OSError, http.client.HTTPException):
            return ""
        assert status == 200, said
        return str(said["receipts"][0]["order"])

    def state(self, run: str) -> Json:
        """Return what the hub says of a run."""
        return dict(self.hub.get(f"/v1/runs/{run}")["run"])

    def receipts(self, run: str, verb: str) -> list[Json]:
        """Return the receipts of a run for this verb."""
        return [found for found in self.hub.get(f"/v1/runs/{run}")["receipts"] if found["verb"] == verb]

    def audit(self) -> list[Json]:
        """Return every entry of the record."""
        entries: list[Json] = []
        after: int | None = 0
        while after is not None:
            page = self.hub.get(f"/v1/audit?after={after}&limit=500")
            entries += page["entries"]
            after = page["next"]
        return entries


def new_key() -> str:
    """Return a key for an order."""
    return ids.new_order()
