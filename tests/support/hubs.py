"""A real hub for a test: a process of its own on a free port, that can be stopped, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.support import forked
from tests.support.frozen import freeze
from tests.support.ports import free_port

T = TypeVar("T")

GUARD = 60.0
"""Seconds after which a hub that is not there is a failure. Nothing is concluded from being faster."""


class HubProcess:
    """A hub in a data folder. Use as a context manager: at the end the process is gone, whatever happened.

    ``url``, ``pid``, ``operator_token`` and ``agent_token`` are those of the hub that runs now.
    """

    def __init__(
        self, data: Path, *, options: Sequence[str] = (), environ: Mapping[str, str] | None = None
    ) -> None:
        """Keep a hub in ``data``; ``options`` and ``environ`` are added to those of the command.

        It proves its brake only where ``--canary-every`` is among the options.
        """
        self.data, self.options = data, tuple(options)
        self.environ = dict(environ or {})
        self.url = ""
        self.pid = 0
        self.operator_token = self.agent_token = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()

    def start(self) -> Self:
        """Start the hub and wait until it says that it is ready. The port stays the same over restarts."""
        if self.running:
            raise RuntimeError("this hub runs already")
        ready = self.data.parent / f"{self.data.name}.ready.json"
        ready.unlink(missing_ok=True)
        log = (self.data.parent / f"{self.data.name}.out").open("ab")
        command = [sys.executable, "-P", "-m", "interlock.hub", "--data", str(self.data)]
        command += ["--listen", f"127.0.0.1:{self._port}", "--ready-file", str(ready), *self.options]
        if "--canary-every" not in self.options:
            command.append("--no-canary")
        with log:
            # What a hub finds in its environment it may read while it is imported.
            start = subprocess.Popen if self.environ else forked.Popen
            self._process = start(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environ,
            )
        self._wait_for(ready)
        said = json.loads(ready.read_text(encoding="utf-8"))
        self.url, self.pid = said["url"], said["pid"]
        self.operator_token = Path(said["operator_token_file"]).read_text(encoding="ascii").strip()
        self.agent_token = Path(said["agent_token_file"]).read_text(encoding="ascii").strip()
        return self

    def _wait_for(self, ready: Path) -> None:
        until = time.monotonic() + GUARD
        while not ready.exists():
            code = self.process.poll()
            if code is not None:
                raise RuntimeError(f"the hub ended with {code} instead of starting:\n{self.output()}")
            if time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"the hub was not ready in {GUARD} s:\n{self.output()}")
            time.sleep(0.01)

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The process that was started last."""
        if self._process is None:
            raise RuntimeError("this hub was never started")
        return self._process

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def ws(self) -> str:
        """The address with the scheme of WebSockets."""
        return "ws" + self.url.removeprefix("http")

    def environment(self) -> dict[str, str]:
        """Return what lets agents and commands find this hub by their environment."""
        return {
            "INTERLOCK_URL": self.url,
            "INTERLOCK_TOKEN": self.operator_token,
            "INTERLOCK_AGENT_TOKEN": self.agent_token,
        }

    def output(self) -> str:
        """Return what the hub printed so far, over all its starts."""
        return (self.data.parent / f"{self.data.name}.out").read_text(encoding="utf-8", errors="replace")

    def files(self, look: Callable[[Path], T]) -> dict[Path, T]:
        """Return what ``look`` says of everything in the data folder, of a moment in which nothing went away.

        A hub at work writes some files anew beside the old ones, which are gone between being listed and being read.
        """
        until = time.monotonic() + GUARD
        while True:
            try:
                return {path: look(path) for path in sorted(self.data.rglob("*"))}
            except FileNotFoundError:
                if time.monotonic() > until:
                    raise

    def stop(self) -> int:
        """Ask the hub to end, wait, and return its exit code."""
        return self._signal(signal.SIGTERM)

    def kill(self) -> int:
        """End the hub without giving it any chance to tidy up."""
        return self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Let the hub stand still until :meth:`thaw`."""
        freeze(self.process.pid)

    def thaw(self) -> None:
        """Let a frozen hub go on."""
        os.kill(self.process.pid, signal.SIGCONT)

    def wait(self) -> int:
        """Wait until the hub has ended by itself; return its exit code."""
        return self.process.wait(GUARD)

    def _signal(self, sign: signal.Signals) -> int:
        if self.running:
            self.process.send_signal(sign)
            if sign != signal.SIGKILL:
                self.process.send_signal(signal.SIGCONT)
        try:
            return self.process.wait(GUARD)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(GUARD)
            raise

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask the HTTP API as the operator; return the status and the decoded answer."""
        from http.client import HTTPConnection

        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=GUARD)
        sent = {"Authorization": f"Bearer {self.operator_token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent | headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Return the answer to GET, which must be a good one."""
        status, answer = self.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {answer}")
        return answer

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()


@contextmanager
def running_hub(**given: Any) -> Iterator[HubProcess]:
    """Run a hub in a fresh folder of its own, that is removed afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="hub-") as folder,
        HubProcess(Path(folder) / "data", **given) as hub,
    ):
        yield hub
