"""A hub that was killed with SIGKILL: until it serves again, and until its agents are back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tests.bench.desk import Operator
from tests.bench.figures._stand import connect
from tests.bench.ground import ROOT, Ground, Hub, Part
from tests.bench.shape import Bench, Figure, Floor, short

AGENTS = 500
IMAGE_S = 180.0


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield both over a full folder, beside the same start over an empty one."""
    events, rounds = ground.pick((100_000, 2), (200_000, 3), (1_000_000, 3))
    empty, full = ground.hub(), Hub(_filled(ground, events))
    ground.adopt(full)
    crowd = ground.part("crowd")
    connect(crowd, full, AGENTS)
    ours: list[float] = []
    floor: list[float] = []
    back: list[float] = []
    for _ in range(rounds):
        floor.append(_again(empty))
        ours.append(_again(full))
        back.append(_back(crowd, full))
    yield from _long_record(ground)
    started = Floor("an empty hub", median(floor))
    said = f"{', '.join(map(short, ours))} s; from exec to an answered GET /v1/status"
    yield Figure(f"serving, {events:,} events", median(ours), "s", None, 5.0, None, said)
    yield Figure("the same, against an empty folder", median(ours), "s", started, None, None)
    yield Figure(f"{AGENTS} agents back, all at once", median(back), "s", None, 10.0)


def _long_record(ground: Ground) -> Iterable[Figure]:
    """Yield the first start over a long record, which folds all of it, and those after the hub has made an image."""
    entries = ground.pick(50_000, 100_000, 1_000_000)
    folder = ground.folder("record")
    words = [sys.executable, "-m", "tests.bench.parts.month", str(folder / "data"), str(entries)]
    subprocess.run(words, cwd=ROOT, check=True, timeout=300)
    begun = time.monotonic()
    hub = ground.adopt(Hub(folder))
    whole = time.monotonic() - begun
    with Operator(hub) as operator:
        while not _imaged(operator, entries):
            if time.monotonic() - begun > IMAGE_S:
                raise RuntimeError(f"no image of the world within {IMAGE_S:.0f} s")
            time.sleep(0.2)
    again = [_again(hub) for _ in range(3)]
    said = f"{', '.join(map(short, again))} s; without an image, once, {short(whole)} s"
    yield Figure(f"serving, {entries:,} entries in the record", median(again), "s", None, 5.0, None, said)


def _imaged(operator: Operator, entries: int) -> bool:
    """Return whether the record vouches for an image of the world."""
    return any(entry["kind"] == "image" for entry in operator.get(f"/v1/audit?after={entries}")["entries"])


def _filled(ground: Ground, events: int) -> Path:
    """Return a folder whose hub data hold this many events."""
    folder = ground.folder("full")
    words = [sys.executable, "-m", "tests.bench.parts.fill", str(folder / "data"), str(events)]
    subprocess.run(words, cwd=ROOT, check=True, timeout=900)
    return folder


def _again(hub: Hub) -> float:
    """Kill a hub, start it again, and return the seconds from its start until it answered."""
    hub.kill()
    begun = time.monotonic()
    hub.restart()
    with Operator(hub) as operator:
        operator.get("/v1/status")
    return time.monotonic() - begun


def _back(crowd: Part, hub: Hub) -> float:
    return float(crowd.ask("back", port=hub.port, token=hub.agent_token)["seconds"])


BENCH = Bench(
    name="restart",
    shows="kill -9 of a hub with a long past, and its start over the same files",
    goal="serving within 5 s (1 M events: --long), 500 agents back within 10 s",
    floor="the same with an empty data folder, in turn",
    measure=measure,
    order=80,
)
