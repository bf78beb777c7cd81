"""An agent with the real gate: what its own process adds to a stop, to a read call and to a write call."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from statistics import median
from typing import Any

import orjson

import interlock
from interlock.errors import CircuitOpen
from interlock.link.member import Member
from tests.bench.parts import serve_in_turn

CALLS = 200
ARGUMENTS = {"order_id": "A-1009", "note": "the parcel never arrived, the policy allows a refund " * 5}

closed: dict[str, tuple[float, str]] = {}
"""Which run's gate closed when (monotonic seconds), and by which verb."""


def _stamp() -> None:
    """Note the moment right after the gate's own code has closed a run."""
    obey = Member.obey

    def stamped(self: Member, order: Any) -> None:
        obey(self, order)
        closed[self.run] = (time.monotonic(), order.verb)

    setattr(Member, "obey", stamped)  # noqa: B010


def plain(order_id: str, note: str) -> int:
    """The tool's body: next to nothing."""
    return len(note)


async def bare(order_id: str, note: str) -> int:
    """The same, to be awaited."""
    return len(note)


def failing(order_id: str, note: str) -> int:
    """A downstream that is down."""
    raise ValueError(order_id)


def refused(call: Callable[[], object]) -> None:
    """Make a call that raises; RuntimeError where it does not."""
    try:
        call()
    except (ValueError, CircuitOpen):
        return
    raise RuntimeError("it was let through")


class Gated:
    """One gate, and as many runs as the bench asks for."""

    def __init__(self) -> None:
        self.gate = interlock.connect()
        self.read = self.gate.tool(cls="read")(plain)
        self.write = self.gate.tool(cls="write")(plain)
        self._open: list[AbstractContextManager[Any]] = []

    def runs(self, asked: dict[str, Any]) -> list[list[str]]:
        """Open runs, each in a context of its own so that none is another's parent; answer their ids."""
        return [[contextvars.Context().run(self._begin)] for _ in range(asked["runs"])]

    def _begin(self) -> str:
        block = self.gate.run(agent="bench", role="load", goal="be stopped")
        self._open.append(block)
        return str(block.__enter__().id)

    def heard_orders(self, _: dict[str, Any]) -> dict[str, Any]:
        """Answer which runs were closed since the last question."""
        heard = dict(closed)
        closed.clear()
        return heard

    def enter(self, _: dict[str, Any]) -> str:
        """Begin the run that calls are made in."""
        self._block = self.gate.run(agent="bench", role="load", goal="call")
        return str(self._block.__enter__().id)

    def leave(self, _: dict[str, Any]) -> None:
        """End it."""
        self._block.__exit__(None, None, None)

    def reads(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make only the read calls, as fast as they go, and answer us of CPU a call."""
        return {"gate": [_time(lambda: self.read(**ARGUMENTS))[0] * 1e6 for _ in range(asked["rounds"])]}

    def calls(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make ``rounds`` rounds of read calls, and of both floors in turn; answer us a call."""
        contenders: dict[str, Callable[[], object]] = {
            "gate": lambda: self.read(**ARGUMENTS),
            "key": lambda: hashlib.blake2b(orjson.dumps(ARGUMENTS, option=orjson.OPT_SORT_KEYS)).digest(),
            "plain": lambda: plain(**ARGUMENTS),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        begun = time.process_time()
        for _ in range(asked["rounds"]):
            for name, contender in contenders.items():
                took[name].append(_time(contender))
                # The link's own thread sends what was reported, outside of the measurement.
                time.sleep(0.05)
        whole = (time.process_time() - begun) * 1e6 / (asked["rounds"] * CALLS)
        cpu = {name: [mine * 1e6 for mine, _ in times] for name, times in took.items()}
        wall = median(wall for _, wall in took["gate"]) * 1e6
        return {**cpu, "wall": wall, "whole": whole}

    def awaited(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Await read calls one after the other, and the bare coroutine in turn; answer us of CPU a call."""
        gated = self.gate.tool(cls="read")(bare)
        took: dict[str, list[float]] = {"gate": [], "plain": []}
        for _ in range(asked["rounds"]):
            for name, contender in (("gate", gated), ("plain", bare)):
                took[name].append(asyncio.run(_awaited(contender)) * 1e6)
                time.sleep(0.05)
        return took

    def refusals(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let a breaker open, then be refused by it; answer us a refusal, beside the same error merely raised."""
        broken = self.gate.tool(contract={"class": "read", "breaker": "1 of 1 / 10m"})(failing)
        for _ in range(2):
            with suppress(ValueError, CircuitOpen):
                broken(**ARGUMENTS)
        contenders: dict[str, Callable[[], object]] = {
            "breaker": lambda: refused(lambda: broken(**ARGUMENTS)),
            "raise": lambda: refused(lambda: failing(**ARGUMENTS)),
        }
        took: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(asked["rounds"]):
            for name, contender in contenders.items():
                took[name].append(_time(contender)[0] * 1e6)
                time.sleep(0.05)
        return took

    def writes(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make write calls one after the other; answer each one's ms, permit and all."""
        ms: list[float] = []
        for _ in range(asked["calls"]):
            begun = time.monotonic()
            self.write(**ARGUMENTS)
            ms.append((time.monotonic() - begun) * 1e3)
            time.sleep(0.003)
        return {"ms": ms}


def _time(contender: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU seconds of this thread, and the seconds by the clock, of one call."""
    wall, cpu = time.perf_counter(), time.thread_time()
    for _ in range(CALLS):
        contender()
    return (time.thread_time() - cpu) / CALLS, (time.perf_counter() - wall) / CALLS


async def _awaited(contender: Callable[..., Awaitable[int]]) -> float:
    """Return the CPU seconds of this thread of one awaited call."""
    begun = time.thread_time()
    for _ in range(CALLS):
        await contender(**ARGUMENTS)
    return (time.thread_time() - begun) / CALLS


def main() -> None:
    """Answer the bench until its end."""
    _stamp()
    gated = Gated()
    commands = {
        "runs": gated.runs,
        "closed": gated.heard_orders,
        "enter": gated.enter,
        "leave": gated.leave,
        "reads": gated.reads,
        "calls": gated.calls,
        "awaited": gated.awaited,
        "refusals": gated.refusals,
        "writes": gated.writes,
    }
    serve_in_turn(commands)
    # The open runs end as those of a process that dies.
    os._exit(0)


if __name__ == "__main__":
    main()
