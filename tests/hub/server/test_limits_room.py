"""What is too much costs the hub no room and no socket (invariant S4): past every limit, from many at once."""

import contextlib
import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from interlock import ids
from interlock.hub.server.limits import BODY_MAX, FRAGMENTS_MAX, FRAME_MAX, HEAD_MAX
from tests.hub.server.raw import RawGate, raw_gate
from tests.hub.server.test_limits import exchange, head, order_of, status
from tests.support.hubs import GUARD, HubProcess, running_hub

GROWTH = 50 * 1024 * 1024
AT_ONCE, TIMES = 8, 48
BOMB = gzip.compress(b" " * (20 * BODY_MAX), 6)
"""Twenty kilobytes that would be twenty megabytes."""


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    """A hub that has answered before: what it needs for that is no growth."""
    with running_hub() as running:
        with raw_gate(running) as gate:
            gate.open(ids.new_run())
        for _ in range(AT_ONCE):
            exchange(running, _post(running, BODY_MAX) + order_of(BODY_MAX))
        yield running


def _sockets(process: psutil.Process) -> int:
    """Return what it holds that is no file: its stores it opens when it comes to them, by a clock of its own."""
    return process.num_fds() - len(process.open_files())


def _post(hub: HubProcess, size: int, *more: str) -> bytes:
    words = ("Content-Type: application/json", f"Content-Length: {size}", *more)
    return head(hub, "POST /v1/orders HTTP/1.1", *words)


def _bodies_of_the_limit(hub: HubProcess) -> None:
    assert status(exchange(hub, _post(hub, BODY_MAX) + order_of(BODY_MAX))) == 404


def _bodies_past_it(hub: HubProcess) -> None:
    with contextlib.suppress(ConnectionError):
        assert status(exchange(hub, _post(hub, 64 * BODY_MAX) + b" " * BODY_MAX)) in (413, 0)


def _a_bomb(hub: HubProcess) -> None:
    assert status(exchange(hub, _post(hub, len(BOMB), "Content-Encoding: gzip") + BOMB)) == 400


def _deep_and_wide(hub: HubProcess) -> None:
    for body in (b"[" * (BODY_MAX // 2) + b"]" * (BODY_MAX // 2), b"[" + b"0," * (BODY_MAX // 2 - 2) + b"0]"):
        assert status(exchange(hub, _post(hub, len(body)) + body)) in (400, 413)


def _heads_without_end(hub: HubProcess) -> None:
    endless = head(hub, "GET /v1/status HTTP/1.1")[:-2] + b"X: " + b"x" * (HEAD_MAX * 2)
    assert status(exchange(hub, endless)) == 431


def _lease(gate: RawGate, message: str | Iterator[str]) -> None:
    gate.socket.send(message)
    gate.hear("lease")


def _frames_past_the_limit(hub: HubProcess) -> None:
    with raw_gate(hub) as gate, pytest.raises(ConnectionClosed):
        _lease(gate, '{"kind":"beat","n":1}' + " " * (4 * FRAME_MAX))


def _pieces_without_end(hub: HubProcess) -> None:
    with raw_gate(hub) as gate, pytest.raises(ConnectionClosed):
        _lease(gate, iter(["", *["x" * 200] * (2 * FRAGMENTS_MAX)]))


def _searches(hub: HubProcess) -> None:
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        assert hub.ask("GET", f"/v1/runs/{run}/search?q={'x' * 200}")[0] == 200
        assert hub.ask("GET", f"/v1/runs/{run}/search?q={'x' * 20_000}")[0] == 400


WAYS: tuple[Callable[[HubProcess], None], ...] = (
    _bodies_of_the_limit,
    _bodies_past_it,
    _a_bomb,
    _deep_and_wide,
    _heads_without_end,
    _frames_past_the_limit,
    _pieces_without_end,
    _searches,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_too_much_from_many_at_once_leaves_no_trace_in_memory_or_sockets(
    hub: HubProcess, way: Callable[[HubProcess], None]
) -> None:
    """Forty-eight times, eight at once: the hub never grows by 50 MiB, and all its sockets are free again."""
    process = psutil.Process(hub.process.pid)
    before, held, peak = process.memory_info().rss, _sockets(process), 0
    with ThreadPoolExecutor(AT_ONCE) as senders:
        done = [senders.submit(way, hub) for _ in range(TIMES)]
        while not all(each.done() for each in done):
            peak = max(peak, process.memory_info().rss)
            time.sleep(0.005)
        for each in done:
            each.result()
    assert max(peak, process.memory_info().rss) - before < GROWTH
    until = time.monotonic() + GUARD
    while (left := _sockets(process)) > held and time.monotonic() < until:
        time.sleep(0.05)
    assert left <= held
    assert json.dumps(hub.get("/v1/status"))


def test_slow_peers_do_not_keep_others_out(hub: HubProcess) -> None:
    """Two hundred connections that say half a head and then nothing: an operator is answered meanwhile."""
    host, _, port = hub.url.removeprefix("http://").partition(":")
    before = psutil.Process(hub.process.pid).memory_info().rss
    with contextlib.ExitStack() as slow:
        for _ in range(200):
            raw = slow.enter_context(contextlib.closing(socket.create_connection((host, int(port)), GUARD)))
            raw.sendall(head(hub, "GET /v1/status HTTP/1.1")[:-20])
        assert hub.ask("GET", "/v1/status")[0] == 200
        assert psutil.Process(hub.process.pid).memory_info().rss - before < GROWTH
