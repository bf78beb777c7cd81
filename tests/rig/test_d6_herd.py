"""D6, the herd: 500 real gates are back ten seconds after kill -9 of their hub, and no second brings more than 100."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import interlock
from tests.hub.server.test_herd import at_the_door
from tests.rig.say import say
from tests.support.hubs import HubProcess, running_hub

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

PROCESSES, EACH = 5, 100
AGENTS = PROCESSES * EACH
ALL_BACK, MOST_IN_A_SECOND, ONE_BACK = 10.0, 100, 1.0


@contextmanager
def herd(hub: HubProcess) -> Iterator[list["subprocess.Popen[str]"]]:
    """Start the agents' processes and wait until each has all its runs open."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("herd.py")), str(EACH)]
    people = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | hub.environment(),
        )
        for _ in range(PROCESSES)
    ]
    try:
        for each in people:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        yield people
    finally:
        for each in people:
            each.kill()
            each.wait()
            for pipe in (each.stdin, each.stdout):
                if pipe is not None:
                    pipe.close()


def watched(hub: HubProcess, seconds: float) -> list[tuple[float, float, int]]:
    """Ask how many gates there are, again and again; return when each question began and ended, and the count."""
    seen: list[tuple[float, float, int]] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        count = int(hub.get("/v1/status")["gates"])
        seen.append((begun, time.monotonic(), count))
        if count == AGENTS:
            break
        time.sleep(0.02)
    return seen


def most_in_a_second(seen: list[tuple[float, float, int]]) -> int:
    """Return the most gates that surely came within one second: from before one question to after another."""
    return max(
        (
            later[2] - before[2]
            for place, before in enumerate(seen)
            for later in seen[place:]
            if later[1] - before[0] <= 1.0
        ),
        default=0,
    )


def test_five_hundred_are_back_in_time_and_never_all_at_once() -> None:
    """Three times over: every gate is back within ten seconds of the hub's start, at most 100 of them in any second."""
    with running_hub() as hub, herd(hub) as people:
        for _ in range(3):
            hub.kill()
            time.sleep(2.0)
            hub.start()
            begun = time.monotonic()
            seen = watched(hub, 60.0)
            latest = 0.0
            for each in people:
                assert each.stdin is not None
                assert each.stdout is not None
                each.stdin.write("60\n")
                each.stdin.flush()
                _, back, at = each.stdout.readline().split()
                assert int(back) == EACH
                latest = max(latest, float(at))
            all_there = seen[-1][1] - begun
            worst = most_in_a_second(seen)
            say(
                f"{AGENTS} gates back {all_there:.2f} s after the hub served (they know it after "
                f"{latest - begun:.2f} s), at most {worst} in a second"
            )
            assert seen[-1][2] == AGENTS
            assert all_there <= ALL_BACK
            assert worst <= MOST_IN_A_SECOND


def test_one_alone_is_back_at_once() -> None:
    """A gate that is alone with its hub waits for nobody: back a second after the hub serves, however often."""
    with running_hub() as hub, interlock.connect(hub.url, hub.agent_token) as gate:
        took: list[float] = []
        for _ in range(10):
            hub.kill()
            hub.start()
            begun = time.monotonic()
            while not gate.connected:
                assert time.monotonic() - begun < 30.0
                time.sleep(0.005)
            took.append(time.monotonic() - begun)
    say(f"one gate back after p50 {statistics.median(took):.2f} s, at most {max(took):.2f} s")
    assert statistics.median(took) <= ONE_BACK


def test_more_than_may_wait_are_told_when_to_come_again() -> None:
    """Of 1,500 at the door at once, those too many hear 503 with a time to come again; the others all come in."""
    with running_hub() as hub, at_the_door(hub, 1500) as gates:
        answers = [_answer(each) for each in gates]
    let = sum(answer.startswith("HTTP/1.1 101") for answer in answers)
    away = [answer for answer in answers if answer.startswith("HTTP/1.1 503")]
    times = sorted(int(answer.lower().split("retry-after: ")[1].split("\r\n")[0]) for answer in away)
    say(f"{let} let in, {len(away)} sent away for {times[0]} to {times[-1]} s")
    assert let + len(away) == 1500
    assert let >= 600
    assert 0 < times[0] <= 8 <= times[-1] <= 60


def _answer(each: socket.socket) -> str:
    each.settimeout(60.0)
    return each.recv(4096).decode()
