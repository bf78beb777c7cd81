"""Floors made of plain TCP: a receiver of the load's bytes, and a pusher to many sockets."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any, ClassVar, cast

import uvloop

from tests.bench.parts import serve
from tests.bench.parts.traffic import Script


class Sink(asyncio.Protocol):
    """Receives and forgets."""

    def data_received(self, data: bytes) -> None:
        pass


class Pusher(asyncio.Protocol):
    """Keeps its connection among the others', to be pushed to."""

    everyone: ClassVar[list[asyncio.Transport]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # uvloop has a class of its own
        self.everyone.append(transport)


class Listener(asyncio.Protocol):
    """Notes when something arrives."""

    def __init__(self) -> None:
        self.at = 0.0

    def data_received(self, data: bytes) -> None:
        self.at = time.monotonic()


async def _listen(protocol: type[asyncio.Protocol]) -> tuple[asyncio.Server, int]:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=1024)
    return server, server.sockets[0].getsockname()[1]


async def sink() -> None:
    """Be a receiver; the bench reads this process's CPU time from outside."""
    server, port = await _listen(Sink)
    async with server:
        await serve({"port": lambda _: port})


async def push() -> None:
    """Be a pusher: write one order's worth of bytes to every connected socket."""
    server, port = await _listen(Pusher)

    def now(asked: dict[str, Any]) -> float:
        begun = time.monotonic()
        for transport in Pusher.everyone:
            transport.write(b"x" * asked["size"])
        return begun

    async with server:
        await serve({"port": lambda _: port, "push": now, "many": lambda _: len(Pusher.everyone)})


async def listen() -> None:
    """Be many sockets at a pusher."""
    listeners: list[Listener] = []

    async def connect(asked: dict[str, Any]) -> int:
        loop = asyncio.get_running_loop()
        for _ in range(asked["many"]):
            _, listener = await loop.create_connection(Listener, "127.0.0.1", asked["port"])
            listeners.append(listener)
        return len(listeners)

    def last(_: dict[str, Any]) -> dict[str, Any]:
        times = [listener.at for listener in listeners]
        for listener in listeners:
            listener.at = 0.0
        return {"missing": times.count(0.0), "at": max(times)}

    await serve({"connect": connect, "last": last})


async def send() -> None:
    """Send the load's bytes to a receiver: as many sockets, frames and bytes as to the hub."""

    async def flow(asked: dict[str, Any]) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        ends = [
            (await loop.create_connection(Sink, "127.0.0.1", asked["port"]))[0]
            for _ in range(asked["sockets"])
        ]
        scripts = [Script("r-0123456789abcdef") for _ in ends]
        rate, burst, begun, sent, turn = asked["rate"], asked["burst"], time.monotonic(), 0, 0
        while (elapsed := time.monotonic() - begun) < asked["seconds"]:
            while sent < int(elapsed * rate / burst) * burst:
                ends[turn % len(ends)].write(scripts[turn % len(ends)].batch(burst, time.time()))
                sent, turn = sent + burst, turn + 1
            await asyncio.sleep(0.001)
        for transport in ends:
            transport.close()
        return {"sent": sent}

    await serve({"flow": flow})


if __name__ == "__main__":
    role = {"sink": sink, "push": push, "listen": listen, "send": send}[sys.argv[1]]
    # The pusher is the plain asyncio floor that DESIGN 10 names; the receiver has the hub's own loop.
    asyncio.run(role()) if sys.argv[1] == "push" else uvloop.run(role())
