"""The processes of the sandbox: started in order, and all ended by their pid, whatever happens."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from interlock.errors import InterlockError
from interlock.gameday.till import Till
from interlock.text import visible_line

__all__ = ["Hub", "Stage", "StageError"]

READY_SECONDS = 60.0
"""How long a process may take until it says that it is ready; on a busy machine Python alone takes seconds."""
END_SECONDS = 3.0


class StageError(InterlockError):
    """A process of the sandbox did not do what it is there for."""


class Hub(NamedTuple):
    """The sandbox's own hub."""

    url: str
    operator_token: str
    agent_token: str

    def operator(self) -> dict[str, str]:
        """Return what lets a command or a console act at this hub."""
        return {"INTERLOCK_URL": self.url, "INTERLOCK_TOKEN": self.operator_token}

    def agent(self) -> dict[str, str]:
        """Return what lets an agent connect to this hub."""
        return {"INTERLOCK_URL": self.url, "INTERLOCK_AGENT_TOKEN": self.agent_token}


class Stage:
    """Starts processes in one folder, and ends them last come first gone. A context manager.

    They end with this process too, however it ends: see :mod:`interlock.gameday.leash`.
    """

    popen: type["subprocess.Popen[bytes]"] = subprocess.Popen
    """What starts them."""

    def __init__(self, folder: Path, seed: int, pace: float = 1.0) -> None:
        self.folder, self.seed, self.pace = folder, seed, pace
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.effects = folder / "ledger" / "effects.jsonl"
        self._leash: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(
        self, name: str, module: str, words: Sequence[str] = (), environ: Mapping[str, str] = {}
    ) -> int:
        """Start ``python -m module``, its output in a log of its own in the folder; return its pid."""
        if self._leash is None:
            self._leash = os.pipe()
        leash = self._leash[0]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = self.popen(
                [sys.executable, "-P", "-m", "interlock.gameday.leash", str(leash), module, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(leash,),
                env={**_clean(os.environ), **environ},
            )
        self.processes[name] = process
        return process.pid

    def open(self, more_orders: int = 0) -> tuple[Hub, Till]:
        """Start the hub and the ledger side by side, and wait until both are ready.

        ``more_orders`` are plain ones in the book beside those of the story.
        """
        hub, ledger = self.folder / "hub.ready", self.folder / "ledger.ready"
        data = str(self.folder / "hub")
        self.start(
            "hub", "interlock.hub", ["--data", data, "--listen", "127.0.0.1:0", "--ready-file", str(hub)]
        )
        books = str(self.folder / "ledger")
        self.start(
            "ledger",
            "interlock.gameday.ledger",
            ["--folder", books, "--ready-file", str(ledger), "--more-orders", str(more_orders)],
        )
        said, till = self._ready("hub", hub), self._ready("ledger", ledger)
        operator, agent = Path(said["operator_token_file"]), Path(said["agent_token_file"])
        tokens = [(hub.parent / file).read_text(encoding="ascii").strip() for file in (operator, agent)]
        return Hub(said["url"], *tokens), Till(till["address"], till["key"])

    def agent(self, name: str, hub: Hub, till: Till, words: Sequence[str] = ()) -> int:
        """Start one agent's process; ``name`` is ``KIND`` or ``KIND-NUMBER``. Return its pid."""
        return self.agents(name, (name.rstrip("0123456789").rstrip("-"),), hub, till, words)

    def agents(
        self,
        name: str,
        kinds: Sequence[str],
        hub: Hub,
        till: Till,
        words: Sequence[str] = (),
        environ: Mapping[str, str] = {},
    ) -> int:
        """Start one process with agents of these kinds in it; ``environ`` is on top of what leads to hub and till."""
        asked = [*kinds, "--seed", f"{self.seed}-{name}", "--pace", str(self.pace), *words]
        return self.start(
            name, "interlock.gameday.agent", asked, {**hub.agent(), **till.environment(), **environ}
        )

    def failed(self, kinds: Sequence[str]) -> list[str]:
        """Return a sentence for each process whose name begins with one of these and that ended with an error."""
        return [
            f"{name} ended with {process.returncode}; it said: {self._said(name)}"
            for name, process in self.processes.items()
            if name.startswith(tuple(kinds)) and process.poll()
        ]

    def _over(self, name: str) -> bool:
        process = self.processes.get(name)
        return process is not None and process.poll() is not None

    def _ready(self, name: str, file: Path) -> dict[str, Any]:
        until = time.monotonic() + READY_SECONDS
        while not file.exists():
            if self._over(name):
                code = self.processes[name].returncode
                raise StageError(
                    f"the {name} ended with {code} instead of starting; it said: {self._said(name)}"
                )
            if time.monotonic() > until:
                raise StageError(
                    f"the {name} was not ready in {READY_SECONDS:.0f} s; it said: {self._said(name)}"
                )
            time.sleep(0.02)
        return dict(json.loads(file.read_text(encoding="utf-8")))

    def _said(self, name: str) -> str:
        text = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return visible_line(text[-800:].strip()) or "nothing"

    def end(self) -> None:
        """End every process that was started here: asked first, then made to."""
        going = list(reversed(self.processes.values()))
        for process in going:
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + END_SECONDS
        for process in going:
            try:
                process.wait(max(0.05, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for fd in self._leash or ():
            os.close(fd)
        self._leash = None


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would lead a process of the sandbox to some other hub, or to a parent run that is not there."""
    return {name: value for name, value in environ.items() if not name.startswith(("INTERLOCK_", "GAMEDAY_"))}
