"""Waiting for the hub in two ways: a thread that blocks, a task that awaits. The steps between are written once.

A passage is a generator: it yields what it waits for, and goes on when that is done or its time is up.
"""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from typing import Any, NamedTuple, TypeVar

from interlock.clock import boot

__all__ = ["Passage", "Wait", "adrive", "drive"]

T = TypeVar("T")

SLICE_SECONDS = 0.25
"""How often a wait that depends on the lease looks at it again."""


class Wait(NamedTuple):
    """Until ``future`` is done, or for as long as ``until`` (boot-time seconds, asked again) lies ahead."""

    future: Future[Any]
    until: Callable[[], float] | None = None

    def left(self) -> float:
        """Return the seconds to wait before looking again; 0 when the time is up."""
        if self.until is None:
            return SLICE_SECONDS * 240
        return max(0.0, min(SLICE_SECONDS, self.until() - boot()))


Passage = Generator[Wait, None, T]


def drive(passage: Passage[T]) -> T:
    """Go through the passage, blocking this thread where it waits."""
    try:
        while True:
            step = next(passage)
            while not step.future.done() and (left := step.left()) > 0:
                wait([step.future], left)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        passage.close()


async def adrive(passage: Passage[T]) -> T:
    """Go through the passage, awaiting where it waits. A cancelled task leaves the passage as if it were closed."""
    try:
        while True:
            step = next(passage)
            if not step.future.done():
                await _await(step)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        passage.close()


async def _await(step: Wait) -> None:
    mine = asyncio.wrap_future(_shadow(step.future))
    try:
        while not mine.done() and (left := step.left()) > 0:
            await asyncio.wait([mine], timeout=left)
    finally:
        mine.cancel()


def _shadow(future: Future[Any]) -> Future[None]:
    """Return a future that is done when ``future`` is, and whose cancelling does not touch it."""
    shadow: Future[None] = Future()

    def done(_: Future[Any]) -> None:
        if shadow.set_running_or_notify_cancel():
            shadow.set_result(None)

    future.add_done_callback(done)
    return shadow
