"""A small hub that obeys the protocol, in a thread of the test: it keeps everything in memory and writes nothing.

It is no double of anything: gates connect to it over a real socket and it checks what they say like a hub does.
What it adds is that a test sees every frame, and says when an order is sent.
"""

import asyncio
import hashlib
import threading
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any, Self

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from interlock import ids, wire
from interlock.orders import Order, order_adapter
from tests.support.escalations import Escalations, Waited

__all__ = ["Hublet"]

AGENT, OPERATOR = "agent-token", "operator-token"
GUARD = 40.0
"""Seconds after which what has to come counts as not coming."""


def _order(verb: str, run: str, reason: str = "a test says so") -> Order:
    said = {
        "order": ids.new_order(),
        "runs": (run,),
        "by": "tester",
        "reason": reason,
        "at": 0.0,
        "verb": verb,
    }
    order: Order = order_adapter.validate_python(said)
    return order


class Hublet:
    """Start with ``with Hublet() as hub``; ``hub.url`` and ``hub.token`` let a gate in."""

    def __init__(self) -> None:
        self.token, self.operator_token = AGENT, OPERATOR
        self.url = ""
        self.events: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        """``run/gate`` -> seq -> envelope."""
        self.repeats = 0
        self.chunks: dict[str, str] = {}
        self.frames: list[Any] = []
        """Every control frame, in the order it came."""
        self.orders: dict[str, Order] = {}
        """Run -> the kill or pause that holds."""
        self.known: set[str] = set()
        """Orders this hub gave; one it does not know is adopted from a gate that obeys it."""
        self.granting = True
        self.lease_ms, self.beat_ms = wire.LEASE_MS, wire.BEAT_MS
        """To be set before a gate connects."""
        self.storing = True
        self.slow = 0.0
        """Seconds it takes to store a batch of events."""
        self.ahead: list[str] = []
        """Verbs of orders that are sent ahead of every ``opened``, which then says what held before them."""
        self.bye = ""
        """Say bye with this code instead of welcome."""
        self.busy: list[float] = []
        """While not empty: the first is what a gate that comes is told to wait, in seconds, before it comes again."""
        self.asked: list[float] = []
        """When gates asked to be let in, by the monotonic clock."""
        self.connections = self.beats = 0
        self.people = Escalations()
        self.unasked = False
        """Grant a permit at once where a person was to be asked."""
        self.ruled: list[Any] = []
        """What holds of policy and dials: sent after ``welcome``, and when it changes."""
        self.problems: list[str] = []
        """What gates said that no hub would take; the end of the block fails if there is any."""
        self._runs: dict[str, set[str]] = defaultdict(set)
        self._sockets: dict[str, ServerConnection] = {}
        self._loop = asyncio.new_event_loop()
        self._up, self._down = threading.Event(), asyncio.Event()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="hublet", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(GUARD)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._down.set)
        self._thread.join(GUARD)
        assert not self._thread.is_alive()
        assert self.problems == []

    # what tests ask and do

    def hold(self, run: str) -> str:
        """Pause the run, wait until its gate says that it obeys, and return the order's id."""
        order = self.order("pause", run)
        self.wait(lambda: self.answers(order), "the pause was not answered")
        return order

    def order(self, verb: str, run: str, reason: str = "a test says so") -> str:
        """Send an order to every gate of the run and return its id, without waiting for anybody to obey."""
        order = _order(verb, run, reason)
        asyncio.run_coroutine_threadsafe(self._order(order, run), self._loop).result(GUARD)
        return order.order

    async def _order(self, order: Order, run: str) -> None:
        self.known.add(order.order)
        if order.verb == "resume":
            self.orders.pop(run, None)
        elif order.verb != "cancel":
            self.orders[run] = order
        for gate in self._runs[run]:
            if gate in self._sockets:
                await self._send(self._sockets[gate], wire.Command(order=order, runs=(run,)))

    def rule(
        self,
        policy: Any = None,
        *dials: tuple[dict[str, Any], str],
        candidate: Any = None,
        share: float = 0.5,
    ) -> None:
        """Let these policies (texts, or Policy objects) and dials (scope, level) hold, and tell every gate."""
        texts = [one if isinstance(one, str) or one is None else one.to_json() for one in (policy, candidate)]
        named: list[dict[str, Any] | None] = []
        self.ruled = []
        for n, text in enumerate(texts, 1):
            digest = hashlib.sha256(text.encode()).hexdigest() if text is not None else ""
            named.append({"n": n, "digest": digest} if text is not None else None)
            if text is not None:
                self.ruled.append(wire.PolicyText(n=n, digest=digest, text=text))
        staged = {**named[1], "share": share} if named[1] else None
        turned = [{"scope": scope, "level": level, "order": ids.new_order()} for scope, level in dials]
        said = {"active": named[0], "candidate": staged, "dials": turned}
        self.ruled.append(wire.Rules.model_validate(said))
        asyncio.run_coroutine_threadsafe(self._tell(self.ruled), self._loop).result(GUARD)

    def tell(self, frame: Any) -> None:
        """Send a frame to every gate."""
        asyncio.run_coroutine_threadsafe(self._tell([frame]), self._loop).result(GUARD)

    async def _tell(self, frames: list[Any]) -> None:
        for socket in list(self._sockets.values()):
            for frame in frames:
                await self._send(socket, frame)

    def waiting(self, count: int = 1) -> Waited:
        """Wait until ``count`` calls have been put to a person, and return the newest."""
        self.wait(lambda: len(self.people.waited) >= count, "nothing was put to a person")
        return list(self.people.waited.values())[count - 1]

    def approve(self, one: Waited, args: str | None = None) -> None:
        """Approve what waits, with other arguments if there are any."""
        self.say(one.ask.run, self.people.approve(one, args))

    def refuse(self, one: Waited, code: str) -> None:
        """End what waits: ``rejected``, ``timed_out``, ``denied`` or ``void``."""
        self.say(one.ask.run, self.people.refuse(one, code))

    def say(self, run: str, frame: Any) -> None:
        """Send a frame to every gate of a run."""
        asyncio.run_coroutine_threadsafe(self._say(run, frame), self._loop).result(GUARD)

    async def _say(self, run: str, frame: Any) -> None:
        for gate in self._runs[run] & set(self._sockets):
            await self._send(self._sockets[gate], frame)

    def cut(self) -> None:
        """Drop every connection."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(GUARD)

    async def _cut(self) -> None:
        for socket in list(self._sockets.values()):
            socket.transport.abort()

    def wait(self, condition: Any, what: str, timeout: float = GUARD) -> None:
        """Return once ``condition()`` holds; it is asked after every frame."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout), what

    def answers(self, order: str) -> list[wire.Answer]:
        """Return the answers to an order so far."""
        return [frame for frame in self.frames if isinstance(frame, wire.Answer) and frame.order == order]

    def of(self, kind: type) -> list[Any]:
        """Return the control frames of one kind so far."""
        return [frame for frame in self.frames if isinstance(frame, kind)]

    def kinds(self, run: str) -> list[str]:
        """Return the kinds of a run's events, gate by gate in the order of their numbers."""
        return [event["kind"] for event in self.told(run)]

    def told(self, run: str, kind: str | None = None) -> list[dict[str, Any]]:
        """Return a run's events, all or of one kind."""
        found = [
            envelope["event"]
            for line, envelopes in list(self.events.items())
            if line.startswith(run)
            for _, envelope in sorted(envelopes.items())
        ]
        return [event for event in found if kind is None or event["kind"] == kind]

    def text(self, body: Any) -> str | None:
        """Return a body's text; None while a piece is missing."""
        if isinstance(body, str):
            return body
        pieces = [self.chunks.get(sha256) for sha256 in body["chunks"]]
        if any(piece is None for piece in pieces):
            return None
        text = "".join(piece for piece in pieces if piece is not None)
        assert hashlib.sha256(text.encode()).hexdigest() == body["sha256"]
        return text

    # the server

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with serve(
            self._gate, "127.0.0.1", 0, compression=None, ping_interval=None, process_request=self._let_in
        ) as server:
            self.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            self._up.set()
            await self._down.wait()
            await self._cut()

    def _let_in(self, _: ServerConnection, request: Request) -> Response | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.append(time.monotonic())
        if self.busy:
            return Response(503, "busy", Headers({"Retry-After": f"{self.busy.pop(0):.0f}"}))
        if token == AGENT and "Origin" not in request.headers:
            return None
        return Response(403 if token == OPERATOR else 401, "no", Headers())

    async def _send(self, socket: ServerConnection, frame: Any) -> None:
        with suppress(ConnectionClosed):  # a gate may go at any moment; its connection's own end says so
            await socket.send(wire.encode(frame))

    async def _gate(self, socket: ServerConnection) -> None:
        self.connections += 1
        gate = ""
        try:
            async for data in socket:
                assert len(data) <= wire.FRAME_MAX
                frame, plain = wire.read_up(data)
                if isinstance(frame, wire.Hello):
                    gate = frame.gate
                    self._sockets[gate] = socket
                    if self.bye:
                        await self._send(
                            socket, wire.Bye.model_validate({"code": self.bye, "problem": "go away"})
                        )
                        return
                    await self._send(socket, self._welcome())
                    for told in self.ruled:
                        await self._send(socket, told)
                await self._take(socket, gate, frame, plain)
                with self._changed:
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        except Exception as error:
            self.problems.append(repr(error))
            raise
        finally:
            if self._sockets.get(gate) is socket:
                del self._sockets[gate]

    def _welcome(self) -> wire.Welcome:
        return wire.Welcome(hub="hublet", redact_key="00" * 32, lease_ms=self.lease_ms, beat_ms=self.beat_ms)

    async def _take(self, socket: ServerConnection, gate: str, frame: Any, plain: dict[str, Any]) -> None:
        if isinstance(frame, wire.Events):
            await self._events(socket, gate, plain["batch"])
            return
        if isinstance(frame, wire.Chunk):
            assert hashlib.sha256(frame.data.encode()).hexdigest() == frame.sha256
            self.chunks[frame.sha256] = frame.data
            return
        if not isinstance(frame, wire.Beat):
            self.frames.append(frame)
        if isinstance(frame, wire.Open | wire.Join):
            await self._open(socket, gate, frame, plain)
        elif isinstance(frame, wire.AskPermit):
            await self._permit(socket, frame)
        elif isinstance(frame, wire.Drop):
            self.people.drop(frame)
        else:
            await self._acknowledge(socket, frame)

    async def _acknowledge(self, socket: ServerConnection, frame: Any) -> None:
        if isinstance(frame, wire.Beat):
            self.beats += 1
            await self._send(socket, wire.Lease(n=frame.n, ttl_ms=self.lease_ms))
        elif isinstance(frame, wire.Outcome):
            await self._send(socket, wire.Kept(permits=(frame.permit,)))

    async def _open(self, socket: ServerConnection, gate: str, frame: Any, plain: dict[str, Any]) -> None:
        self._runs[frame.run].add(gate)
        line = self.events[f"{frame.run}/{gate}"]
        if isinstance(frame, wire.Open):
            line.setdefault(1, plain["first"])
        for held in frame.held:
            if held.order.verb != "cancel" and held.order.order not in self.known:
                self.orders.setdefault(frame.run, held.order)
        order = self.orders.get(frame.run)
        state = {None: "running", "kill": "killed", "pause": "paused"}[order.verb if order else None]
        opened = {"req": frame.req, "run": frame.run, "state": state, "order": order, "seq": len(line)}
        if isinstance(frame, wire.Join):
            opened |= self._whose(frame.run)
        for verb in self.ahead:
            await self._send(socket, wire.Command(order=_order(verb, frame.run), runs=(frame.run,)))
        await self._send(socket, wire.Opened.model_validate(opened))

    def _whose(self, run: str) -> dict[str, Any]:
        firsts = [
            line[1]["event"] for name, line in self.events.items() if name.startswith(run) and 1 in line
        ]
        first = next((one for one in firsts if one["kind"] == "run.started"), None)
        if first is None:
            return {}
        return {key: first[key] for key in ("agent", "role", "goal")} | {"mode": first.get("mode", "live")}

    def grant(self, run: str) -> None:
        """Grant what a run asked for while ``granting`` was off."""
        self.granting = True
        asyncio.run_coroutine_threadsafe(self._grant(run), self._loop).result(GUARD)

    async def _grant(self, run: str) -> None:
        for ask in self.of(wire.AskPermit):
            if ask.run == run:
                for gate in self._runs[run] & set(self._sockets):
                    await self._send(self._sockets[gate], wire.Granted(req=ask.req, permit=ids.new_permit()))

    async def _permit(self, socket: ServerConnection, frame: wire.AskPermit) -> None:
        order = self.orders.get(frame.run)
        if order is not None and order.verb == "kill":
            refused = {"req": frame.req, "code": "killed", "problem": "killed", "order": order}
            await self._send(socket, wire.Refused.model_validate(refused))
        elif (frame.verdict == "ask" or frame.escalation) and order is None and not self.unasked:
            for said in self.people.answer(frame):
                await self._send(socket, said)
        elif self.granting and order is None:
            await self._send(socket, wire.Granted(req=frame.req, permit=ids.new_permit()))

    async def _events(self, socket: ServerConnection, gate: str, batch: list[dict[str, Any]]) -> None:
        top: dict[str, int] = {}
        for envelope in batch:
            run, seq = envelope["run"], envelope["seq"]
            line = self.events[f"{run}/{gate}"]
            # Without gaps, so that the number of events is the number of the last one.
            assert seq <= len(line) + 1, f"event {seq} of {run} came after {len(line)}"
            self.repeats += seq in line
            line.setdefault(seq, envelope)
            top[run] = len(line)
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.storing:
            await self._send(socket, wire.Stored(runs=top))
