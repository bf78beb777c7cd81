"""One WebSocket as the hub uses it: text in by a call, bytes out at once, no task and no queue for a message.

uvicorn hands each message to a coroutine through a queue and stops reading in between. Here a message goes
straight to whoever attached to the connection, in the callback that read it: an order to a gate never waits for
the turn of a task, and the hub never stops reading a socket.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame
from websockets.http11 import Request

from interlock.hub.server.feed import text_frame
from interlock.hub.server.limits import BUFFER_MAX, FRAGMENTS_MAX, FRAME_MAX

try:
    from websockets.speedups import apply_mask
except ImportError:  # installed without its compiled part
    from websockets.utils import apply_mask

__all__ = ["SOCKET", "Socket"]

SOCKET = "interlock.socket"
"""The key in the scope's state under which a connection's socket is found."""
_CLOSE_SECONDS = 2.0
_WHOLE_TEXT = 0x81
_TURN = 32 * 1024
"""Bytes in one piece from which on a peer has had its turn."""
_CROWDED_SECONDS = 0.02


class Socket(WebSocketsSansIOProtocol):
    """A connection of uvicorn's that can be attached to, written to at once, and ended with a last word."""

    _take: Callable[[bytes], None] | None = None
    _lost: "asyncio.Future[None] | None" = None
    _in_pieces = False
    crowded: Callable[[], bool] | None = None
    """Whether too much waits already of what this peer asked for: set by whoever takes it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._rest = bytearray()
        self._file = -1

    def attach(self, take: Callable[[bytes], None]) -> "asyncio.Future[None]":
        """Hand every message to ``take`` from now on; return what is done once the connection is lost."""
        self._take = take
        self._file = self.transport.get_extra_info("socket").fileno()
        self._lost = self.loop.create_future()
        if self.disconnected:
            self._lost.set_result(None)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        # What the queue holds already was read before the connection was accepted.
        while not self.queue.empty():
            early = cast("dict[str, Any]", self.queue.get_nowait())
            if early["type"] == "websocket.receive":
                take(early.get("bytes") or (early.get("text") or "").encode())
        return self._lost

    @property
    def open(self) -> bool:
        """Whether something can still be written."""
        return not (self.close_sent or self.disconnected or self.transport.is_closing())

    def buffered(self) -> int:
        """Return how many bytes were written and not taken by the peer's side."""
        return self.transport.get_write_buffer_size()

    def put(self, text: bytes) -> None:
        """Write one text message; a connection that takes nothing for too long is cut."""
        self.put_frame(text_frame(text))

    def put_frame(self, frame: bytes) -> None:
        """Write a message that was made into a frame before."""
        if not self.open:
            return
        self.transport.write(frame)
        if self.transport.get_write_buffer_size() > BUFFER_MAX:
            self.transport.abort()

    def put_now(self, text: bytes) -> None:
        """Write one text message to the kernel before this call returns, if the kernel takes it.

        The loop writes what it was given once all that is ready has run; an order does not wait for that.
        """
        frame = text_frame(text)
        taken = 0
        if self.open and not self.transport.get_write_buffer_size():
            try:
                taken = os.write(self._file, frame)
            except BlockingIOError:
                pass
            except OSError:
                self.transport.abort()
        if taken < len(frame):
            self.put_frame(frame[taken:])

    def hang(self, text: bytes, code: int = 1008) -> None:
        """Write a last message, then close."""
        if not self.open:
            return
        self.put(text)
        self.close_sent = True
        try:
            self.conn.send_close(code)
        except InvalidState:  # the peer closed first
            self.transport.close()
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_timer = self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take whole text messages out of the stream at once; all other frames go the library's longer way.

        Nearly every frame of a gate is one masked text message in one piece. Only whole frames are passed on, so
        that the library and this reader never disagree about where a frame begins.
        """
        if self._take is None or self.close_sent:
            super().data_received(bytes(self._rest) + data if self._rest else data)
            self._rest.clear()
            return
        self._rest += data
        at = 0
        while (end := self._frame_end(at)) > 0 and not self.close_sent:
            self._one(at, end)
            at = end
        if end < 0:
            super().data_received(bytes(self._rest[at:]))
            at = len(self._rest)
        del self._rest[:at]
        if len(data) >= _TURN:
            self._yield()

    def _yield(self) -> None:
        """Let all others have their turn before this peer is read on: libuv would take up to 32 pieces in a row."""
        if not self.transport.is_closing():
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self.transport.is_closing():
            return
        if self.crowded is not None and self.crowded():
            self.loop.call_later(_CROWDED_SECONDS, self._go_on)
        else:
            self.transport.resume_reading()

    def _frame_end(self, at: int) -> int:
        """Return where the frame that begins here ends; 0 while that has not come in.

        -1 says that it is longer than allowed: the library refuses it by its head.
        """
        rest = self._rest
        head = len(rest) - at
        if head < 2:
            return 0
        size, start = rest[at + 1] & 0x7F, 2
        if size > 125:
            start = 4 if size == 126 else 10
            if head < start:
                return 0
            size = int.from_bytes(rest[at + 2 : at + start], "big")
        end = at + start + 4 * (rest[at + 1] >> 7) + size
        if size > FRAME_MAX:
            return -1
        return end if end <= len(rest) else 0

    def _one(self, at: int, end: int) -> None:
        first, second = self._rest[at], self._rest[at + 1]
        if first == _WHOLE_TEXT and second & 0x80 and not self._in_pieces:
            start = at + (6 if second < 0xFE else 8 if second == 0xFE else 14)
            mask = bytes(self._rest[start - 4 : start])
            if self._take is not None:
                self._take(apply_mask(bytes(self._rest[start:end]), mask))
            return
        if first & 0x0F < 3:
            self._in_pieces = not first & 0x80
        super().data_received(bytes(self._rest[at:end]))

    # uvicorn's own hooks

    def handle_connect(self, event: Request) -> None:
        """Let the application find this socket in the scope."""
        super().handle_connect(event)
        if not self.close_sent:
            cast("dict[str, Any]", self.scope)["state"][SOCKET] = self

    def send_receive_event_to_app(self) -> None:
        """Pass a whole message on. Only text is spoken here."""
        if self._take is None:
            super().send_receive_event_to_app()
            return
        if self.curr_msg_data_type == "bytes":
            self._fail(1003, "text frames only")
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            self._take(data)

    def handle_cont(self, event: Frame) -> None:
        """Add a fragment, unless the message consists of too many."""
        if len(self.frames) >= FRAGMENTS_MAX:
            self._fail(1009, f"more than {FRAGMENTS_MAX} fragments")
            return
        super().handle_cont(event)

    def _fail(self, code: int, reason: str) -> None:
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def handle_ping(self) -> None:
        """Answer a ping, unless the peer sends them and takes no answers."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > BUFFER_MAX:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever attached."""
        super().connection_lost(exc)
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)
