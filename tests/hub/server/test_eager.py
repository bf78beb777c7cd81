"""An order that is here whole is given in the callback that read it; everything about it is else as of any request."""

import asyncio
import json
import socket
from contextlib import closing
from contextvars import ContextVar, copy_context
from http.client import HTTPResponse
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from interlock import ids
from interlock.hub.server.eager import begun
from interlock.hub.server.requests import within
from tests.hub.server.raw import raw_gate
from tests.support.hubs import GUARD, HubProcess

MARK: ContextVar[str] = ContextVar("mark", default="outside")


async def test_it_runs_as_far_as_it_goes_and_goes_on_as_a_task() -> None:
    """What it does before it waits is done at once, and what it sets stays in its own context."""
    loop, seen = asyncio.get_running_loop(), list[str]()
    gate: asyncio.Future[str] = loop.create_future()

    async def work() -> None:
        MARK.set("inside")
        seen.append("first")
        seen.append(await gate)
        await asyncio.sleep(0)
        seen.append(MARK.get())

    task = begun(loop, work(), copy_context())
    assert (seen, MARK.get()) == (["first"], "outside")
    assert task is not None
    gate.set_result("second")
    await asyncio.wait_for(task, 20)
    assert seen == ["first", "second", "inside"]


async def test_one_that_never_waits_is_no_task() -> None:
    """It has ended, and what it raises is raised."""
    loop = asyncio.get_running_loop()

    async def well() -> None:
        MARK.set("well")

    async def ill() -> None:
        raise ValueError("it broke")

    assert begun(loop, well(), copy_context()) is None
    with pytest.raises(ValueError, match="it broke"):
        begun(loop, ill(), copy_context())


async def test_several_may_wait_for_the_same() -> None:
    """Two of them and a task, before any had its turn: each goes on with what came."""
    loop, seen = asyncio.get_running_loop(), list[str]()
    gate: asyncio.Future[str] = loop.create_future()

    async def work(name: str) -> None:
        seen.append(name + await gate)

    begin = [begun(loop, work(name), copy_context()) for name in ("a", "b")]
    plain = asyncio.create_task(work("c"))
    await asyncio.sleep(0)
    gate.set_result("!")
    await asyncio.wait_for(asyncio.gather(plain, *(task for task in begin if task is not None)), 20)
    assert sorted(seen) == ["a!", "b!", "c!"]


@pytest.mark.parametrize("cancel", [False, True])
async def test_what_ends_the_wait_comes_to_the_work(cancel: bool) -> None:
    """An error of what it waits for, and a cancellation: it may take either and go on."""
    loop, seen = asyncio.get_running_loop(), list[str]()
    gate: asyncio.Future[str] = loop.create_future()

    async def work() -> None:
        try:
            await gate
        except (ValueError, asyncio.CancelledError) as error:
            seen.append(type(error).__name__)
        await asyncio.sleep(0)
        raise RuntimeError("and then it broke")

    task = begun(loop, work(), copy_context())
    assert task is not None
    await asyncio.sleep(0)
    if cancel:
        task.cancel()
    else:
        gate.set_exception(ValueError())
    with pytest.raises(RuntimeError, match="and then it broke"):
        await asyncio.wait_for(task, 20)
    assert seen == ["CancelledError" if cancel else "ValueError"]


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_orders_in_pieces_are_the_same_orders(hub: HubProcess, pieces: int) -> None:
    """One after the other on one connection, sent ahead and cut anywhere: each is answered, in its turn."""
    runs = [ids.new_run() for _ in range(3)]
    with raw_gate(hub) as gate:
        for run in runs:
            gate.open(run)
        sent = b"".join(_request(hub, run) for run in runs)
        size = -(-len(sent) // pieces)
        host, port = hub.url.removeprefix("http://").split(":")
        with closing(socket.create_connection((host, int(port)), GUARD)) as raw:
            for at in range(0, len(sent), size):
                raw.sendall(sent[at : at + size])
            answers = [_answer(raw) for _ in runs]
        heard = {run for _ in runs for run in gate.hear("order")["runs"]}
    assert [answer["receipts"][0]["run"] for answer in answers] == runs
    assert heard == set(runs)


def _request(hub: HubProcess, run: str) -> bytes:
    body = json.dumps({"verb": "kill", "runs": [run]}).encode()
    lines = [
        "POST /v1/orders HTTP/1.1",
        f"Host: {hub.url.removeprefix('http://')}",
        f"Authorization: Bearer {hub.operator_token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _answer(raw: socket.socket) -> Any:
    """Return the body of the next answer, read byte by byte so that the one behind it stays."""
    response = HTTPResponse(_Slow(raw))  # type: ignore[arg-type]
    response.begin()
    assert response.status == 200
    return json.loads(response.read())


class _Slow:
    """A socket that is read without a buffer."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> Any:
        return self._raw.makefile(mode, buffering=0)  # type: ignore[call-overload]


class _Wire(asyncio.Transport):
    """Takes what is written."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: Any) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def resume_reading(self) -> None:
        return None

    def close(self) -> None:
        return None


@pytest.mark.parametrize(
    ("method", "path", "cut", "at_once"),
    [
        ("POST", "/v1/orders", 0, True),
        ("POST", "/v1/orders", 3, False),
        ("GET", "/v1/orders", 0, False),
        ("POST", "/v1/orders/preview", 0, False),
    ],
)
async def test_an_order_waits_for_no_turn_of_the_loop(
    method: str, path: str, cut: int, at_once: bool
) -> None:
    """One that is there whole is asked about before its bytes' callback returns; all else has a task, and its turn."""
    asked: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"].encode())
        while (await receive())["more_body"]:
            pass
        asked.append(b"read")
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
        asked.append(b"answered")

    config = Config(app, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    requests = within(30.0, 30.0)(config, state, {}, asyncio.get_running_loop())
    requests.connection_made(_Wire())
    head = f"{method} {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\n".encode()
    requests.data_received(head + b"body"[: 4 - cut])
    assert asked == ([path.encode(), b"read"] if at_once else [])
    assert len(state.tasks) == 1
    await asyncio.sleep(0)
    if cut:
        assert asked == [path.encode()]
        requests.data_received(b"body"[4 - cut :])
    while state.tasks:
        await asyncio.wait(state.tasks, timeout=GUARD)
    assert asked == [path.encode(), b"read", b"answered"]
    requests.connection_lost(None)
