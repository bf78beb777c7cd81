"""Connecting, and the lanes of one connection: control, telemetry, heartbeats and what comes in."""

import asyncio
import os
import random
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

from interlock import wire
from interlock.clock import boot
from interlock.errors import ConfigError, InterlockError, Unauthorised, VersionError, WireError
from interlock.heads import Head

if TYPE_CHECKING:
    from interlock.link.link import Link

__all__ = ["Session", "hello"]

CONNECT_SECONDS = 10.0
"""For a hub to let this gate in: longer than it has one wait while many come back at once."""
WELCOME_SECONDS = 3.0
BACKOFF_FIRST, BACKOFF_MAX = 0.05, 2.0
LATER_MAX = 60.0
_FATAL = frozenset(["version", "role", "superseded"])


class Session:
    """Keeps one link connected. Everything runs on the link's own loop."""

    def __init__(self, link: "Link") -> None:
        self._link = link
        self._lease = wire.LEASE_MS / 1000
        self._beat = wire.BEAT_MS / 1000
        self._n = 0
        self._later = 0.0
        """Seconds after which the hub, which had too many at once, asked this gate to come again."""

    async def forever(self) -> None:
        """Connect, and connect again, until the link is closing or the hub says that it is no use."""
        link = self._link
        delay = BACKOFF_FIRST
        while not link.closing.is_set():
            begun = boot()
            try:
                why = await self._once()
            except InterlockError as error:
                link.lost(str(error))
                link.fail(error)
                return
            if link.closing.is_set():
                return
            link.lost(why)
            delay = BACKOFF_FIRST if boot() - begun > self._lease else min(delay * 2, BACKOFF_MAX)
            await self._pause(self._later + delay * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects, no secret

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._link.closing.wait(), seconds)
        except TimeoutError:
            pass

    async def _once(self) -> str:
        """Hold one connection; return why it ended. Raises what no reconnect can mend."""
        self._later = 0.0
        try:
            ws = await connect(
                self._link.place.socket,
                additional_headers={"Authorization": f"Bearer {self._link.place.token}"},
                compression=None,
                proxy=None,
                open_timeout=CONNECT_SECONDS,
                close_timeout=0.5,
                ping_interval=None,
                max_size=4 * wire.FRAME_MAX,
            )
        except InvalidStatus as error:
            self._later = _later(error.response.headers.get_all("Retry-After"))
            return self._turned_away(error.response.status_code)
        except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as error:
            return f"no connection: {type(error).__name__}"
        try:
            return await self._converse(ws)
        finally:
            ws.transport.abort()

    def _turned_away(self, status: int) -> str:
        if status == 401:
            raise Unauthorised("this hub does not know the agent token; set INTERLOCK_AGENT_TOKEN to its own")
        if status == 403:
            what = "the hub lets this token or address not in as an agent"
            raise ConfigError(what, fix="use an agent token (never an operator's) and the url of ready.json")
        return f"no connection: HTTP {status}"

    async def _converse(self, ws: ClientConnection) -> str:
        try:
            # Inside: a hub that dies here must not end the thread, or the gate would never come back.
            await ws.send(wire.encode(hello(self._link.gate, self._link.witness.seen)))
            welcome = wire.decode_down(await asyncio.wait_for(ws.recv(), WELCOME_SECONDS))
        except (TimeoutError, OSError, WebSocketException):
            return "it did not say welcome"
        if isinstance(welcome, wire.Bye):
            return self._bye(welcome)
        self._lease, self._beat = welcome.lease_ms / 1000, welcome.beat_ms / 1000
        self._link.welcomed(welcome)
        lanes = [self._listen(ws), self._control(ws), self._telemetry(ws), self._beats(), self._closing(ws)]
        tasks = [asyncio.create_task(lane) for lane in lanes]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0] not in done and tasks[-1] not in done:
                # What the hub said last, its reason, may still be unread.
                await asyncio.wait(tasks[:1], timeout=0.1)
            return next(task for task in tasks if task.done()).result()
        except (OSError, WebSocketException) as error:
            return f"{type(error).__name__}: {error}"[:200]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, ws: ClientConnection) -> str:
        async for data in ws:
            try:
                frame = wire.decode_down(data)
            except VersionError:
                raise
            except WireError as error:
                return f"it sent what is no frame: {error}"
            if isinstance(frame, wire.Bye):
                return self._bye(frame)
            self._link.heard(frame)
        return "it closed the connection"

    def _bye(self, frame: wire.Bye) -> str:
        if frame.code in _FATAL:
            raise ConfigError(f"the hub said bye ({frame.code}): {frame.problem}", fix="call connect() anew")
        return f"it said bye: {frame.code}"

    async def _control(self, ws: ClientConnection) -> str:
        link = self._link
        while True:
            while link.control:
                await ws.send(link.control.popleft(), text=True)
            link.tell_control.clear()
            await link.tell_control.wait()

    async def _telemetry(self, ws: ClientConnection) -> str:
        link = self._link
        while True:
            link.tell_events.clear()
            while not link.control and (frame := link.outbox.frame()) is not None:
                await ws.send(frame, text=True)
            if link.control:
                await asyncio.sleep(0)
                link.tell_events.set()
            await link.tell_events.wait()

    async def _beats(self) -> str:
        link = self._link
        while True:
            self._n += 1
            link.beats[self._n] = boot()
            link.say(wire.Beat(n=self._n, backlog=link.outbox.events))
            await asyncio.sleep(self._beat)
            oldest = min(link.beats.values(), default=boot())
            if boot() - oldest > self._lease:
                return f"silent for {boot() - oldest:.1f} s"

    async def _closing(self, ws: ClientConnection) -> str:
        await self._link.closing.wait()
        await ws.close()
        return "closed"


def _later(said: list[str]) -> float:
    """Return the seconds of a ``Retry-After``; 0 without one, and for anything that is not a number of them."""
    word = said[0] if len(said) == 1 else ""
    return min(float(word), LATER_MAX) if word.isascii() and word.isdigit() and len(word) < 9 else 0.0


def hello(gate: str, seen: Head | None = None) -> Any:
    """Return the first frame: which process this is, so that the hub can tell its death, and what it saw of the hub."""
    return wire.Hello.model_validate(
        {
            "gate": gate,
            "pid": os.getpid(),
            "started": _started(),
            "boot": _boot_id(),
            "host": socket.gethostname()[:64],
            "seen": seen,
        }
    )


def _started() -> int:
    try:
        return int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _boot_id() -> str:
    try:
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot_id}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""
