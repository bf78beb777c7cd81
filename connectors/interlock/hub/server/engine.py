"""The core at work: every input goes in on the loop, every effect comes out in order, and disks have their lanes."""

import asyncio
import contextlib
import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Any

from interlock.hub.core.core import Core
from interlock.hub.core.effects import (
    Append,
    Check,
    Deliver,
    Effect,
    Hang,
    Moment,
    Moved,
    Pushed,
    Refusal,
    Reply,
    Revoked,
    Send,
    SendOpened,
    Spread,
    Tell,
)
from interlock.hub.failpoints import passing
from interlock.hub.server.agents import Agent
from interlock.hub.server.asking import Asking
from interlock.hub.server.breaking import Breaking
from interlock.hub.server.feed import RING_ITEMS, Ring
from interlock.hub.server.granting import Granting
from interlock.hub.server.inbox import Inbox
from interlock.hub.server.lanes import ControlLane, Job, TelemetryLane, Written, die
from interlock.hub.server.limits import SHARE, UNSTORED_MAX
from interlock.hub.server.process import gone
from interlock.hub.server.recovered import recovered
from interlock.hub.server.sockets import Socket
from interlock.hub.server.staging import Staging
from interlock.hub.server.stats import Rate, Stops
from interlock.hub.server.store import Store
from interlock.hub.server.whose import Whose
from interlock.hub.server.witnesses import Witnesses
from interlock.hub.trace.stops import concerns
from interlock.wire import AskPermit, Command, Granted, Hello, Refused, Welcome, commands, encode

__all__ = ["TICK_SECONDS", "Engine"]

TICK_SECONDS = 0.1
CATCH_UP_SECONDS = 1.0
ACKNOWLEDGE_SECONDS = 0.05
"""Between two acknowledgements: far less than a gate needs to fill its window."""
_log = logging.getLogger("interlock.hub")
_NOT_WRITTEN = Refusal(
    "unrecorded",
    "the record takes nothing now, so nothing was written down",
    "free space on the hub's disk, then try again",
)


class Engine:
    """Owns the core. Nothing here waits; what waits for a disk or a gate goes on when its callback comes."""

    def __init__(
        self, core: Core, store: Store, *, name: str, redact_key: str, ring: int = RING_ITEMS
    ) -> None:
        """Run this core over these stores. ``name`` is this start of the hub, ``ring`` the feed's length."""
        self.core, self.store, self.name = core, store, name
        self.ring = Ring(store.trace.pos, items=ring)
        self.agents: dict[int, Agent] = {}
        self.to_tell: set[Agent] = set()
        """Agents with events on disk that they were not told of."""
        self.rate, self.stops = Rate(), Stops()
        self.breaking = Breaking(store.clean)
        self.unrecorded = 0
        """Entries of the record that act and are not on disk."""
        self._redact_key = redact_key
        self._unstored = 0
        self._conns, self._requests = count(1), count(1)
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self.witnesses = Witnesses(store.record, self.agents.values)
        """Who else knows how far the record was."""
        self.asking = Asking(self)
        """Orders and lifts."""
        self.granting = Granting(self)
        """Operators, tokens and break-glass."""
        self.revoked: Callable[[tuple[str, ...]], None] = lambda _: None
        """Closes the consoles that came in with these tokens: set by whoever has the consoles."""
        self._hands: set[int] = set()
        """Requests of claims and notes without an answer."""
        self._moved: dict[str, list[asyncio.Future[None]]] = {}
        self._firsts: dict[str, tuple[Agent, dict[str, Any]]] = {}
        self._whose = Whose(store.trace)
        self._telling: asyncio.Handle | None = None
        self._todo: deque[Effect] = deque()
        self._busy = False
        self._do: dict[type, Callable[[Any], None]] = {
            Send: self._send,
            Deliver: self._deliver,
            Spread: self._spread,
            SendOpened: self._send_opened,
            Hang: self._hang,
            Append: self._append,
            Tell: self._tell,
            Pushed: self._pushed,
            Check: self._check,
            Moved: self._order_moved,
            Reply: self.reply,
            Revoked: self._revoked,
        }

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the lanes and take up what the record says."""
        self._loop = loop
        self._inbox = Inbox(loop)
        self._control = ControlLane(
            self.store.record,
            loop,
            committed=self._committed,
            unwritten=self._unwritten,
            die=die,
            pending=self.store.pending,
        )
        self._telemetry = TelemetryLane(self.store.write, loop, written=self._written, die=die)
        self._control.start()
        self._telemetry.start()
        self.step(lambda: recovered(self.core, self.store, self.now()))
        self.core.rules.changed = Staging(self).changed
        self.core.rules.changed()
        self._timer = loop.call_later(TICK_SECONDS, self._tick)
        self.witnesses.start(loop)

    def close(self) -> None:
        """Write what waits and end the lanes."""
        self._timer.cancel()
        self.witnesses.close()
        self._inbox.drain()
        self._control.close()
        self._telemetry.close()

    # inputs

    def now(self) -> Moment:
        """Return this moment, by both clocks."""
        return Moment(time.monotonic(), time.time())

    def step(self, step: Callable[[], list[Effect]]) -> None:
        """Let the core take one input, and do what it asks for: all of it before what later inputs ask for."""
        try:
            self._todo.extend(step())
            if self._busy:
                return
            self._busy = True
            while self._todo:
                effect = self._todo.popleft()
                self._do[type(effect)](effect)
            self._busy = False
        except Exception:  # noqa: BLE001 - a core that failed half way knows nothing for sure
            self._fail()

    def _fail(self) -> None:
        _log.critical("the core failed\n%s", traceback.format_exc())
        die("the core failed, see hub.log")

    def _tick(self) -> None:
        self.step(lambda: self.core.tick(self.now()))
        wait = min(TICK_SECONDS, max(0.001, self.core.due - time.monotonic()))
        self._timer = self._loop.call_later(wait, self._tick)

    def join(self, socket: Socket, *, own: bool = False, token: str = "") -> Agent:
        """Begin with a connection on ``/v1/agent``; ``own``: with the token of the hub's own canary.

        ``token`` is the id of an agent token, empty for the one that is bound to nothing.
        """
        agent = Agent(next(self._conns), socket, self, own=own, token=token)
        self.agents[agent.conn] = agent
        socket.crowded = lambda: self._inbox.crowded(agent.conn)
        return agent

    def welcome(self, agent: Agent, hello: Hello) -> None:
        """Greet a gate and tell the core of it."""
        greeting = Welcome(hub=self.name, redact_key=self._redact_key)
        agent.socket.put(encode(greeting).encode())
        # What the gate said on an earlier connection comes first.
        earlier = self.core.world.gates.get(hello.gate)
        if earlier is not None:
            self._inbox.drain(earlier.conn)
        self.witnesses.begin(agent, hello.seen)
        self.step(
            lambda: self.core.connected(agent.conn, hello, self.now(), own=agent.own, token=agent.token)
        )

    def frame(self, conn: int, frame: Any) -> None:
        """Let the core take a control frame.

        While the record takes nothing no right is given: whoever asks is told so, and does not wait for it.
        """
        self._inbox.put(lambda: self._frame(conn, frame), conn)

    def _frame(self, conn: int, frame: Any) -> None:
        agent = self.agents.get(conn)
        if self.unrecorded and isinstance(frame, AskPermit) and agent is not None:
            problem = "the record takes nothing now, so no permit is given"
            refused = Refused(req=frame.req, code="unrecorded", problem=problem)
            agent.socket.put(encode(refused).encode())
            return
        self.step(lambda: self.core.frame(conn, frame, self.now()))

    def opening(self, agent: Agent, run: str, first: dict[str, Any]) -> None:
        """Keep a run's first event until the core lets the run in: nothing of the run is stored before it.

        A run that is named again has its first event, unless this hub died before that was on disk.
        """
        if run in self.core.world.runs:
            state = self.store.trace.state(run)
            if state is not None and state.started_at:
                return
        self._firsts.setdefault(run, (agent, first))

    def reported(self, runs: Collection[str]) -> None:
        """Let the core tell these runs, before what they report is stored, what it left for that moment."""
        if self.core.owes(runs):
            self.step(lambda: self.core.reported(runs, self.now()))

    def finished(self, conn: int, run: str, claim: str) -> None:
        """Tell the core that the run's own end came in."""
        self._inbox.put(lambda: self.step(lambda: self.core.finished(run, claim, self.now())), conn)

    def lost(self, agent: Agent) -> None:
        """Forget a connection, once what it said before is taken."""
        self._inbox.drain(agent.conn)
        del self.agents[agent.conn]
        self.to_tell.discard(agent)
        for run in [run for run, (opener, _) in self._firsts.items() if opener is agent]:
            del self._firsts[run]
        if agent.gate:
            self.step(lambda: self.core.closed(agent.conn, self.now()))

    def request(self) -> "tuple[int, asyncio.Future[Reply]]":
        """Return the number of a new request, and what its reply will be."""
        request = next(self._requests)
        reply = self._replies[request] = self._loop.create_future()
        return request, reply

    def hand(self, step: Callable[[int], None]) -> "asyncio.Future[Reply]":
        """Let ``step`` ask the core's hands for something, with the number of the request it gets."""
        request = next(self._requests)
        reply = self._replies[request] = self._loop.create_future()
        if self.unrecorded:
            self.reply(Reply(request, _NOT_WRITTEN))
            return reply
        self._hands.add(request)
        self.step(lambda: self.core.hand(lambda: step(request), self.now()))
        return reply

    async def moved(self, order: str, seconds: float) -> bool:
        """Wait until something about this order changed; False when the seconds ran out first."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._moved.setdefault(order, []).append(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            waiting = self._moved.get(order, [])
            with contextlib.suppress(ValueError):
                waiting.remove(waiter)
            if not waiting:
                self._moved.pop(order, None)
        return True

    async def heard(self) -> None:
        """Wait until the core has taken what gates said before this call, so that a question finds it."""
        await self._inbox.emptied(CATCH_UP_SECONDS)

    # telemetry

    async def caught_up(self) -> None:
        """Wait until what came in before this call is stored, so that a question finds it; a second at most."""
        await self.heard()
        if self._telemetry.idle:
            return
        done: asyncio.Future[None] = self._loop.create_future()
        self.store_job(Job([], [], lambda: _resolve(done)))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done, CATCH_UP_SECONDS)

    def store_job(self, job: Job) -> None:
        """Write telemetry, after everything handed over before."""
        self._telemetry.put(job)

    def erased(self, run: str) -> None:
        """Forget what is held of a run whose texts are gone from the trace."""
        self.ring.forget()
        self._whose.forget(run)

    def took(self, size: int) -> None:
        """Count bytes of telemetry that came in, or with a minus sign were stored."""
        self._unstored += size
        if self._unstored > UNSTORED_MAX:
            linked = [agent for agent in self.agents.values() if agent.socket.open]
            fattest = max(linked, key=lambda agent: agent.unstored, default=None)
            if fattest is not None and fattest.unstored > SHARE:
                fattest.hang("limit", "too much telemetry is not stored yet; come back for the rest")

    def _written(self, written: Written) -> None:
        self.ring.add(written.items)
        self.rate.add(len(written.items), time.monotonic())
        for job in written.jobs:
            if job.land is not None:
                job.land()
        if self.to_tell and self._telling is None:
            self._tell_stored()

    def _tell_stored(self) -> None:
        """Acknowledge at once, and then for a while not again: a frame for every commit would cost more than events."""
        self._telling = None
        if self.to_tell:
            for agent in self.to_tell:
                agent.tell_stored()
            self.to_tell.clear()
            self._telling = self._loop.call_later(ACKNOWLEDGE_SECONDS, self._tell_stored)

    def _committed(self, tokens: Sequence[int]) -> None:
        passing("after append")
        self.unrecorded = 0
        for token in tokens:
            self.step(lambda token=token: self.core.committed(token, self.now()))  # type: ignore[misc]

    def _unwritten(self, entries: int, problem: str) -> None:
        """Orders that take rights away act all the same: say so now, instead of letting the operator wait.

        The lane writes nothing again before this returned, so what is taken back here is on disk with what it ends.
        """
        if not self.unrecorded:
            _log.error("UNRECORDED: the record takes nothing: %s", problem)
        self.unrecorded = entries
        self.asking.unwritten()
        self.granting.unwritten()
        for request in list(self._hands):
            self.reply(Reply(request))

    # effects

    def _send(self, effect: Send) -> None:
        agent = self.agents.get(effect.conn)
        if agent is None:
            return
        frame = effect.frame
        if isinstance(frame, Command):
            agent.socket.put_now(encode(frame).encode())
            return
        if isinstance(frame, Granted):
            passing("before grant")
        if isinstance(frame, Refused):
            self._forget_first(agent, frame.req)
        agent.socket.put(encode(frame).encode())

    def _deliver(self, effect: Deliver) -> None:
        spell = commands(effect.order)
        for conn, runs in effect.to:
            agent = self.agents.get(conn)
            if agent is not None:
                agent.socket.put_now(spell(runs))

    def _spread(self, effect: Spread) -> None:
        text = encode(effect.frame).encode()
        for conn in effect.to:
            agent = self.agents.get(conn)
            if agent is not None:
                agent.socket.put_now(text)

    def _forget_first(self, agent: Agent, req: str) -> None:
        run = agent.opening.pop(req, "")
        if run and self._firsts.get(run, (None,))[0] is agent:
            del self._firsts[run]

    def _send_opened(self, effect: SendOpened) -> None:
        run = effect.frame.run
        seq = self.store.trace.last_seq(run, effect.gate)
        self._begin(run)
        agent = self.agents.get(effect.conn)
        if agent is not None:
            joins = agent.opening.pop(effect.frame.req, None) is None
            agent.opened(run, seq)
            told = {"seq": seq, **self._whose.told(run)} if joins else {"seq": seq}
            agent.socket.put(encode(effect.frame.model_copy(update=told)).encode())

    def _begin(self, run: str) -> None:
        kept = self._firsts.pop(run, None)
        if kept is not None:
            agent, first = kept
            self._whose.begun(run, first["event"])
            agent.opened(run, 1)
            self.store_job(Job([(run, agent.gate, first)], []))

    def _hang(self, effect: Hang) -> None:
        agent = self.agents.get(effect.conn)
        if agent is not None:
            agent.hang(effect.code, effect.problem)

    def _append(self, effect: Append) -> None:
        self._control.put(effect)
        facts = tuple(fact for fact in effect.facts if concerns(fact))
        own = self.core.world.own
        for fact in facts:
            stopped = fact.kind == "stage" and fact.body["stage"] == "acknowledged"
            if stopped and not all(run in own for run in fact.body["runs"]):
                self.stops.add(fact.body["ms"])
        if facts:
            self.store_job(Job([], [], facts=facts))

    def _tell(self, effect: Tell) -> None:
        self._begin(effect.run)
        self.store_job(Job([(effect.run, "", (effect.trace, time.time(), effect.event))], []))

    def _pushed(self, effect: Pushed) -> None:
        passing("order pushed")
        self.step(lambda: self.core.pushed(effect.order, self.now()))

    def _revoked(self, effect: Revoked) -> None:
        for agent in [each for each in self.agents.values() if each.token in effect.tokens]:
            agent.hang("role", "this agent's token was revoked")
        self.revoked(effect.tokens)

    def _check(self, effect: Check) -> None:
        if gone(effect.pid, effect.started):
            self.step(lambda: self.core.process_gone(effect.gate, self.now()))

    def _order_moved(self, effect: Moved) -> None:
        for waiter in self._moved.get(effect.order, ()):
            _resolve(waiter)

    def reply(self, effect: Reply) -> None:
        """Answer a request, once."""
        self.asking.answered(effect.request)
        self.granting.answered(effect.request)
        self._hands.discard(effect.request)
        reply = self._replies.pop(effect.request, None)
        passing("before reply")
        if reply is not None and not reply.done():
            reply.set_result(effect)


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
