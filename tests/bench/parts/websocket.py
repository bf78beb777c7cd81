"""A WebSocket client that costs next to nothing, so that the load does not eat what it measures."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Socket(asyncio.Protocol):
    """One connection to the hub. ``on_text`` gets each whole text message as bytes; masks are all zero."""

    def __init__(self, path: str, token: str, on_text: Callable[[bytes], None]) -> None:
        self._path, self._token, self._on_text = path, token, on_text
        self._buffer = bytearray()
        self._message = bytearray()
        self.up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.down: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open = False
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # uvloop has a class of its own
        self._transport = transport
        host = "{}:{}".format(*transport.get_extra_info("peername")[:2])
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {self._path} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {self._token}",
        )
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def connection_lost(self, error: Exception | None) -> None:
        why = repr(error) if error else "closed"
        if not self.up.done():
            self.up.set_exception(ConnectionError(why))
        if not self.down.done():
            self.down.set_result(why)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self._buffer += data
        if not self._open and not self._upgrade():
            return
        while self._frame():
            pass

    def _upgrade(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        answer = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        if b" 101 " not in answer.split(b"\r\n", 1)[0]:
            self.up.set_exception(ConnectionError(answer.decode("latin-1")))
            self._transport.abort()
            return False
        self._open = True
        self.up.set_result(None)
        return True

    def _frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, begin = buffer[1] & 127, 2
        if size >= 126:
            begin = 4 if size == 126 else 10
            if len(buffer) < begin:
                return False
            size = int.from_bytes(buffer[2:begin], "big")
        if len(buffer) < begin + size:
            return False
        head, payload = buffer[0], bytes(buffer[begin : begin + size])
        del buffer[: begin + size]
        self._take(head & 15, bool(head & 128), payload)
        return True

    def _take(self, opcode: int, last: bool, payload: bytes) -> None:
        if opcode == PING:
            self._transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self._transport.close()
        elif last and not self._message:
            self._on_text(payload)
        elif opcode != PONG:
            self._message += payload
            if last:
                whole = bytes(self._message)
                self._message.clear()
                self._on_text(whole)

    def send(self, text: bytes) -> None:
        """Send one text message."""
        self._transport.write(frame(text))

    def abort(self) -> None:
        """Drop the connection without a word, as a process that dies does."""
        self._transport.abort()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return a whole client frame. The mask is four zero bytes: the payload stays as it is."""
    size = len(payload)
    if size < 126:
        head = bytes((128 | opcode, 128 | size))
    elif size < 65536:
        head = bytes((128 | opcode, 254)) + size.to_bytes(2, "big")
    else:
        head = bytes((128 | opcode, 255)) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


async def connect(host: str, port: int, path: str, token: str, on_text: Callable[[bytes], None]) -> Socket:
    """Return an open connection. Raises ConnectionError with the server's answer, or TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(30):
        _, socket = await loop.create_connection(lambda: Socket(path, token, on_text), host, port)
        await socket.up
    return socket
