"""Many gates at once are let in one after another (invariant D6), and nobody else waits for them."""

import asyncio
import random
import select
import socket
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

import interlock
from interlock import ids
from interlock.hub.server.herd import Pace, Turnstile
from interlock.hub.server.limits import GATES_BURST, GATES_PER_S
from tests.hub.server.raw import raw_gate
from tests.support.hublet import Hublet
from tests.support.hubs import GUARD, HubProcess

UPGRADE = (
    "GET /v1/agent HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)

HERDS = (200, 500, 500, 500)


@pytest.mark.pure
@pytest.mark.parametrize("seed", range(20))
def test_no_second_has_more_than_a_hundred(seed: int) -> None:
    """Whenever they ask, and however long the hub stood still in between, no second lets more of them through."""
    rng = random.Random(seed)
    pace, now, let = Pace(GATES_PER_S, GATES_BURST), rng.uniform(0, 1e6), list[float]()
    for _ in range(2000):
        if pace.take(now) == 0.0:
            let.append(now)
        now += rng.choice(
            [0.0, 0.0, 0.001, 0.01, rng.expovariate(100.0), 3.0 if rng.random() < 0.01 else 0.0]
        )
    assert let
    worst = max(bisect_left(let, begin + 1.0) - bisect_left(let, begin) for begin in let)
    assert worst <= GATES_PER_S + GATES_BURST == 100


@pytest.mark.pure
def test_whoever_waits_as_long_as_told_is_let_through() -> None:
    """The wait that is told is enough, so that nobody asks in vain again and again."""
    pace = Pace(GATES_PER_S, GATES_BURST)
    now = 7.0
    for _ in range(500):
        if wait := pace.take(now):
            now += wait + 1e-9
            assert pace.take(now) == 0.0
    assert now == pytest.approx(7.0 + (500 - GATES_BURST) / GATES_PER_S, abs=0.01)


@pytest.mark.pure
def test_each_that_is_sent_away_is_asked_at_a_time_of_its_own() -> None:
    """Those that are too many come again one after another, and none later than in a minute."""
    pace = Pace(100.0, 10)
    told = [pace.later(5.0, 600) for _ in range(10_000)]
    assert told[0] == pytest.approx(6.01)
    assert told == sorted(told)
    assert told[4000] - told[0] == pytest.approx(40.0)
    assert told[-1] == 60.0


def test_they_come_in_as_they_came_and_who_has_left_takes_no_turn() -> None:
    """Turns are given in order; of those that left, none is waited for; one too many hears so at once."""

    async def story() -> tuple[list[int], float]:
        gate, let = Turnstile(Pace(1000.0, 1), most=9), list[int]()

        async def one(number: int) -> None:
            assert await gate.turn(lambda: number % 3 != 0) == 0.0
            let.append(number)

        tasks = [asyncio.create_task(one(number)) for number in range(1, 11)]
        await asyncio.sleep(0)
        late = await gate.turn(lambda: True)
        async with asyncio.timeout(GUARD):
            await asyncio.gather(*tasks)
        return let, late

    let, late = asyncio.run(story())
    assert let == list(range(1, 11))
    assert late > 0


@contextmanager
def at_the_door(hub: HubProcess, count: int) -> Iterator[list[socket.socket]]:
    """Open so many connections of gates, and ask on all of them at one moment of the hub's to be let in."""
    host, _, port = hub.url.removeprefix("http://").rpartition(":")
    asked = UPGRADE.format(host=f"{host}:{port}", token=hub.agent_token).encode()
    with ExitStack() as stack:
        found = [
            stack.enter_context(socket.create_connection((host, int(port)), GUARD)) for _ in range(count)
        ]
        hub.freeze()
        try:
            for each in found:
                each.sendall(asked)
        finally:
            hub.thaw()
        yield found


def test_an_operator_does_not_wait_for_a_herd_of_gates(hub: HubProcess) -> None:
    """While two hundred gates wait at the door, an order is answered; then all of them are let in, not faster."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        # Where this process itself stood still for longer than the herd waits, the next herd tells.
        assert any(answered_ahead_of_a_herd(hub, run, size) for size in HERDS)


def answered_ahead_of_a_herd(hub: HubProcess, run: str, size: int) -> bool:
    """Pause a run behind so many gates; return whether the last of them was still waiting when that was done."""
    begun = time.monotonic()
    with at_the_door(hub, size) as herd:
        status, _ = hub.ask("POST", "/v1/orders", {"verb": "pause", "runs": [run], "reason": "x"})
        assert status == 200
        waits = not select.select(herd[-1:], [], [], 0)[0]
        answers = [each.recv(4096).split(b"\r\n", 1)[0] for each in herd]
    assert set(answers) == {b"HTTP/1.1 101 Switching Protocols"}
    assert time.monotonic() - begun >= (size - GATES_BURST) / GATES_PER_S
    return waits


def test_gates_that_give_up_at_the_door_leave_the_hub_well(hub: HubProcess) -> None:
    """Connections that are closed while they wait take nobody's turn and leave no trace in the log."""
    with at_the_door(hub, 300):
        pass
    begun = time.monotonic()
    with raw_gate(hub) as gate:
        assert gate.open(ids.new_run())["kind"] == "opened"
    assert time.monotonic() - begun < GUARD
    assert hub.get("/v1/status")["gates"] <= 1
    assert "Traceback" not in (hub.data / "hub.log").read_text(encoding="utf-8")


def test_a_gate_comes_again_when_it_was_told_to() -> None:
    """A hub that has too many says when to come again, and the gate does: not earlier, and not with an error."""
    with Hublet() as busy:
        busy.busy = [1.0]
        with interlock.connect(busy.url, busy.token) as gate:
            assert gate.connected
        assert len(busy.asked) == 2
        assert busy.asked[1] - busy.asked[0] >= 1.0
