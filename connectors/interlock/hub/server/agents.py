"""One gate's connection: what it may say, in which order, and how much of it may be on its way to disk."""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from interlock.breakers import Breakers
from interlock.errors import VersionError, WireError
from interlock.events import HUB_KINDS
from interlock.hub.server.lanes import Job
from interlock.hub.server.limits import BEATS, BEATS_PER_S, OVERRUN_BYTES, OVERRUN_EVENTS, excess
from interlock.wire import Beat, Bye, Chunk, Events, Hello, Open, encode, read_up

if TYPE_CHECKING:
    from interlock.hub.server.engine import Engine
    from interlock.hub.server.sockets import Socket

__all__ = ["Agent"]

Json = dict[str, Any]


class Agent:
    """A connection on ``/v1/agent``. Everything runs in the callback that read the frame."""

    def __init__(
        self, conn: int, socket: "Socket", engine: "Engine", *, own: bool = False, token: str = ""
    ) -> None:
        """Speak for the connection with this number; ``own``: of the hub's own canary; ``token``: an agent's."""
        self.conn, self.socket, self.own, self.token = conn, socket, own, token
        self.gate = ""
        self.unstored = 0
        """Bytes of telemetry that came in and are not on disk."""
        self.opening: dict[str, str] = {}
        """Requests to open a run that have no answer yet: request -> run."""
        self._engine = engine
        self._events = 0
        self._beats, self._beat_at = float(BEATS), time.monotonic()
        self._last: dict[str, int] = {}
        """Run -> last seq taken in. Having an entry is having opened or joined the run on this connection."""
        self._stored: dict[str, int] = {}
        self._handlers: dict[type, Callable[[Any, Json, int], None]] = {
            Hello: self._again,
            Open: self._open,
            Beat: self._beat,
            Breakers: self._breakers,
            Events: self._telemetry,
            Chunk: self._chunk,
        }

    def take(self, data: bytes) -> None:
        """Take one frame. Whatever is not allowed ends the connection with a reason."""
        try:
            frame, plain = read_up(data)
        except VersionError as error:
            self.hang("version", str(error))
            return
        except WireError as error:
            self.hang("malformed", str(error))
            return
        # Events are documents of their own: a full batch has more members than one of them may have.
        parts: Sequence[Any] = plain["batch"] if plain["kind"] == "events" else (plain,)
        problem = next((wrong for part in parts if (wrong := excess(part))), "")
        if problem:
            self.hang("limit", f"a frame is {problem}")
        elif not self.gate:
            self._hello(frame)
        else:
            handler = self._handlers.get(frame.__class__)
            if handler is None:
                self._engine.frame(self.conn, frame)
            else:
                handler(frame, plain, len(data))

    def hang(self, code: str, problem: str) -> None:
        """Say why, and close."""
        bye = Bye.model_validate({"code": code, "problem": problem[:500]})
        self.socket.hang(encode(bye).encode())

    def _hello(self, frame: Any) -> None:
        if not isinstance(frame, Hello):
            self.hang("malformed", f"the first frame is hello, this one is {frame.kind!r}")
            return
        self.gate = frame.gate
        self._engine.welcome(self, frame)

    def _again(self, _frame: Hello, _plain: Json, _size: int) -> None:
        self.hang("malformed", "hello was said before")

    def _open(self, frame: Open, plain: Json, _size: int) -> None:
        if frame.first.run != frame.run:
            self.hang("malformed", "the first event is of another run")
            return
        self.opening[frame.req] = frame.run
        self._engine.opening(self, frame.run, plain["first"])
        self._engine.frame(self.conn, frame)

    def _beat(self, frame: Beat, _plain: Json, _size: int) -> None:
        """Take a heartbeat, unless there were too many: a hub that stood still finds a row of them, and goes on."""
        now = time.monotonic()
        self._beats = min(float(BEATS), self._beats + (now - self._beat_at) * BEATS_PER_S)
        self._beat_at = now
        if self._beats >= 1:
            self._beats -= 1
            self._engine.frame(self.conn, frame)

    def _breakers(self, frame: Breakers, _plain: Json, _size: int) -> None:
        if not self.own:
            self._engine.breaking.told(self.gate, frame.tripped, time.time())

    def _telemetry(self, frame: Events, plain: Json, size: int) -> None:
        if not self._room(len(frame.batch), size):
            return
        lines: list[tuple[str, str, Json]] = []
        acknowledge: dict[str, int] = {}
        ended: list[tuple[str, str]] = []
        for envelope in plain["batch"]:
            fresh = self._admit(envelope)
            if fresh is None:
                return
            run = envelope["run"]
            acknowledge[run] = self._last[run]
            if fresh:
                lines.append((run, self.gate, envelope))
                event = envelope["event"]
                if event["kind"] == "run.finished":
                    ended.append((run, event["claim"]))
                elif event["kind"] == "breaker.changed" and not self.own:
                    self._engine.breaking.heard(self.gate, event, time.time())
        self._engine.reported(acknowledge.keys())
        count = len(frame.batch)
        self._count(count, size)
        self._engine.store_job(Job(lines, [], lambda: self._landed(acknowledge, count, size)))
        for run, claim in ended:
            self._engine.finished(self.conn, run, claim)

    def _admit(self, envelope: Json) -> bool | None:
        """Return whether this event is new; None when it ended the connection."""
        run, seq, kind = envelope["run"], envelope["seq"], envelope["event"]["kind"]
        last = self._last.get(run)
        if last is None:
            self.hang("role", f"run {run!r} was not opened or joined on this connection")
        elif kind in HUB_KINDS:
            self.hang("role", f"only the hub writes {kind!r}")
        elif kind == "run.started" and seq > last:
            self.hang("role", f"run {run!r} has begun: only 'open' says who it is and whose child")
        elif seq > last + 1:
            self.hang("malformed", f"event {seq} of run {run!r} came after {last}: {seq - last - 1} missing")
        else:
            self._last[run] = max(seq, last)
            return bool(seq > last)
        return None

    def _chunk(self, frame: Chunk, _plain: Json, size: int) -> None:
        if frame.run not in self._last:
            self.hang("role", f"run {frame.run!r} was not opened or joined on this connection")
        elif hashlib.sha256(frame.data.encode()).hexdigest() != frame.sha256:
            self.hang("malformed", f"a chunk is not what its digest {frame.sha256!r} says")
        elif self._room(0, size):
            self._count(0, size)
            self._engine.store_job(Job([], [(frame.sha256, frame.data)], lambda: self._landed({}, 0, size)))

    def _room(self, events: int, size: int) -> bool:
        if self._events + events <= OVERRUN_EVENTS and self.unstored + size <= OVERRUN_BYTES:
            return True
        self.hang("limit", "more than twice the window was sent and is not stored yet")
        return False

    def _count(self, events: int, size: int) -> None:
        self._events += events
        self.unstored += size
        self._engine.took(size)

    def _landed(self, acknowledge: dict[str, int], events: int, size: int) -> None:
        self._events -= events
        self.unstored -= size
        self._engine.took(-size)
        self._stored.update(acknowledge)
        if acknowledge:
            self._engine.to_tell.add(self)

    def tell_stored(self) -> None:
        """Acknowledge what the newest commits brought to disk, in one frame."""
        self.socket.put(orjson.dumps({"kind": "stored", "runs": self._stored}))
        self._stored = {}

    def opened(self, run: str, seq: int) -> None:
        """Let events of this run in, from the one after ``seq``."""
        self._last[run] = max(seq, self._last.get(run, 0))
