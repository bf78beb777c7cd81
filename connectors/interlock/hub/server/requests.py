"""HTTP as the hub reads it: limits and deadlines in the protocol class, before an application hears of a request.

A request that is too big, too slow or ambiguous is answered with one error, and its connection closed.
"""

import asyncio
from asyncio import TimerHandle
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from interlock.hub.server.eager import begun
from interlock.hub.server.guard import ORDERS_PATH
from interlock.hub.server.limits import BODY_MAX, BODY_SECONDS, HEAD_MAX, HEAD_SECONDS

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

__all__ = ["Requests", "error_body", "within"]

_LINE = {
    400: b"400 Bad Request",
    408: b"408 Request Timeout",
    411: b"411 Length Required",
    413: b"413 Content Too Large",
    431: b"431 Request Header Fields Too Large",
}


def error_body(code: str, problem: str, fix: str, problems: list[dict[str, Any]] | None = None) -> bytes:
    """Return the body of every answer that is an error; ``problems`` are places in a file that was sent."""
    error: dict[str, Any] = {"code": code, "problem": problem, "fix": fix}
    if problems is not None:
        error["problems"] = problems
    return orjson.dumps({"error": error})


class Requests(HttpToolsProtocol):
    """uvicorn's HTTP protocol with the hub's limits."""

    head_seconds, body_seconds = HEAD_SECONDS, BODY_SECONDS
    _deadline: TimerHandle | None = None
    _stalled: TimerHandle | None = None
    _in_head = True
    _head = 0
    _over = False
    _reading = False
    _held: "tuple[RequestResponseCycle, ASGI3Application] | None" = None
    """A request whose head was read a moment ago."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock of the first request: a connection that says nothing is closed too."""
        super().connection_made(transport)
        self._arm(self.head_seconds, "the headers")

    def data_received(self, data: bytes) -> None:
        """Read on, unless the request is refused already or its headers have no end."""
        if self._over:
            return
        if self._in_head:
            self._head += len(data)
            if self._deadline is None:
                self._arm(self.head_seconds, "the headers")
        self._reading = True
        try:
            super().data_received(data)
        finally:
            self._reading = False
        if self._held is not None:
            self._let_go(*self._held)
        # Parsing ends the head and sets the count to zero; what is left here is a head that goes on.
        if self._in_head and self._head > HEAD_MAX and not self._over:
            self._refuse(431, "limit", f"the headers are longer than {HEAD_MAX} bytes")

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        """Start to answer a request once what came in with its head is read, too."""
        if self._reading and self._held is None:
            self._held = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _let_go(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        """Start to answer: an order that is here whole is with the gates before any other socket is looked at."""
        self._held = None
        if cycle.more_body or (cycle.scope["method"], cycle.scope["path"]) != ("POST", ORDERS_PATH):
            super()._start_asgi_task(cycle, app)
            return
        task = begun(self.loop, cycle.run_asgi(app), copy_context())
        if task is not None:
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Judge the head; go on to the body only if it is within the limits and means one thing."""
        self._disarm()
        wrong = None if self._over else self._judge()
        if wrong is not None:
            self._refuse(*wrong)
        if self._over:
            return
        self._in_head, self._head = False, 0
        self._arm(self.body_seconds, "the body")
        super().on_headers_complete()

    def _judge(self) -> tuple[int, str, str] | None:
        lengths = [value for name, value in self.headers if name == b"content-length"]
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > HEAD_MAX:
            return 431, "limit", f"the headers are longer than {HEAD_MAX} bytes"
        if not self.url.startswith(b"/"):
            return 400, "malformed", "the target of the request is not a path"
        if any(name == b"transfer-encoding" for name, _ in self.headers):
            return 411, "malformed", "a body must come with its Content-Length"
        if lengths and int(lengths[0]) > BODY_MAX:
            return 413, "limit", f"the body is longer than {BODY_MAX} bytes"
        return None

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body of a request that was let in."""
        if not self._over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request: what follows is the application's time."""
        self._disarm()
        self._in_head = True
        if not self._over:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the WebSocket protocol, which has its own clock."""
        self._disarm()
        if not self._over:
            super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """Give a peer that takes no answer as long as a body has to go on."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.body_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        self._calm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._disarm()
        self._calm()
        super().connection_lost(exc)

    def _calm(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _arm(self, seconds: float, what: str) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._late, seconds, what)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self, seconds: float, what: str) -> None:
        self._deadline = None
        self._refuse(408, "limit", f"{what} took longer than {seconds:g} s")

    def _refuse(self, status: int, code: str, problem: str) -> None:
        """Answer with an error, unless an answer is under way, and close the connection."""
        self._over = True
        cycle = cast("RequestResponseCycle | None", self.cycle)
        pending = None if cycle is None or cycle.response_complete else cycle
        # An error about a request that was sent ahead must not pass for the answer to the one before it.
        if pending is None or not (self._in_head or pending.response_started):
            body = error_body(code, problem, "see docs/protocol.md for the limits")
            head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            self.transport.write(head % (_LINE[status], len(body)) + b"connection: close\r\n\r\n" + body)
        if pending is not None:
            pending.disconnected = True
            pending.message_event.set()
        self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours says less about the parser
        """Refuse bytes that are not HTTP."""
        self._refuse(400, "malformed", "not a request this hub can read")


def within(head_seconds: float, body_seconds: float) -> type[Requests]:
    """Return the protocol with these deadlines."""
    return type("Requests", (Requests,), {"head_seconds": head_seconds, "body_seconds": body_seconds})
