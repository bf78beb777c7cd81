"""A console against a real hub with real agents: the processes, and waiting for what the screen will say."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

from textual.pilot import Pilot

from interlock_console.client import Hub
from interlock_console.desk import Desk
from interlock_console.link import Link
from interlock_console.screens.fleet import FleetView
from interlock_console.state import Fleet
from interlock_console.station import Station
from tests.console.feed import Clock
from tests.console.looks import SMALL, settle, shown, text
from tests.support import forked
from tests.support.frozen import freeze
from tests.support.hubs import GUARD, HubProcess

STEP = 0.25
"""Seconds that go by at most between two looks at the screen."""
_AGENT = """
import sys, threading
import interlock
gate = interlock.connect()
release = threading.Event()

@gate.tool(cls="write", timeout=600)
def refund(order_id: str) -> dict:
    release.wait(600)
    return {"order": order_id}

def listen():
    sys.stdin.readline()
    release.set()

threading.Thread(target=listen, daemon=True).start()
with gate.run(agent="refunds", role="clerk", goal="refund A-1009") as run:
    print(run.id, flush=True)
    while True:
        refund("A-1009")
        release.wait(0.05)
"""


class Operated(Protocol):
    """A hub that runs, and the token of its operator."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    @property
    def operator_token(self) -> str:
        """What lets a console in."""
        ...


class Agent:
    """An agent process in a refund that ends when it is released, and then makes one after another."""

    def __init__(self, hub: HubProcess) -> None:
        self.process: subprocess.Popen[str] = forked.Popen(
            [sys.executable, "-P", "-c", _AGENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | hub.environment(),
            text=True,
        )
        assert self.process.stdout is not None
        self.run = self.process.stdout.readline().strip()

    def release(self) -> None:
        """Let the refund in flight end."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def freeze(self) -> None:
        """Let the process stand still, as a debugger or a busy machine would."""
        freeze(self.process.pid)


@contextmanager
def agent(hub: HubProcess) -> Iterator[Agent]:
    """Run one agent, and end it whatever happened."""
    made = Agent(hub)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate(timeout=GUARD)


class Live:
    """A console that is linked to a hub; its clock stands still but for :meth:`until`, where time goes by."""

    def __init__(self, pilot: Pilot[None], station: Station, clock: Clock) -> None:
        self.pilot, self.station, self.clock = pilot, station, clock

    async def at(self, run: str) -> None:
        """Wait until the fleet shows this run, and put the cursor on it once it is in its refund."""
        view = self.pilot.app.screen
        assert isinstance(view, FleetView)
        await self.until(when=lambda: view.table.go(run))
        await self.until(f" {run} ", "running, 1 call in flight")

    async def told(self, words: str, when: Callable[[], bool] = lambda: True) -> None:
        """Wait until the ticker has said these words; an alarm may stand in front of them there by now."""
        notes = self.station.fleet.notes
        await self.until(when=lambda: when() and any(words in note.text for note in list(notes)))

    async def until(self, *words: str, when: Callable[[], bool] = lambda: True) -> str:
        """Wait until all these words are on the screen in front, and return it.

        What ``when`` asks is known before it is drawn, so the screen that is returned is one painted afterwards.
        """
        before = time.monotonic()
        deadline = before + GUARD
        while True:
            await settle(self.pilot)
            if when():
                await settle(self.pilot)
                said = text(self.pilot)
                if all(word in said for word in words):
                    return said
            else:
                said = text(self.pilot)
            assert time.monotonic() < deadline, f"never saw {words} on\n{said}"
            await asyncio.sleep(0.02)
            # What a screen asks every few seconds is to come on a box as well where one look takes a second.
            now = time.monotonic()
            self.clock.go(min(now - before, STEP))
            before = now


@asynccontextmanager
async def console(hub: Operated, size: tuple[int, int] = SMALL) -> AsyncIterator[Live]:
    """Run a console that is linked to this hub as its operator."""
    clock = Clock()
    place = Hub(hub.url, hub.operator_token, "a test", who="ann")
    station = Station(Fleet(), Desk(place), clock=clock, wall=time.time, user="ann")
    link = Link(place, station.fleet, clock)
    link.start()
    try:
        async with shown(station, size) as pilot:
            yield Live(pilot, station, clock)
    finally:
        link.stop()
        assert not link.is_alive()
