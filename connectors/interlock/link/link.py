"""The gate's connection to the hub: a thread of its own, and the orders, leases and permits that come over it.

Everything the hub says is acted on here, in the link's thread, whatever the agent's threads are doing. What the
agent's threads may touch is named so: :meth:`Link.emit`, :meth:`Link.post`, ``lease_until`` and the members' flags.
"""

import asyncio
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from time import time
from typing import Any

import orjson

from interlock import ids, wire
from interlock.clock import boot
from interlock.errors import HubError
from interlock.heads import Head
from interlock.link.crowd import BULK, ITEMS_MAX, Crowd
from interlock.link.member import Member
from interlock.link.outbox import Outbox
from interlock.link.place import Place
from interlock.link.requests import Requests
from interlock.link.rules import Rulebook, Rules
from interlock.link.scribe import Item, Scribe, read_started
from interlock.link.session import Session
from interlock.link.witness import Witness
from interlock.orders import Cancel
from interlock.redact import Redactor
from interlock.text import visible_line

__all__ = ["Link"]

Json = dict[str, Any]

FLUSH_SECONDS = 0.02
FLUSH_ITEMS = 32
FLUSH_MAX = 128


class Link:
    """One gate's connection. It reconnects until :meth:`stop`."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.gate = ids.new_gate()
        self.lease_until = 0.0
        """Read calls may start until then, by the boot-time clock."""
        self.connected = False
        self.outages = 0
        self.refused_away = 0
        """Calls that were refused because the hub was away."""
        self.never: Future[None] = Future()
        """Done by nobody: to wait for nothing but time."""
        self.fatal: Exception | None = None
        self.members: dict[str, Member] = {}
        self.outbox = Outbox()
        self.scribe = Scribe()
        self.requests = Requests(self)
        self.rules = Rules()
        """What holds for every call, as the hub said last. Replaced as a whole: the same object is the same rules."""
        self._rulebook = Rulebook()
        self.outcomes: dict[str, Json] = {}
        """By permit: what the hub has not yet confirmed to have on disk."""
        self._unkept: dict[str, int] = {}
        """By permit: how often an outcome of it was said on this connection and not confirmed."""
        self.control: deque[bytes] = deque()
        self.crowd = Crowd()
        self._items = self.crowd.items
        self._woken = False
        self._loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        """Set once the first lease is there, or it is clear that none will come."""
        self.tell_control = asyncio.Event()
        self.tell_events = asyncio.Event()
        self.closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="interlock-link", daemon=True)
        self.witness = Witness(shout)
        self.handlers: dict[type, Callable[[Any], None]] = {
            Head: self.witness.saw,
            wire.Opened: self._opened,
            wire.Refused: self._refused,
            wire.Command: self._command,
            wire.PolicyText: self._rulebook.text,
            wire.Rules: self._turn,
            wire.Waiting: self.requests.waiting,
            wire.Approved: self.requests.approved,
            wire.Granted: self.requests.granted,
            wire.Lease: self._lease,
            wire.Stored: self._stored,
            wire.Kept: self._kept,
        }
        """What is done with each frame of the hub; a frame that nobody handles is passed over."""
        self.welcomes: list[Callable[[], None]] = []
        """Done after each ``welcome``, in the link's thread: what else this process has to say on a new connection."""
        self.beats: dict[int, float] = {}

    # from any thread

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def emit(
        self, member: Member, at: float, event: Json, call: str | None = None, recorded: int | None = None
    ) -> None:
        """Report an event. Costs well under a microsecond; it is encoded and sent by the link's thread.

        Where more comes than the hub takes, thoughts are not kept but counted, and the trace is told how many.
        """
        crowd = self.crowd
        if (crowd.closed or member.shed) and not crowd.takes(member, at, event):
            return
        self._items.append((member, at, call, recorded, event))
        if not self._woken:
            self._woken = True
            self.post(self._wake)

    def post(self, step: Callable[..., None], *args: Any) -> None:
        """Have the link's thread do something. Silently nothing once the link has ended."""
        try:
            self._loop.call_soon_threadsafe(step, *args)
        except RuntimeError:
            pass

    def stop(self, timeout: float) -> None:
        """Send what can be sent within ``timeout`` seconds, then end the thread."""
        self.post(self._close, boot() + timeout, boot() + timeout / 2)
        self._thread.join(timeout + 2.0)

    # the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(Session(self).forever())
        finally:
            self._fail_waiting()
            self.outbox.spool.close()
            self._loop.close()
            self.ready.set()

    def _close(self, deadline: float, squeeze: float) -> None:
        if boot() >= squeeze:
            # What is left will not all go in time: the ends of runs go before the thoughts that led there.
            self.flush(self.crowd.squeeze())
            self.crowd.shed += self.outbox.squeeze(self._shed_line)
            squeeze = deadline
        said = not self.members and not self.outcomes and not self.control
        if said or boot() >= deadline or self.fatal is not None:
            self.closing.set()
        else:
            self._loop.call_later(0.01, self._close, deadline, squeeze)

    def _shed_line(self, run: str, seq: int, count: int) -> bytes:
        member = self.members[run]
        told = {"kind": "reports.shed", "count": count}
        return self.scribe.write(Item(member, time(), None, None, told), seq, pressed=False)[0]

    def fail(self, error: Exception) -> None:
        """There will be no connection any more: say so to whoever waits."""
        self.fatal = error
        shout(str(error))
        for member in self.members.values():
            member.bar(error)

    def _fail_waiting(self) -> None:
        problem = HubError("the gate was closed; call connect() anew", code="closed")
        self.crowd.closed = True
        for member in self.members.values():
            member.let_go()
            if not member.opened.done():
                member.opened.set_exception(self.fatal or problem)
        self.requests.fail(self.fatal or problem)

    def _wake(self) -> None:
        if len(self._items) >= FLUSH_ITEMS:
            self.flush()
        else:
            self._loop.call_later(FLUSH_SECONDS, self.flush)

    def flush(self, most: int = FLUSH_MAX) -> None:
        """Encode what the agent's threads reported; a little at a time, so that orders are never behind it."""
        self._woken = False
        items = self._items
        for _ in range(min(len(items), most)):
            self._put(*items.popleft())
        self._crowded()
        if items and not self._woken:
            self._woken = True
            self._loop.call_soon(self.flush)
        self.tell_events.set()

    def _put(self, member: Member, at: float, call: str | None, recorded: int | None, event: Json) -> None:
        outbox = self.outbox
        if member.run not in self.members:
            self.crowd.count(member, own=False)
            return
        for told in read_started(event) if event["kind"] == "read" else (event,):
            item = Item(member, at, call, recorded, told)
            data, pieces = self.scribe.write(item, outbox.next_seq(member.run), pressed=outbox.pressed)
            outbox.put(member.run, data, pieces, bulk=told["kind"] in BULK)

    def _crowded(self) -> None:
        """There is room again, or there is none any more."""
        self.crowd.closed = self.outbox.full or len(self._items) > ITEMS_MAX
        if not self.crowd.closed:
            for member in self.members.values():
                if member.shed:
                    self.crowd.tell(member, time())
            if self._items and not self._woken:
                self._woken = True
                self._loop.call_soon(self.flush)

    def say(self, frame: Any) -> None:
        """Send a control frame: ahead of all telemetry. Dropped while there is no connection."""
        if self.connected:
            self.control.append(frame if isinstance(frame, bytes) else wire.encode(frame).encode())
            self.tell_control.set()

    # runs

    def begin(self, member: Member) -> None:
        """Open or join a run; ``member.opened`` is done when the hub answered."""
        first = member.first
        data: bytes | None = None
        if first is not None:
            pieces = self.scribe.texts(first["event"])
            data = orjson.dumps(first)
            for piece in pieces:
                self.outbox.spool.put(member.run, piece)
        self.members[member.run] = member
        self.outbox.begin(member.run, data)
        if self.fatal is not None:
            member.bar(self.fatal)
            member.opened.set_exception(self.fatal)
        self.enter(member)

    def enter(self, member: Member) -> None:
        """Name the run to the hub, on this connection, with the orders that hold here."""
        frame: Json = {
            "kind": "join" if member.first is None else "open",
            "req": f"run:{member.run}",
            "run": member.run,
            "again": member.asked,
            "held": [
                {"order": order.model_dump(mode="json", exclude_none=True), "run": member.run}
                for order in member.held()
            ],
        }
        if member.first is not None:
            frame["first"] = member.first
        if self.connected:
            member.asked = True
            self.say(orjson.dumps(frame))

    def leave(self, member: Member) -> None:
        """Leave the run once nothing of it is in the air or unsaid."""
        member.leaving = True
        self.settle(member)

    def settle(self, member: Member) -> None:
        """Say again what is in flight if an order waits for it; leave if it is time to."""
        if self.members.get(member.run) is not member or not member.here:
            return
        for order in (member.kill, member.pause):
            if order is not None:
                self.answer(member, order.order)
        if member.leaving:
            self._depart(member)

    def _depart(self, member: Member) -> None:
        if member.shed:
            self.crowd.tell(member, time())
        if self._items:
            # The end of the call that just landed may be among them.
            self.flush()
            self._loop.call_soon(self._depart, member)
            return
        if self.members.get(member.run) is not member or not member.here or member.flying:
            return
        if self.requests.pending(member):
            return  # a permit that is still to come is handed back first
        if not self.outbox.rest(member.run) or any(o["run"] == member.run for o in self.outcomes.values()):
            return
        self.say(wire.Leave(run=member.run))
        self.forget(member)

    def forget(self, member: Member) -> None:
        """Drop a run that is left or over."""
        self.members.pop(member.run, None)
        self.outbox.end(member.run)
        member.let_go()

    def answer(self, member: Member, order: str) -> None:
        """Answer an order with what is in flight now."""
        self.say(wire.Answer(order=order, run=member.run, in_flight=member.in_flight()))

    # outcomes

    def outcome(self, frame: Json) -> None:
        """Report how a permitted call ended, until the hub has it on disk."""
        self.outcomes[frame["permit"]] = frame
        member = self.members.get(frame["run"])
        if member is not None and member.here:
            self._say_outcome(frame)

    def _say_outcome(self, frame: Json) -> None:
        self._unkept[frame["permit"]] = self._unkept.get(frame["permit"], 0) + 1
        self.say(orjson.dumps(frame))

    # what the hub says

    def heard(self, frame: object) -> None:
        """Act on one frame of the hub."""
        handler = self.handlers.get(type(frame))
        if handler is not None:
            handler(frame)

    def welcomed(self, frame: wire.Welcome) -> None:
        """The hub is there: name every run to it again."""
        self.scribe.redactor = Redactor(frame.redact_key)
        self.connected = True
        for member in list(self.members.values()):
            self.enter(member)
        for step in self.welcomes:
            step()

    def lost(self, why: str) -> None:
        """The connection is gone. Said once for each outage."""
        if self.connected:
            self.outages += 1
            left = max(0.0, self.lease_until - boot())
            shout(
                f"the hub is away ({why}); reads go on for {left:.1f} s, writes wait as long, then calls are refused"
            )
        self.connected = False
        self.control.clear()
        self.beats.clear()
        self._unkept.clear()
        self.outbox.lost()
        for member in self.members.values():
            member.here = member.ahead = False

    def _opened(self, frame: wire.Opened) -> None:
        member = self.members.get(frame.run)
        if member is None:
            # Whoever waited for this has gone: the hub must not wait for this gate's answers.
            self.say(wire.Leave(run=frame.run))
            return
        if frame.cancel is not None:
            member.obey(frame.cancel)
        if frame.order is not None and (frame.state == "killed" or not member.ahead):
            member.obey(frame.order)
        elif member.pause is not None and not member.ahead:
            member.resumed()
        member.here = True
        member.told(frame)
        self.outbox.opened(frame.run, frame.seq)
        # What the hub has already makes room, and where that was all of it, it says so no second time.
        self._crowded()
        self.tell_events.set()
        self._repeat(member)
        if not member.opened.done():
            member.opened.set_result(None)
        self.settle(member)

    def _repeat(self, member: Member) -> None:
        """Say again what the hub may have missed: answers, requests for permits, outcomes."""
        for order in member.held():
            self.answer(member, order.order)
        self.requests.repeat(member)
        for outcome in self.outcomes.values():
            if outcome["run"] == member.run:
                self._say_outcome(outcome)

    def _refused(self, frame: wire.Refused) -> None:
        if self.requests.refused(frame):
            return
        member = self.members.get(frame.req.removeprefix("run:"))
        if member is None:
            return
        member.over = True
        if member.opened.done():
            shout(f"the hub does not take run {member.run} back ({frame.code}); nothing more starts in it")
        else:
            member.opened.set_exception(HubError(frame.problem, code=frame.code))
        self.forget(member)

    def _command(self, frame: wire.Command) -> None:
        for run in frame.runs:
            member = self.members.get(run)
            if member is None:
                # Left long ago, and the hub has forgotten: it must not wait for this gate's answers.
                self.say(wire.Leave(run=run))
                continue
            member.ahead = not member.here and not isinstance(frame.order, Cancel)
            member.obey(frame.order)
            self.answer(member, frame.order.order)

    def _turn(self, frame: wire.Rules) -> None:
        for side in self._rulebook.turn(frame):
            shout(
                f"policy version {side.n} cannot be read here ({visible_line(side.problem)}): no write starts until it"
                " can; upgrade interlock in this process, or push a policy that it can read"
            )
        self.rules = self._rulebook.rules

    def _lease(self, frame: wire.Lease) -> None:
        sent = self.beats.pop(frame.n, None)
        if sent is None:
            return
        for n in [n for n in self.beats if n < frame.n]:
            del self.beats[n]
        self.lease_until = sent + frame.ttl_ms / 1000
        self.ready.set()

    def _stored(self, frame: wire.Stored) -> None:
        for run, seq in frame.runs.items():
            self.outbox.stored(run, seq)
            member = self.members.get(run)
            if member is not None and member.leaving:
                self._depart(member)
        self._crowded()
        self.tell_events.set()

    def _kept(self, frame: wire.Kept) -> None:
        for permit in frame.permits:
            left = self._unkept.pop(permit, 1) - 1
            if left > 0:
                # It was unknown before: what came of it late is on its way, and must not be forgotten yet.
                self._unkept[permit] = left
                continue
            outcome = self.outcomes.pop(permit, None)
            member = self.members.get(outcome["run"]) if outcome else None
            if member is not None and member.leaving:
                self._depart(member)


def shout(problem: str) -> None:
    """Say it where the agent's operator looks: one line on stderr."""
    try:
        sys.stderr.write(f"interlock: {problem}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
