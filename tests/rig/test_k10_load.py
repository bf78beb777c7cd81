"""K10 in full: how long a kill takes to be on disk, with 500 agents, twice the load, a busy core, and in a herd."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import interlock
from interlock.errors import RunKilled
from tests.bench.figures._stand import LOAD_AGENTS, LOAD_BURST, LOAD_RATE, Stand, connect, stand
from tests.bench.figures.stages import reached
from tests.bench.ground import Ground
from tests.bench.shape import flat, interleave, p99, spread
from tests.rig.say import say
from tests.support.hubs import HubProcess

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

AGENTS, KILLS = 500, 200
PROMISE_MS, HERD_MS = 100.0, 1000.0
FLOORS = 6.0
"""Where the machine itself is that slow, the promise is so many floors: a TCP echo and a synced append, at the same
time and beside the same load."""
HERD = 150
STARVED = 0.1
"""The share of the time for which the hub's loop may wait for a core, beyond which a figure is the machine's."""


@contextmanager
def _busy_core() -> Iterator[None]:
    """Keep one core busy with nothing, where the hub and the load have two others."""
    if (os.cpu_count() or 1) < 3:
        yield
        return
    idle = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        idle.kill()
        idle.wait()


@contextmanager
def _flood(ground: Ground, ready: Stand, times: int) -> Iterator[None]:
    """Send so many times the load the hub is made for; gates it cuts off because of that stay away."""
    part = ground.part("crowd")
    connect(part, ready.hub, LOAD_AGENTS)
    part.ask("flow", rate=times * LOAD_RATE, burst=LOAD_BURST, seconds=300)
    time.sleep(1.0)
    yield
    sent = part.ask("flowed", halt=True)
    say(
        f"flood: {sent['sent'] / sent['seconds']:.0f} events/s sent, {part.ask('byes')['down']} gates cut off"
    )


def test_a_kill_is_on_disk_in_time_beside_the_load() -> None:
    """With 500 agents and 5,000 events a second, 99 of 100 kills are recorded in 100 ms or 6 floors."""
    ms, floor, starved = _recorded(1)
    if starved > STARVED:
        pytest.skip(
            f"other processes kept the hub from a core for {starved:.0%} of the time: no figure of its own"
        )
    assert p99(ms) <= max(PROMISE_MS, FLOORS * p99(floor))


def test_a_kill_is_on_disk_in_time_beside_twice_the_load() -> None:
    """Twice that is more than two cores have: what was given is recorded within a second all the same."""
    ms, _, _ = _recorded(2)
    assert max(ms) <= HERD_MS


def _recorded(times: int) -> tuple[list[float], list[float], float]:
    """Return until kills were recorded beside so many loads, the floor's, both in ms, and how starved the hub was."""
    with Ground("quick") as ground:
        ready = stand(ground, AGENTS, KILLS)
        with _busy_core(), _flood(ground, ready, times):
            began, waited = time.monotonic(), _waited(ready.hub.pid)
            kills, floors = interleave(KILLS // 10, 10, ready.kill, lambda: ready.echo_ms() + ready.disk_ms())
            starved = (_waited(ready.hub.pid) - waited) / (time.monotonic() - began)
        ms = [reached(ready, kill.run, "recorded") for kill in flat(kills)]
        for end in (ready.operator, ready.echo, ready.disk):
            end.close()
    say(f"recorded: {spread(ms)}; whole answer: {spread([kill.answered_ms for kill in flat(kills)])}")
    say(f"floor: {spread(flat(floors))}; the hub's loop waited for a core {starved:.0%} of the time")
    return ms, flat(floors), starved


def _waited(pid: int) -> float:
    """Return the seconds for which the main thread of a process was ready to run and had no core."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


def test_a_kill_is_on_disk_in_time_while_all_agents_come_back(tmp_path: Path) -> None:
    """After a death of the hub, with every gate connecting at once, each kill is recorded within a second."""
    with HubProcess(tmp_path / "hub") as hub, ExitStack() as stack:
        gates = [stack.enter_context(interlock.connect(hub.url, hub.agent_token)) for _ in range(HERD)]
        runs = [gate.run(agent="herd", role="rig", goal="come back") for gate in gates]
        for run in runs:
            run.__enter__()
        hub.kill()
        hub.start()
        ms: list[float] = []
        for run in runs:
            status, answer = hub.ask(
                "POST", "/v1/orders", {"verb": "kill", "runs": [run.id], "reason": "herd"}
            )
            assert status == 200
            stages = {stage["stage"]: stage["ms"] for stage in answer["receipts"][0]["stages"]}
            ms.append(stages["recorded"])
        say(f"recorded in the herd: {spread(ms)}")
        assert max(ms) <= HERD_MS
        until = time.monotonic() + 30
        while not all(run.killed for run in runs):
            assert time.monotonic() < until
            time.sleep(0.05)
        for run in runs:
            with pytest.raises(RunKilled):
                run.__exit__(None, None, None)
