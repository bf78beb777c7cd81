"""D7 in full: floods and bombs of every kind at once, and what the hub's memory and its orders come to meanwhile."""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from interlock import ids
from tests.bench.shape import p50, p99
from tests.hub.server.raw import RawGate, raw_gate, reasoning
from tests.rig.say import say
from tests.support.hubs import HubProcess, running_hub

pytestmark = [pytest.mark.rig, pytest.mark.timeout(300)]

MEBIBYTE = 1024 * 1024
SECONDS = 20.0
LIMIT = 512 * MEBIBYTE
ORDER_SECONDS = 2.0
"""Longer than any order took here by far, on two cores that the floods fill; one queue takes as long as they last."""


def events(gate: RawGate, run: str) -> None:
    """Never wait for anything to be stored."""
    for first in range(2, 100_000, 4):
        gate.events(run, first, *[reasoning("x" * 50_000) for _ in range(4)])


def chunks(gate: RawGate, run: str) -> None:
    """Send pieces of texts that no event names."""
    for number in range(100_000):
        data = f"{number:08d}" + "y" * 60_000
        gate.say("chunk", run=run, sha256=hashlib.sha256(data.encode()).hexdigest(), data=data)


def permits(gate: RawGate, run: str) -> None:
    """Ask for permits and never say how anything ended."""
    for number in range(100_000):
        ask = {"call": f"c{number}", "tool": "t", "cls": "write", "digest": "0" * 64, "args": "z" * 20_000}
        gate.say("permit", req=f"p{number}", run=run, **ask)


def opens(gate: RawGate, run: str) -> None:
    """Open one run after another, with long names."""
    del run
    for _ in range(100_000):
        started = {"kind": "run.started", "agent": "a" * 500, "role": "r" * 500, "goal": "g" * 10_000}
        name = ids.new_run()
        gate.say("open", req=name, run=name, first=gate.envelope(name, 1, started))


def nests(gate: RawGate, run: str) -> None:
    """Send documents of a depth and a breadth that no honest gate has."""
    for bomb in ("[" * 100_000, "[" + "0," * 60_000 + "0]", '{"a":' * 20_000) * 1000:
        gate.socket.send(f'{{"kind":"beat","n":1,"run":"{run}","x":{bomb}')


KINDS: tuple[Callable[[RawGate, str], None], ...] = (events, events, chunks, chunks, permits, opens, nests)


def _attack(hub: HubProcess, kind: Callable[[RawGate, str], None], over: threading.Event) -> None:
    """Do it again and again, on a new connection each time the hub ends one."""
    while not over.is_set():
        with (
            contextlib.suppress(ConnectionClosed, OSError, TimeoutError, AssertionError),
            raw_gate(hub) as gate,
        ):
            run = ids.new_run()
            gate.open(run)
            ender = threading.Thread(target=_cut, args=(gate, over), daemon=True)
            ender.start()
            kind(gate, run)


def _cut(gate: RawGate, over: threading.Event) -> None:
    over.wait()
    gate.socket.close_socket()


def _post(hub: HubProcess, over: threading.Event) -> None:
    """Send long bodies of nothing."""
    body = json.dumps({"verb": "kill", "runs": [], "reason": "x" * (MEBIBYTE - 1000)})
    while not over.is_set():
        connection = HTTPConnection(hub.url.removeprefix("http://"), timeout=10)
        with contextlib.suppress(OSError, HTTPException):
            headers = {"Authorization": f"Bearer {hub.operator_token}", "Content-Type": "application/json"}
            connection.request("POST", "/v1/orders", body, headers)
            connection.getresponse().read()
        connection.close()


@contextmanager
def attacked(hub: HubProcess) -> Iterator[None]:
    """Attack the hub in every way while the block runs."""
    over = threading.Event()
    threads = [threading.Thread(target=_attack, args=(hub, kind, over)) for kind in KINDS]
    threads.append(threading.Thread(target=_post, args=(hub, over)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def test_under_every_flood_memory_is_bounded_and_orders_go_out() -> None:
    """For twenty seconds of floods the hub stays below 512 MiB, and every kill of another run goes out."""
    with running_hub() as hub, ExitStack() as stack:
        process, most, ms = psutil.Process(hub.pid), 0, list[float]()
        gate = stack.enter_context(raw_gate(hub))
        quiet = [ids.new_run() for _ in range(int(SECONDS * 4))]
        for run in quiet:
            gate.open(run)
        with attacked(hub):
            until = time.monotonic() + SECONDS
            while time.monotonic() < until and quiet:
                run, began = quiet.pop(), time.monotonic()
                status, _ = hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [run], "reason": "x"})
                ms.append((time.monotonic() - began) * 1000)
                assert status == 200
                assert gate.hear("order")["runs"] == [run]
                most = max(most, process.memory_info().rss)
                time.sleep(0.1)
            count = hub.get("/v1/status")
        say(f"hub at most {most / MEBIBYTE:.0f} MiB, {count['runs']} runs, {count['pos']} events stored")
        say(f"{len(ms)} orders: p50 {p50(ms):.0f} ms, p99 {p99(ms):.0f} ms, at most {max(ms):.0f} ms")
        assert most < LIMIT
        assert max(ms) < ORDER_SECONDS * 1000
