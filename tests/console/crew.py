"""An agent process with as many runs as a test wants, of any names, for orders that are about many."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support import forked
from tests.support.frozen import freeze
from tests.support.hubs import GUARD, HubProcess

_AGENT = """
import json, sys, threading
import interlock
gate = interlock.connect()
release = threading.Event()

@gate.tool(cls="write", timeout=600)
def refund(order_id: str) -> dict:
    release.wait(600)
    return {"order": order_id}

def work(agent, role, parent):
    try:
        with gate.run(agent=agent, role=role, goal="refund A-1009", parent=parent or None) as run:
            print(run.id, flush=True)
            while True:
                refund("A-1009")
                release.wait(0.05)
    except Exception as error:
        print(type(error).__name__, file=sys.stderr)

for line in sys.stdin:
    said = json.loads(line)
    if said == "release":
        release.set()
    else:
        threading.Thread(target=work, args=said, daemon=True).start()
"""


class Crew:
    """Runs in one process, each in a refund that ends when all are released, and then makes one after another."""

    def __init__(self, hub: HubProcess) -> None:
        self.process: subprocess.Popen[str] = forked.Popen(
            [sys.executable, "-P", "-c", _AGENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | hub.environment(),
            text=True,
        )

    def _say(self, what: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def begin(self, agent: str, role: str, parent: str = "") -> str:
        """Begin a run and return its id; one that is killed already has an id too, and makes no call."""
        assert self.process.stdout is not None
        self._say([agent, role, parent])
        return self.process.stdout.readline().strip()

    def release(self) -> None:
        """Let the refunds in flight end, and all later ones at once."""
        self._say("release")

    def freeze(self) -> None:
        """Let the process stand still."""
        freeze(self.process.pid)


@contextmanager
def crew(hub: HubProcess) -> Iterator[Crew]:
    """Run such a process, and end it whatever happened."""
    made = Crew(hub)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate(timeout=GUARD)
