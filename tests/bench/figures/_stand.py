"""What several benches set up alike: a hub, its agents, a load beside it, and the floors' ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

from tests.bench.desk import Disk, Echo, Operator
from tests.bench.ground import Ground, Hub, Part

LOAD_RATE, LOAD_AGENTS, LOAD_BURST = 5000, 100, 5
REST_S = 0.003
"""Between two samples, so that one does not pay for the work the last one left behind."""


@dataclass
class Stand:
    """A hub with ``agents`` agents, and one run for each kill that is to be measured."""

    hub: Hub
    operator: Operator
    echo: Echo
    disk: Disk
    crowd: Part
    runs: list[str]

    def kill(self) -> Kill:
        """Kill the next run and return the answer; the crowd knows when its gate closed."""
        run = self.runs.pop()
        answer = self.operator.order("kill", [run])
        time.sleep(REST_S)
        return Kill(run, answer.sent, answer.ms)

    def echo_ms(self) -> float:
        """Return one round trip to the echo process in ms."""
        taken = self.echo.ms()
        time.sleep(REST_S)
        return taken

    def disk_ms(self) -> float:
        """Return one synced append in ms."""
        taken = self.disk.ms()
        time.sleep(REST_S)
        return taken

    def closed_ms(self, rounds: list[list[Kill]]) -> list[list[float]]:
        """Return how long each kill took from its POST to the closed gate, in ms."""
        time.sleep(0.1)
        closed: dict[str, Any] = self.crowd.ask("closed")
        return [[(closed[kill.run][0] - kill.sent) * 1e3 for kill in one] for one in rounds]


@dataclass(frozen=True)
class Kill:
    """One kill: its run, when its POST was written (monotonic seconds), and the whole answer's time."""

    run: str
    sent: float
    answered_ms: float


def gated(ground: Ground, kills: int) -> Stand:
    """Start a hub, the floors, and one agent with the real gate that has ``kills`` runs to be killed."""
    hub = ground.hub()
    part = ground.part("gated", variables=hub.environment())
    runs = [run for one in part.ask("runs", runs=kills) for run in one]
    return _ready(ground, hub, part, runs)


def connect(crowd: Part, hub: Hub, agents: int, runs: int = 1) -> list[str]:
    """Connect agents; return their runs, so ordered that neighbours belong to different agents."""
    said = crowd.ask("connect", agents=agents, runs=runs, port=hub.port, token=hub.agent_token)
    mine: list[list[str]] = said["runs"]
    return [run for turn in zip(*mine, strict=True) for run in turn]


def stand(ground: Ground, agents: int, kills: int) -> Stand:
    """Start a hub, the floors and a crowd that has at least ``kills`` runs to be killed."""
    hub = ground.hub()
    crowd = ground.part("crowd")
    return _ready(ground, hub, crowd, connect(crowd, hub, agents, ceil(kills / agents)))


def _ready(ground: Ground, hub: Hub, crowd: Part, runs: list[str]) -> Stand:
    echo = Echo(ground.part("echo").ask("port"))
    ready = Stand(hub, Operator(hub), echo, Disk(hub.folder), crowd, runs)
    for _ in range(20):
        ready.echo_ms()
    return ready


@contextmanager
def load(ground: Ground, hub: Hub, rate: int = LOAD_RATE) -> Iterator[Part]:
    """Keep ``rate`` events of 1 KB a second coming from agents of their own while the block runs."""
    part = ground.part("crowd")
    connect(part, hub, LOAD_AGENTS)
    part.ask("flow", rate=rate, burst=LOAD_BURST, seconds=120)
    time.sleep(1.0)
    yield part
    sent = part.ask("flowed", halt=True)
    byes = part.ask("byes")
    if byes["down"]:
        raise RuntimeError(f"the hub dropped {byes['down']} load agents: {byes['said']}")
    if sent["sent"] < 0.9 * rate * sent["seconds"]:
        raise RuntimeError(f"the load fell behind: {sent}")
