"""Many agents in one process, speaking the wire themselves: the load, and the agents that are stopped.

A gate here is a set of flags. What is measured to it is the hub's work and the way there; the real gate's own
share is measured by ``gated``.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson
import uvloop

from interlock import ids
from tests.bench.parts import serve
from tests.bench.parts.traffic import Script
from tests.bench.parts.websocket import Socket, connect

AT_ONCE = 32
OPENS_IN_FLIGHT = 64
HELD_ABOVE = 8192
"""Events, that is 8 MiB, which all agents here may have sent without their being stored; the hub's own limit for
all gates together is 24 MiB, and whoever is above it is cut off."""


def process() -> dict[str, Any]:
    """Return what ``hello`` says of this process."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    stat = Path("/proc/self/stat")
    if not (boot.exists() and stat.exists()):
        return {"pid": os.getpid()}
    space = Path("/proc/self/ns/pid").readlink()
    started = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    return {"pid": os.getpid(), "started": started, "boot": f"{boot.read_text().strip()}/{space}"}


@dataclass
class Window:
    """Events of all agents here that were sent and that the hub has not said to have on disk."""

    unstored: int = 0


class Agent:
    """One gate with its socket and its runs."""

    def __init__(self, runs: int, closed: dict[str, tuple[float, str]], window: Window) -> None:
        self.gate = ids.new_gate()
        self.scripts = [Script(ids.new_run()) for _ in range(runs)]
        self.closed, self.window, self.beats = closed, window, 0
        self.waiting: dict[str, asyncio.Future[Any]] = {}
        self.welcomed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.socket: Socket
        self.said_bye = ""

    async def connect(self, host: str, port: int, token: str, again: bool = False) -> None:
        """Connect, greet, and open every run."""
        self.welcomed = asyncio.get_running_loop().create_future()
        self.socket = await connect(host, port, "/v1/agent", token, self.heard)
        self.send({"kind": "hello", "v": 1, "gate": self.gate, "host": "bench", **process()})
        await asyncio.wait_for(self.welcomed, 30)
        for start in range(0, len(self.scripts), OPENS_IN_FLIGHT):
            await asyncio.gather(
                *(self._open(s, again) for s in self.scripts[start : start + OPENS_IN_FLIGHT])
            )

    async def _open(self, script: Script, again: bool) -> None:
        first = script.first(time.time())
        answer = await self.request({"kind": "open", "run": script.run, "first": first, "again": again})
        if answer["kind"] != "opened":
            raise RuntimeError(f"open refused: {answer}")

    def send(self, frame: dict[str, Any]) -> None:
        self.socket.send(orjson.dumps(frame))

    async def request(self, frame: dict[str, Any]) -> Any:
        """Send a frame with a ``req`` of its own and return the frame that answers it."""
        req = os.urandom(6).hex()
        answer = self.waiting[req] = asyncio.get_running_loop().create_future()
        self.send({**frame, "req": req})
        return await asyncio.wait_for(answer, 60)

    def heard(self, text: bytes) -> None:
        frame = orjson.loads(text)
        kind = frame["kind"]
        if kind == "order":
            self._obey(frame)
        elif kind in ("opened", "refused", "granted"):
            answer = self.waiting.pop(frame["req"], None)
            if answer is not None and not answer.done():
                answer.set_result(frame)
        elif kind == "stored":
            self._stored(frame["runs"])
        elif kind == "welcome":
            self.welcomed.set_result(frame)
        elif kind == "bye":
            self.said_bye = frame["problem"]

    def _stored(self, runs: dict[str, int]) -> None:
        for script in self.scripts:
            if script.run in runs:
                self.window.unstored -= runs[script.run] - script.stored
                script.stored = runs[script.run]

    def _obey(self, frame: dict[str, Any]) -> None:
        order = frame["order"]
        now = time.monotonic()
        for run in frame["runs"]:
            self.closed[run] = (now, order["verb"])
        for run in frame["runs"]:
            self.send({"kind": "answer", "order": order["order"], "run": run, "in_flight": []})

    def beat(self) -> None:
        self.beats += 1
        self.socket.send(b'{"kind":"beat","n":%d}' % self.beats)

    async def write(self, tool: str = "refund") -> float:
        """Ask for a permit as a write call does, report the outcome, and return the round trip in ms."""
        call, run = os.urandom(6).hex(), self.scripts[0].run
        asked = {"kind": "permit", "run": run, "call": call, "tool": tool, "cls": "write"}
        begun = time.monotonic()
        answer = await self.request({**asked, "digest": "ab" * 32, "args": '{"order_id":"A-1009"}'})
        took = (time.monotonic() - begun) * 1e3
        if answer["kind"] != "granted":
            raise RuntimeError(f"no permit: {answer}")
        outcome = {"kind": "outcome", "run": run, "permit": answer["permit"], "call": call, "outcome": "done"}
        self.send({**outcome, "ms": took})
        return took


class Crowd:
    """All agents of this process, and the commands of a bench."""

    def __init__(self) -> None:
        self.agents: list[Agent] = []
        self.closed: dict[str, tuple[float, str]] = {}
        self.window = Window()
        self._halt = self._held = False
        self._beating: asyncio.Task[None] | None = None
        self._flowing: asyncio.Task[dict[str, Any]] | None = None

    async def connect(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Connect ``agents`` more with ``runs`` each; answer their runs, one list an agent."""
        new = [Agent(asked["runs"], self.closed, self.window) for _ in range(asked["agents"])]
        took = await self._up(new, asked, again=False)
        self.agents += new
        runs = [[script.run for script in agent.scripts] for agent in new]
        return {"runs": runs, "seconds": took}

    async def _up(self, agents: list[Agent], asked: dict[str, Any], again: bool) -> float:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(agent: Agent) -> None:
            async with gate:
                await agent.connect("127.0.0.1", asked["port"], asked["token"], again)

        begun = time.monotonic()
        # Beats start at once: a thousand runs take longer to open than a lease lasts.
        self._beating = self._beating or asyncio.create_task(self._beat())
        await asyncio.gather(*map(one, agents))
        return time.monotonic() - begun

    async def back(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Connect every agent again, as after a restart of the hub."""
        return {"seconds": await self._up(self.agents, asked, again=True)}

    async def _beat(self) -> None:
        """Send each agent's heartbeat once a second, spread evenly."""
        due = time.monotonic()
        while True:
            agents = [agent for agent in self.agents if not agent.socket.down.done()]
            for agent in agents:
                agent.beat()
                due += 1 / len(agents)
                if due > time.monotonic():
                    await asyncio.sleep(due - time.monotonic())
            if not agents:
                await asyncio.sleep(0.05)
                due = time.monotonic()

    def heard_orders(self, _: dict[str, Any]) -> dict[str, Any]:
        """Answer which runs were closed since the last question, when (monotonic seconds) and by which verb."""
        closed = dict(self.closed)
        self.closed.clear()
        return closed

    def flow(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Begin to send ``rate`` events a second, ``burst`` a frame, for ``seconds``; ``flowed`` tells the end."""
        self._halt = False
        self._flowing = asyncio.create_task(self._flow(asked["rate"], asked["burst"], asked["seconds"]))
        return {}

    async def flowed(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Wait for the end of the flow, or ``halt`` it; answer how much was sent and how late the latest was."""
        assert self._flowing is not None
        self._halt = bool(asked.get("halt"))
        return await self._flowing

    async def _flow(self, rate: float, burst: int, seconds: float) -> dict[str, Any]:
        """A gate holds back what the hub has no room for; what it held was emitted when it was due all the same."""
        begun, wall, sent, size, behind = time.monotonic(), time.time(), 0, 0, 0.0
        turn: Iterator[tuple[Agent, Script]] = cycle([(a, s) for a in self.agents for s in a.scripts])
        while (elapsed := time.monotonic() - begun) < seconds and not self._halt:
            due = int(elapsed * rate / burst) * burst
            behind = max(behind, (due - sent) / rate)
            held = False
            while sent < due and not (held := self.window.unstored > HELD_ABOVE):
                agent, script = next(turn)
                frame = script.batch(burst, wall + sent / rate if self._held else time.time())
                agent.socket.send(frame)
                self.window.unstored += burst
                sent, size = sent + burst, size + len(frame)
            self._held = held or (self._held and sent < due)
            await asyncio.sleep(0.001)
        return {"sent": sent, "bytes": size, "seconds": time.monotonic() - begun, "behind_ms": behind * 1e3}

    async def permits(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let every agent make ``rate`` write calls a second for ``seconds``; answer each round trip in ms."""
        period = 1 / asked["rate"]
        calls = max(1, int(asked["seconds"] * asked["rate"]))
        begun = time.monotonic()

        async def one(agent: Agent, number: int) -> list[float]:
            took: list[float] = []
            for call in range(calls):
                due = begun + period * (call + number / len(self.agents))
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                took.append(await agent.write())
            return took

        each = await asyncio.gather(*(one(agent, number) for number, agent in enumerate(self.agents)))
        return {"ms": [ms for took in each for ms in took]}

    async def together(self, _: dict[str, Any]) -> dict[str, Any]:
        """Let every agent start one write call at the same moment."""
        return {"ms": await asyncio.gather(*(agent.write() for agent in self.agents))}

    def byes(self, _: dict[str, Any]) -> dict[str, Any]:
        """Answer why the hub closed any of the sockets, and how many are down."""
        said = sorted({agent.said_bye for agent in self.agents} - {""})
        return {"down": sum(agent.socket.down.done() for agent in self.agents), "said": said}

    async def run(self) -> None:
        """Answer the bench until its end."""
        commands = {
            "connect": self.connect,
            "back": self.back,
            "closed": self.heard_orders,
            "flow": self.flow,
            "flowed": self.flowed,
            "permits": self.permits,
            "together": self.together,
            "byes": self.byes,
        }
        await serve(commands)
        for agent in self.agents:
            agent.socket.abort()


if __name__ == "__main__":
    uvloop.run(Crowd().run())
