"""The ground a bench stands on: its size, a folder of its own, and processes that all end with it."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")

READY_S = 60.0
ANSWER_S = 180.0


class Part:
    """A process that takes one JSON object a line and answers each with one; it ends with its input."""

    def __init__(self, module: str, *words: str, variables: Mapping[str, str] | None = None) -> None:
        self.module = module
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.parts.{module}", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(variables or {}),
            start_new_session=True,
        )
        self._pending = b""

    @property
    def pid(self) -> int:
        return self.process.pid

    def tell(self, do: str, **words: Any) -> None:
        """Send a command without waiting for its answer; :meth:`hear` takes that."""
        pipe = self.process.stdin
        assert pipe is not None
        pipe.write(json.dumps({"do": do, **words}).encode() + b"\n")
        pipe.flush()

    def hear(self, timeout: float = ANSWER_S) -> Any:
        """Return the next answer. Raises TimeoutError, or RuntimeError when the part ended or failed."""
        pipe = self.process.stdout
        assert pipe is not None
        line = self._line(pipe, time.monotonic() + timeout)
        answer = json.loads(line)
        if isinstance(answer, dict) and "failed" in answer:
            raise RuntimeError(f"the part {self.module!r} failed: {answer['failed']}")
        return answer

    def ask(self, do: str, *, timeout: float = ANSWER_S, **words: Any) -> Any:
        """Send a command and return its answer."""
        self.tell(do, **words)
        return self.hear(timeout)

    def _line(self, pipe: IO[bytes], deadline: float) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError(f"the part {self.module!r} did not answer in time")
                piece = os.read(pipe.fileno(), 1 << 20)
                if not piece:
                    raise RuntimeError(f"the part {self.module!r} ended: exit code {self.process.wait(10)}")
                self._pending += piece
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def stop(self) -> None:
        """End the process: its input first, then by its pid."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        end(self.process, 5.0)
        self.process.stdout.close()


class Hub:
    """A hub process on a port of its own, with its data in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = self.operator_token = self.agent_token = ""
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        ready = self.folder / "bench-ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "interlock.hub", "--data", str(self.folder / "data")]
        with (self.folder / "hub.out").open("ab") as out:
            process = subprocess.Popen(
                [*command, "--listen", "127.0.0.1:0", "--ready-file", str(ready), "--no-canary"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.process = process
        try:
            self._read(ready, time.monotonic() + READY_S)
        except BaseException:
            end(process, 1.0)
            raise
        return process

    def _read(self, ready: Path, deadline: float) -> None:
        said: dict[str, str] | None = None
        while said is None:
            try:
                said = json.loads(ready.read_text(encoding="utf-8"))
            except (FileNotFoundError, ValueError):
                self._still_starting(deadline)
        self.url = said["url"]
        self.operator_token = Path(said["operator_token_file"]).read_text(encoding="utf-8").strip()
        self.agent_token = Path(said["agent_token_file"]).read_text(encoding="utf-8").strip()

    def _still_starting(self, deadline: float) -> None:
        if self.process.poll() is not None or time.monotonic() > deadline:
            said = (self.folder / "hub.out").read_text(encoding="utf-8", errors="backslashreplace")
            raise RuntimeError(f"the hub did not start: {said[-2000:]}")
        time.sleep(0.005)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].strip("/"))

    def environment(self) -> dict[str, str]:
        """Return the variables that lead an agent and a console to this hub."""
        return {
            "INTERLOCK_URL": self.url,
            "INTERLOCK_TOKEN": self.operator_token,
            "INTERLOCK_AGENT_TOKEN": self.agent_token,
        }

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        self.process.kill()
        self.process.wait(30)

    def restart(self) -> None:
        """Start the hub again over the same data; it may listen on another port."""
        self.process = self._start()

    def stop(self) -> None:
        end(self.process, 10.0)


class Ground:
    """One run of the benches. Everything started through it has ended when its ``with`` block is left."""

    def __init__(self, size: str = "default") -> None:
        self.size = size
        self._things: list[Part | Hub] = []
        self._folder = Path(tempfile.mkdtemp(prefix="interlock-bench-"))

    def pick(self, quick: T, default: T, long: T | None = None) -> T:
        """Return the value for the size of this run; ``long`` is ``default`` where it is not given."""
        if self.size == "quick":
            return quick
        return long if self.size == "long" and long is not None else default

    def folder(self, name: str) -> Path:
        """Return a new empty folder on the disk of this run."""
        return Path(tempfile.mkdtemp(prefix=name + "-", dir=self._folder))

    def hub(self) -> Hub:
        """Start a hub over an empty folder of its own."""
        return self.adopt(Hub(self.folder("hub")))

    def adopt(self, hub: Hub) -> Hub:
        """Take care that this hub ends, too."""
        self._things.append(hub)
        return hub

    def part(self, module: str, *words: str, variables: Mapping[str, str] | None = None) -> Part:
        """Start ``tests.bench.parts.MODULE`` in a process of its own, with ``variables`` in its environment."""
        part = Part(module, *words, variables=variables)
        self._things.append(part)
        return part

    def clear(self) -> None:
        """End everything started since the last call, in the reverse order, and drop its files."""
        while self._things:
            self._things.pop().stop()
        for path in self._folder.iterdir():
            shutil.rmtree(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C would leave processes behind; ending them takes seconds at most.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.clear()
            shutil.rmtree(self._folder)
        finally:
            signal.signal(signal.SIGINT, before)


def end(process: subprocess.Popen[bytes], patience: float) -> None:
    """End one process by its pid: ask, wait, then SIGKILL."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with ``extra`` and without what would colour an output."""
    return {name: value for name, value in {**os.environ, **extra}.items() if name != "NO_COLOR"}


def command(name: str) -> Sequence[str]:
    """Return the words that run the installed command ``name``."""
    installed = Path(sys.executable).with_name(name)
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "interlock_console.cli"]
