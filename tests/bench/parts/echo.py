"""The floor of every round trip: a plain asyncio TCP echo in a process of its own."""

from __future__ import annotations

import asyncio
from typing import cast

from tests.bench.parts import serve


class Echo(asyncio.Protocol):
    """Sends back what it gets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # uvloop has a class of its own
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def main() -> None:
    """Listen, tell the port, and go on until the input ends."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    async with server:
        await serve({"port": lambda _: server.sockets[0].getsockname()[1]})


if __name__ == "__main__":
    asyncio.run(main())
