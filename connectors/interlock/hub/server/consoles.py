"""Consoles on the feed: each has a cursor in the ring; one timer hands all of them what they have not seen.

A console that takes nothing is passed over and catches up later. One that falls off the ring is told which
positions will not come, and gets a snapshot.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson
from pydantic import Field, ValidationError

from interlock.hub.server.asker import Asker
from interlock.hub.server.cut import shorten
from interlock.hub.server.feed import Ring, gap_frame, text_frame
from interlock.hub.server.who import NAME_MAX, said_by
from interlock.model import Model
from interlock.reserved import reserved
from interlock.runs import RunState
from interlock.wire import FRAME_MAX

if TYPE_CHECKING:
    from interlock.hub.server.sockets import Socket

__all__ = ["Console", "Consoles", "Snapshot", "snapshot"]

TICK_SECONDS = 0.020
PULSE_SECONDS = 1.0
AHEAD = 1024 * 1024
"""Bytes written to a console and not taken by it, from which on it is passed over."""
_STATE_MAX = 64 * 1024
OWN_SHOWN = 60
"""The hub's own runs in a snapshot: an hour of proofs, all of them over but the last."""
TOLD_MAX = 100
"""Consoles that the hub names; an incident has a few people, and every pulse carries them."""


class Snapshot(NamedTuple):
    """All run states as of a position, encoded and split over frames; ``hub`` is what the hub said of itself then."""

    pos: int
    hub: dict[str, Any]
    parts: list[bytes]

    def frames(self, said: dict[str, Any]) -> list[bytes]:
        """Return the frames for a console to which the hub also says this of itself."""
        made: list[bytes] = []
        for number, part in enumerate(self.parts):
            head = {"kind": "snapshot", "hub": {**self.hub, **said}, "pos": self.pos}
            body = orjson.dumps({**head, "part": number, "parts": len(self.parts)})[:-1]
            made.append(text_frame(body + b',"runs":[' + part + b"]}"))
        return made


class Watch(Model):
    """What a console asks for."""

    kind: Literal["watch"]
    v: Literal[1]
    since: int | None = Field(default=None, ge=0, le=2**53)
    who: str | None = Field(default=None, max_length=NAME_MAX)
    """The person at it, as that person says."""
    read_only: bool = False


class Console:
    """A connection on ``/v1/console``. ``cursor`` is the last position it was given, None before it watches."""

    def __init__(self, socket: "Socket", consoles: "Consoles", asker: Asker) -> None:
        self.socket, self.asker = socket, asker
        self.cursor: int | None = None
        self.who: str | None = None
        self.read_only = False
        self.since = 0.0
        """Unix seconds at which it began to watch; 0 before."""
        self.waiting = False
        """True while a snapshot is made for it."""
        self.ready: deque[bytes] = deque()
        """Frames of a snapshot that are not written yet."""
        self._consoles = consoles

    def take(self, data: bytes) -> None:
        """Take one frame: ``watch`` is all a console may say, once."""
        try:
            watch = Watch.model_validate_json(data, strict=True)
        except ValidationError:
            self.hang("malformed", "a console says watch, and nothing else")
            return
        if self.cursor is not None or self.waiting:
            self.hang("malformed", "watch was said before")
            return
        self.who, self.read_only, self.since = watch.who, watch.read_only, time.time()
        self._consoles.watch(self, watch.since)

    def to_json(self) -> dict[str, Any]:
        """Return who has it open, as the ``hub`` object says it. Who somebody says to be counts as in orders."""
        said = None if self.asker.token else self.who
        return {"who": said_by(self.asker.operator, said), "since": self.since, "read_only": self.read_only}

    def hang(self, code: str, problem: str) -> None:
        """Say why, and close."""
        self.socket.hang(orjson.dumps({"kind": "bye", "code": code, "problem": problem}))


class Consoles:
    """All consoles of the hub."""

    def __init__(
        self,
        ring: Ring,
        hub: Callable[[], dict[str, Any]],
        make: Callable[[], Awaitable[Snapshot]],
        loop: asyncio.AbstractEventLoop,
        role: Callable[[Asker], str],
    ) -> None:
        """Feed from ``ring``; ``hub`` describes the hub, ``make`` makes a snapshot elsewhere than on the loop.

        ``role`` says what whoever has a console may act as now; nothing for those who may not look any more.
        """
        self._ring, self._hub, self._make, self._loop = ring, hub, make, loop
        self._role = role
        self._all: set[Console] = set()
        self._making: asyncio.Task[None] | None = None
        self._ticking: asyncio.Handle | None = None
        self._pulse_at = 0.0

    def join(self, socket: "Socket", asker: Asker) -> Console:
        """Begin with a connection of whoever asks."""
        console = Console(socket, self, asker)
        self._all.add(console)
        if self._ticking is None:
            self._ticking = self._loop.call_later(TICK_SECONDS, self._tick)
        return console

    def revoked(self, tokens: tuple[str, ...]) -> None:
        """Close what came in with one of these tokens."""
        for console in self._all:
            if console.asker.token in tokens:
                console.hang("revoked", "this token was revoked")

    def _said(self, asker: Asker) -> dict[str, Any]:
        """Return what the hub says of itself to this one alone."""
        return {"operator": asker.operator, "role": self._role(asker)}

    def told(self) -> list[dict[str, Any]]:
        """Return who watches, the first to come first."""
        watching = sorted((each for each in self._all if each.since), key=lambda each: each.since)
        return [{**each.to_json(), "role": self._role(each.asker)} for each in watching[:TOLD_MAX]]

    def lost(self, console: Console) -> None:
        """Forget a connection."""
        self._all.discard(console)

    def bye(self, code: str, problem: str) -> None:
        """Say why to all of them, and close."""
        for console in self._all:
            console.hang(code, problem)

    def watch(self, console: Console, since: int | None) -> None:
        """Go on after a position the console knows, if the ring still has what came after it; else snapshot."""
        if since is not None and self._ring.holds(since):
            console.cursor = since
            self._deliver(console)
            return
        # A position this hub never reached belongs to another store: there is no gap to speak of.
        console.cursor = since if since is not None and since < self._ring.last else None
        self._snapshot(console)

    def _snapshot(self, console: Console) -> None:
        console.waiting = True
        if self._making is None:
            self._making = self._loop.create_task(self._give_snapshot())

    async def _give_snapshot(self) -> None:
        snapshot = await self._make()
        self._making = None
        for console in self._all:
            if console.waiting:
                if console.cursor is not None:
                    console.ready.append(gap_frame(console.cursor + 1, snapshot.pos))
                console.ready.extend(snapshot.frames(self._said(console.asker)))
                console.cursor, console.waiting = snapshot.pos, False
                self._deliver(console)

    def _tick(self) -> None:
        self._ticking = self._loop.call_later(TICK_SECONDS, self._tick) if self._all else None
        for console in self._all:
            self._deliver(console)
        now = time.monotonic()
        if now >= self._pulse_at:
            self._pulse_at = now + PULSE_SECONDS
            self._pulse()

    def _pulse(self) -> None:
        """Say that the hub lives, and to each console how far it has been given everything: it resumes there."""
        said: dict[str, Any] = {"kind": "pulse", "at": time.time(), "hub": self._hub()}
        frames: dict[tuple[int, str, str], bytes] = {}
        for console in self._all:
            pos, own = console.cursor or 0, self._said(console.asker)
            if not own["role"]:
                console.hang("revoked", "this token opens nothing any more")
                continue
            key = pos, own["operator"], own["role"]
            if key not in frames:
                frames[key] = text_frame(orjson.dumps({**said, "pos": pos, "hub": {**said["hub"], **own}}))
            if console.socket.open and console.socket.buffered() < AHEAD:
                console.socket.put_frame(frames[key])

    def _deliver(self, console: Console) -> None:
        socket = console.socket
        if not socket.open or console.waiting:
            return
        while console.ready and socket.buffered() < AHEAD:
            socket.put_frame(console.ready.popleft())
        if console.ready or console.cursor is None:
            return
        if console.cursor < self._ring.lost:
            self._snapshot(console)
            return
        while console.cursor < self._ring.last and socket.buffered() < AHEAD:
            frame, console.cursor = self._ring.frame(console.cursor, time.time())
            socket.put_frame(frame)


def snapshot(states: list[RunState], hub: dict[str, Any], pos: int) -> Snapshot:
    """Return all states, for frames of at most FRAME_MAX bytes. ``pos`` stands if there is no run yet.

    Every event changes the state of its run in the same transaction, so the newest position among the states is
    the position of them all. Of the hub's own runs the newest are in it.
    """
    pos = max((state.pos for state in states), default=pos)
    own = [state.run for state in states if reserved(state.role.raw)]
    left_out = set(own[:-OWN_SHOWN])
    encoded = [_encode_state(state) for state in states if state.run not in left_out]
    room = FRAME_MAX - len(orjson.dumps(hub)) - 1024
    parts: list[list[bytes]] = [[]]
    left = room
    for state in encoded:
        left -= len(state) + 1
        if left < 0:
            parts.append([])
            left = room - len(state) - 1
        parts[-1].append(state)
    return Snapshot(pos, hub, [b",".join(part) for part in parts])


def _encode_state(state: RunState) -> bytes:
    plain = shorten(state.to_json())
    encoded = orjson.dumps(plain)
    if len(encoded) <= _STATE_MAX:
        return encoded
    # Thousands of open calls or labels of great length: the fleet shows counts, the run's own page the rest.
    for name in ("labels", "proposed", "flying", "unknown"):
        plain[name] = dict(list(plain[name].items())[:50])
    plain["labels"] = {key[:100]: text[:200] for key, text in plain["labels"].items()}
    return orjson.dumps(plain)
