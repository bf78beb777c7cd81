"""Where a trial takes place: a hub of its own in a folder that goes with it, and what the hub has on record."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

from interlock.errors import HubUnavailable, InterlockError

__all__ = ["Scene"]

READY_S = 60.0
END_S = 5.0
SETTLE_S = 30.0


class Scene:
    """A hub without canary on a free port. A context manager; ``environ`` lets a gate find it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="interlock-trial-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._token = self.url = ""

    def __enter__(self) -> Self:
        ready, log = self._folder / "ready.json", self._folder / "hub.out"
        words = ["--data", str(self._folder / "hub"), "--listen", "127.0.0.1:0", "--no-canary"]
        command = [sys.executable, "-P", "-m", "interlock.hub", *words, "--ready-file", str(ready)]
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            said = self._ready(ready, log)
        except BaseException:
            self.__exit__()
            raise
        self.url = said["url"]
        self._token = Path(said["operator_token_file"]).read_text(encoding="ascii").strip()
        agent = Path(said["agent_token_file"]).read_text(encoding="ascii").strip()
        os.environ.update({"INTERLOCK_URL": self.url, "INTERLOCK_AGENT_TOKEN": agent})
        return self

    def _ready(self, ready: Path, log: Path) -> dict[str, Any]:
        until = time.monotonic() + READY_S
        while not ready.exists():
            if self._process is None or self._process.poll() is not None:
                said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or [
                    "nothing"
                ]
                raise InterlockError(f"the hub of the trial did not start; it said {said[0][:300]!r}")
            if time.monotonic() > until:
                raise HubUnavailable("start the trial", url="127.0.0.1", waited=READY_S)
            time.sleep(0.02)
        return dict(json.loads(ready.read_text(encoding="utf-8")))

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def outcomes(self, run: str, least: int = 1) -> list[tuple[str, bool]]:
        """Return how the calls of a run ended, as the hub has it: outcome, and whether it came late.

        Waits until there are ``least`` of them, for half a minute at most.
        """
        until = time.monotonic() + SETTLE_S
        while True:
            asked = Request(f"{self.url}/v1/runs/{run}/events?limit=1000")  # noqa: S310 - loopback, made here
            asked.add_header("Authorization", f"Bearer {self._token}")
            with urlopen(asked, timeout=10.0) as answer:  # noqa: S310 - as above
                items = json.load(answer)["items"]
            events = [item["e"]["event"] for item in items]
            ended = [(e["outcome"], e.get("late", False)) for e in events if e["kind"] == "tool.finished"]
            if len(ended) >= least or time.monotonic() > until:
                return ended
            time.sleep(0.02)
