"""K10 in full: how long a kill takes to be on disk, with 500 agents, twice the load, a busy core, and in a herd."""

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


@contextmanager
def _busy_core() -> Iterator[None]:
    """Keep one core busy with nothing."""
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
    """With 500 agents, 5,000 events a second and a busy core, 99 of 100 kills are recorded in 100 ms or 6 floors."""
    ms, floor = _recorded(1)
    assert p99(ms) <= max(PROMISE_MS, FLOORS * p99(floor))


def test_a_kill_is_on_disk_in_time_beside_twice_the_load() -> None:
    """Twice that is more than two cores have: what was given is recorded within a second all the same."""
    ms, _ = _recorded(2)
    assert max(ms) <= HERD_MS


def _recorded(times: int) -> tuple[list[float], list[float]]:
    """Return how long each kill took to be recorded beside so many loads, and the floor, both in ms."""
    with Ground("quick") as ground:
        ready = stand(ground, AGENTS, KILLS)
        with _busy_core(), _flood(ground, ready, times):
            kills, floors = interleave(KILLS // 10, 10, ready.kill, lambda: ready.echo_ms() + ready.disk_ms())
        ms = [reached(ready, kill.run, "recorded") for kill in flat(kills)]
        for end in (ready.operator, ready.echo, ready.disk):
            end.close()
    say(f"recorded: {spread(ms)}; whole answer: {spread([kill.answered_ms for kill in flat(kills)])}")
    say(f"floor: {spread(flat(floors))}")
    return ms, flat(floors)


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
