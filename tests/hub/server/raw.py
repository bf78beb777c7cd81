"""A gate and a console that speak the protocol by hand: frames as plain JSON, nothing of the agent's side."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from interlock import ids
from tests.support.hubs import GUARD, HubProcess

Json = dict[str, Any]
PLAIN: dict[str, Any] = {
    "compression": None,
    "proxy": None,
    "ping_interval": None,
    "open_timeout": GUARD,
}
"""How a connection is made by hand. It does not ping: a hub that a test froze for long is no reason to hang up."""


class RawGate:
    """One connection of a gate. Its process is this test's, unless ``pid`` says otherwise."""

    def __init__(self, socket: ClientConnection, gate: str, pid: int) -> None:
        self.socket, self.gate, self.pid = socket, gate, pid
        self.trace = ids.new_trace()
        self.seen: list[Json] = []
        """Frames that came in and were not asked for yet."""

    def say(self, kind: str, **fields: Any) -> None:
        """Send one frame."""
        self.socket.send(json.dumps({"kind": kind, **fields}))

    def hear(self, kind: str) -> Json:
        """Return the next frame of this kind; others are kept for later."""
        for number, frame in enumerate(self.seen):
            if frame["kind"] == kind:
                return self.seen.pop(number)
        while True:
            frame = json.loads(self.socket.recv(GUARD))
            if frame["kind"] == kind:
                return dict(frame)
            assert frame["kind"] != "bye", frame
            self.seen.append(frame)

    def hello(self, v: int = 1) -> Json:
        """Say hello and return the welcome."""
        self.say("hello", v=v, gate=self.gate, pid=self.pid)
        return self.hear("welcome")

    def envelope(self, run: str, seq: int, event: Json) -> Json:
        """Return one event in its envelope."""
        return {
            "v": 1,
            "run": run,
            "seq": seq,
            "at": 1.0,
            "trace": self.trace,
            "span": "ab" * 8,
            "event": event,
        }

    def open(
        self,
        run: str,
        parent: str | None = None,
        *,
        agent: str = "refunds",
        role: str = "support",
        **more: Any,
    ) -> Json:
        """Open a run and return what the hub says: opened or refused."""
        started = {"kind": "run.started", "agent": agent, "role": role, "goal": "refund A-1009"}
        if parent:
            started["parent"] = parent
        first = self.envelope(run, 1, started)
        self.say("open", req=f"open {run}", run=run, first=first, **more)
        while True:
            frame = json.loads(self.socket.recv(GUARD))
            if frame["kind"] in ("opened", "refused") and frame["req"] == f"open {run}":
                return dict(frame)
            self.seen.append(frame)

    def events(self, run: str, first: int, *events: Json) -> None:
        """Send events, numbered from ``first``."""
        self.say("events", batch=[self.envelope(run, first + n, event) for n, event in enumerate(events)])

    def stored(self, run: str, seq: int) -> None:
        """Wait until the hub says that the run's events up to ``seq`` are on disk."""
        while self.hear("stored")["runs"].get(run, 0) < seq:
            pass


def reasoning(text: str) -> Json:
    """Return an event that says something."""
    return {"kind": "reasoning", "text": text}


@contextmanager
def raw_gate(
    hub: HubProcess, gate: str | None = None, *, hello: bool = True, token: str = ""
) -> Iterator[RawGate]:
    """Connect a gate, with the token of the data folder unless told."""
    headers = {"Authorization": f"Bearer {token or hub.agent_token}"}
    url = f"{hub.ws}/v1/agent"
    with connect(url, additional_headers=headers, **PLAIN) as socket:
        raw = RawGate(socket, gate or ids.new_gate(), os.getpid())
        if hello:
            raw.hello()
        yield raw


@contextmanager
def raw_console(
    hub: HubProcess, since: int | None = None, *, watch: bool = True, token: str = ""
) -> Iterator[ClientConnection]:
    """Connect a console and let it watch, with the token of the data folder unless told."""
    headers = {"Authorization": f"Bearer {token or hub.operator_token}"}
    url = f"{hub.ws}/v1/console"
    with connect(url, additional_headers=headers, **PLAIN) as socket:
        if watch:
            socket.send(json.dumps({"kind": "watch", "v": 1, "since": since}))
        yield socket


def frames(socket: ClientConnection, *kinds: str) -> Iterator[Json]:
    """Yield the frames of these kinds, as they come."""
    while True:
        frame = json.loads(socket.recv(GUARD))
        if frame["kind"] in kinds:
            yield dict(frame)
