"""Policy and dial over a disk that hangs or is full: rights wait for it or are refused, and taking them never waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from interlock.errors import StoreError
from interlock.hub.core.core import Core
from interlock.hub.core.effects import Fact, Moment
from interlock.hub.record import Record
from interlock.hub.server.api_policy import PolicyApi
from interlock.hub.server.engine import Engine
from interlock.hub.server.order_answers import FleetScope
from interlock.hub.server.policy_answers import DialRequest, PushRequest
from interlock.hub.server.problem import Problem
from interlock.hub.server.rights import Rights
from interlock.hub.server.store import Store
from interlock.redact import Redactor
from tests.hub.core.rulings import YAML
from tests.support.hubs import GUARD

FLEET = FleetScope(fleet=True)
OTHER = YAML.replace("<= 200", "<= 50")


class Disk(Record):
    """A record whose disk can be told to hang, or to be full."""

    ready: threading.Event
    full = False

    def append(self, facts: Sequence[Fact], at: float, *, expect: int | None = None) -> range:
        """Wait for the disk; refuse what it has no room for."""
        assert self.ready.wait(GUARD)
        if self.full:
            raise StoreError("there is no room", path="the test's", fix="make some")
        return super().append(facts, at, expect=expect)


class Place:
    """A hub's stores, its engine and what answers about policy, in this process."""

    def __init__(self, store: Store, disk: Disk) -> None:
        self.disk = disk
        redactor = Redactor("ab" * 32)
        self.core = Core(boot="b", redact=redactor.text)
        self.engine = Engine(self.core, store, name="h-1", redact_key="ab" * 32)
        self.engine.start(asyncio.get_running_loop())
        self.core.access.begin("root", "b")
        self.api = PolicyApi(self.engine, store, Rights(self.engine), "root")

    def level(self) -> str:
        """Return where the fleet's dial stands."""
        found = self.core.rules.book.dials.get(("fleet", ""))
        return found.level if found is not None else "auto"

    def proof(self) -> str:
        """Return what raises it."""
        return self.core.rules.book.dials["fleet", ""].order[-4:]

    def turn(self, level: Any, proof: str = "") -> Coroutine[Any, Any, Any]:
        """Turn the fleet's dial."""
        return self.api.turn_dial(DialRequest(scope=FLEET, level=level, proof=proof), None)

    def push(self, source: str) -> Coroutine[Any, Any, Any]:
        """Push a policy."""
        return self.api.push_policy(PushRequest(source=source), None)


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """Yield a hub's inside over stores in a folder, with a dial of the fleet at ``ask``."""
    with Store(folder, Redactor("ab" * 32)) as store:
        store.record.close()
        disk = Disk.open(folder)
        disk.ready = threading.Event()
        disk.ready.set()
        store.record = disk
        here = Place(store, disk)
        await asyncio.sleep(0)
        await here.turn("ask")
        try:
            yield here
        finally:
            disk.full = False
            disk.ready.set()
            here.engine.close()


def within(folder: Path, test: Callable[[Place], Coroutine[Any, Any, Any]]) -> Any:
    """Run a test in a hub's inside, and return what it found."""

    async def run() -> Any:
        async with place(folder) as here:
            return await test(here)

    return asyncio.run(run())


def test_lowering_a_dial_does_not_wait_for_a_disk_that_hangs(tmp_path: Path) -> None:
    """It holds, and is answered as unrecorded; to raise one waits for the disk."""

    async def test(here: Place) -> tuple[bool, bool, str]:
        here.disk.ready.clear()
        lowering = asyncio.ensure_future(here.turn("stopped"))
        answered, _ = await asyncio.wait({lowering}, timeout=GUARD / 2)
        raising = asyncio.ensure_future(here.turn("auto", here.proof()))
        done, _ = await asyncio.wait({raising}, timeout=0.5)
        held = here.level()
        here.disk.ready.set()
        await asyncio.wait({lowering, raising}, timeout=GUARD)
        return bool(answered) and lowering.result()["unrecorded"], bool(done), held

    assert within(tmp_path, test) == (True, False, "stopped")


async def refused(asked: Coroutine[Any, Any, Any]) -> str:
    """Return the code of the refusal, or nothing where it was done."""
    try:
        await asyncio.wait_for(asked, GUARD)
    except Problem as problem:
        return problem.code
    return ""


def test_on_a_full_disk_no_right_is_given_and_every_dial_goes_down(tmp_path: Path) -> None:
    """A push and a raise are refused, at once and for good; what was lowered is on the record once there is room."""

    async def test(here: Place) -> tuple[Any, ...]:
        await here.push(YAML)
        here.disk.full = True
        codes = [await refused(here.push(OTHER)), await refused(here.turn("auto", here.proof()))]
        before = here.level()
        down = await here.turn("stopped")
        here.disk.full = False
        while here.engine.unrecorded:  # noqa: ASYNC110 - the lane tries again by itself, and tells nobody here
            await asyncio.sleep(0.05)
        book = here.core.rules.book
        active = book.active.n if book.active else 0
        return codes, before, down["unrecorded"], here.level(), active, await refused(here.push(OTHER))

    assert within(tmp_path, test) == (["unrecorded", "unrecorded"], "ask", True, "stopped", 1, "")
    record = Record.open(tmp_path)
    core = Core(boot="b")
    core.recover(record.facts(), Moment(1.0, 1.0))
    record.close()
    book = core.rules.book
    assert (book.active.n if book.active else 0, book.dials["fleet", ""].level) == (3, "stopped")
