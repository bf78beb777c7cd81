"""Consoles without a screen: they follow the feed and note when each event arrives."""

from __future__ import annotations

import time
from typing import Any

import orjson
import uvloop

from tests.bench.parts import serve
from tests.bench.parts.websocket import Socket, connect


class Watcher:
    """One connection to ``/v1/console``."""

    def __init__(self) -> None:
        self.socket: Socket
        self.items = self.gaps = self.ticks = 0
        self.ms: list[float] = []

    async def connect(self, port: int, token: str) -> None:
        """Connect and ask for the feed."""
        self.socket = await connect("127.0.0.1", port, "/v1/console", token, self.heard)
        self.socket.send(b'{"kind":"watch","v":1,"since":null}')

    def heard(self, text: bytes) -> None:
        now = time.time()
        frame = orjson.loads(text)
        kind = frame["kind"]
        if kind == "gap":
            self.gaps += frame["last"] - frame["first"] + 1
        elif kind == "tick":
            self.ticks += 1
            for item in frame["items"]:
                # Only what the load itself emitted carries the load's clock.
                if item["e"]["event"]["kind"] in LOAD:
                    self.items += 1
                    self.ms.append((now - item["e"]["at"]) * 1e3)


LOAD = frozenset(("reasoning", "tool.proposed", "gate.decided", "tool.started", "tool.finished"))


class Watchers:
    """All consoles of this process."""

    def __init__(self) -> None:
        self.all: list[Watcher] = []

    async def connect(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Connect ``consoles`` of them."""
        for _ in range(asked["consoles"]):
            watcher = Watcher()
            await watcher.connect(asked["port"], asked["token"])
            self.all.append(watcher)
        return {}

    def items(self, _: dict[str, Any]) -> list[int]:
        """Answer how many events each console has seen since the last ``seen``."""
        return [watcher.items for watcher in self.all]

    def seen(self, _: dict[str, Any]) -> dict[str, Any]:
        """Answer what arrived since the last question: counts for each console, and every delay in ms."""
        answer = {
            "items": [watcher.items for watcher in self.all],
            "gaps": [watcher.gaps for watcher in self.all],
            "ticks": [watcher.ticks for watcher in self.all],
            "ms": [round(ms, 3) for watcher in self.all for ms in watcher.ms],
            "down": sum(watcher.socket.down.done() for watcher in self.all),
        }
        for watcher in self.all:
            watcher.items = watcher.gaps = watcher.ticks = 0
            watcher.ms.clear()
        return answer


async def main() -> None:
    """Answer the bench until its end."""
    watchers = Watchers()
    await serve({"connect": watchers.connect, "items": watchers.items, "seen": watchers.seen})
    for watcher in watchers.all:
        watcher.socket.abort()


if __name__ == "__main__":
    uvloop.run(main())
