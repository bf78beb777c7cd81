"""D4 in full: the console's fold behind a bad line makes the state the hub has, and every hole is said."""

import asyncio
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from interlock import ids
from interlock_console.client import Hub
from interlock_console.link import Link
from interlock_console.state import Fleet
from tests.hub.server.raw import raw_gate, reasoning
from tests.rig.say import say
from tests.rig.writers import until
from tests.support.hubs import HubProcess
from tests.support.proxy import Proxy

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

Json = dict[str, Any]

EVENTS, RUNS, BATCH = 2_000, 4, 10
RING = 400


class BadLine(Proxy):
    """Also cuts what it forwards into small pieces, at random."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(self._rng.choice([1, 7, 300, 5_000, 65_536])):
                await self._through.wait()
                self.passed += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            return


class Heard(Fleet):
    """A fold that keeps every frame it was given, in order, and may take its time over them."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng
        self.slow = 0.0
        self.frames: list[Json] = []

    def linked(self) -> None:
        """Note where a new connection begins, and what it asked for."""
        self.frames.append({"kind": "linked", "since": self.pos})
        super().linked()

    def feed(self, frame: Json, now: float) -> bool:
        """Keep the frame, and fold it."""
        self.frames.append(frame)
        if self.slow:
            time.sleep(self._rng.uniform(0.0, self.slow))
        return super().feed(frame, now)


def _check(frames: list[Json]) -> int:
    """Check that positions go up one by one, but over a gap that was said or a snapshot; return the gaps."""
    expected = -1
    gap: Json | None = None
    gaps = 0
    for frame in frames:
        kind = frame["kind"]
        if kind == "linked":
            assert frame["since"] is None or frame["since"] + 1 == expected
            gap = None
        elif kind == "gap":
            assert frame["first"] == expected
            assert frame["last"] >= frame["first"]
            gap, gaps = frame, gaps + 1
        elif kind == "snapshot":
            assert gap is None or frame["pos"] == gap["last"]
            if frame["part"] == frame["parts"] - 1:
                expected, gap = frame["pos"] + 1, None
        elif kind == "tick":
            assert gap is None, "a gap without its snapshot"
            for item in frame["items"]:
                assert item["pos"] == expected
                expected += 1
    return gaps


@pytest.mark.parametrize("seed", range(20))
def test_a_console_behind_a_bad_line_has_what_the_hub_has(tmp_path: Path, seed: int) -> None:
    """Sliced, held, cut and read slowly: ordered, unique, every hole a gap with a snapshot, and at the end the same."""
    rng = random.Random(seed)
    say(f"seed {seed}")
    with BadLine(rng) as line:
        options = ("--host", line.url.removeprefix("http://"), "--ring", str(RING))
        with HubProcess(tmp_path / "hub", options=options) as hub:
            line.aim(hub.url)
            fleet = Heard(rng)
            link = Link(Hub(line.url, hub.operator_token, "a test"), fleet)
            link.start()
            try:
                runs = _traffic(rng, hub, line, fleet)
                line.heal()
                fleet.slow = 0.0
                until(lambda: fleet.pos == hub.get("/v1/status")["pos"], "the newest position")
            finally:
                link.stop(10.0)
            assert not link.is_alive()
            say(
                f"{_check(fleet.frames)} gaps, {sum(f['kind'] == 'linked' for f in fleet.frames)} connections"
            )
            shown = fleet.pull().changed
            for run in runs:
                assert shown[run].to_json() == hub.get(f"/v1/runs/{run}")["run"]
            assert len(shown) == len(runs)


def _traffic(rng: random.Random, hub: HubProcess, line: Proxy, fleet: Heard) -> list[str]:
    """Send the events while the line has its faults; return the runs."""
    runs = [ids.new_run() for _ in range(RUNS)]
    faults = threading.Thread(target=_faults, args=(rng.randint(0, 2**32), line, fleet))
    with raw_gate(hub) as gate:
        for run in runs:
            gate.open(run)
        faults.start()
        sent = dict.fromkeys(runs, 1)
        for _ in range(EVENTS // BATCH):
            run = rng.choice(runs)
            gate.events(
                run,
                sent[run] + 1,
                *[reasoning(f"{sent[run] + n} " + "x" * rng.randint(0, 200)) for n in range(BATCH)],
            )
            sent[run] += BATCH
            time.sleep(rng.uniform(0.0, 0.03))
        faults.join()
        until(
            lambda: all(hub.get(f"/v1/runs/{run}/events?after={sent[run] - 1}")["items"] for run in runs),
            "all events",
        )
    return runs


def _faults(seed: int, line: Proxy, fleet: Heard) -> None:
    """Do something to the line again and again for about three seconds."""
    rng = random.Random(seed)
    until_then = time.monotonic() + 3.0
    while time.monotonic() < until_then:
        fault = rng.choice(["hole", "cut", "reset", "slow", "refuse"])
        if fault == "slow":
            fleet.slow = rng.choice([0.0, 0.02, 0.3])
        else:
            getattr(line, fault)()
        time.sleep(rng.uniform(0.0, 0.7))
        line.heal()
        time.sleep(rng.uniform(0.0, 0.3))
