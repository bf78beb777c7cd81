"""Faults on the way between two processes: a TCP proxy in a thread that can cut, swallow, delay and reset."""

import asyncio
import struct
import threading
from collections.abc import Callable, Coroutine
from socket import SO_LINGER, SOL_SOCKET
from types import TracebackType
from typing import Any, Self

__all__ = ["Proxy"]

GUARD = 40.0
"""Seconds after which a proxy that does not do what it was told counts as broken."""


class Proxy:
    """Forwards to ``host:port`` of ``url``; connect to ``proxy.url`` instead. Use as a context manager.

    ``cut()`` closes every connection; ``refuse()`` also closes new ones at once; ``hole()`` accepts and holds the
    connections open but forwards nothing, either way, from the next byte on; ``reset()`` ends them with RST;
    ``delay(seconds)`` holds back every piece; ``heal()`` ends all of it. What was on its way into a hole then
    arrives after all, as it does over a real network, even if its sender has hung up since.
    """

    def __init__(self, url: str = "http://127.0.0.1:0") -> None:
        self.aim(url)
        self.url = ""
        self.connections = 0
        """Accepted so far."""
        self.passed = 0
        """Bytes forwarded so far, both ways."""
        self._refusing = False
        self._through = asyncio.Event()
        self._through.set()
        self._delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._down = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(GUARD)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._down.set)
        self._thread.join(GUARD)
        assert not self._thread.is_alive()

    def aim(self, url: str) -> None:
        """Forward new connections to this address: a real hub has to be told ``--host`` with the proxy's first."""
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)

    def cut(self) -> None:
        """Close every connection; new ones are let through."""
        self._now(self._close_all)

    def refuse(self) -> None:
        """Close every connection, and each new one at once."""
        self._refusing = True
        self._now(self._close_all)

    def hole(self) -> None:
        """Go on accepting, and forward nothing."""
        self._now(self._through_or_not, False)

    def reset(self) -> None:
        """End every connection with RST; new ones are let through."""
        self._now(self._reset_all)

    def delay(self, seconds: float) -> None:
        """Hold back each piece by this long."""
        self._delay = seconds

    def heal(self) -> None:
        """Let everything through again."""
        self._refusing, self._delay = False, 0.0
        self._now(self._through_or_not, True)

    def _now(self, step: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        asyncio.run_coroutine_threadsafe(step(*args), self._loop).result(GUARD)

    async def _through_or_not(self, through: bool) -> None:
        (self._through.set if through else self._through.clear)()

    async def _close_all(self) -> None:
        for writer in list(self._writers):
            writer.close()

    async def _reset_all(self) -> None:
        for writer in list(self._writers):
            found = writer.get_extra_info("socket")
            if found is not None:
                found.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._up.set()
        await self._down.wait()
        server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._refusing:
            writer.close()
            return
        try:
            there = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, there[1]}
        ways = [self._forward(reader, there[1]), self._forward(there[0], writer)]
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self._through.wait()
        finally:
            for task in tasks:
                task.cancel()
            for end in (writer, there[1]):
                self._writers.discard(end)
                end.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._through.wait()
                self.passed += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            return
