"""Letting go of texts by age, over stores that cannot be read everywhere."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from interlock import ids
from interlock.errors import StoreError
from interlock.hub.server.aging import Aging

pytestmark = pytest.mark.pure

GUARD_SECONDS = 60.0
BAD, GOOD = ids.new_run(), ids.new_run()


class _Trace:
    """The first list of runs cannot be read, and of two runs the first one never."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lists, self.asked = 0, list[str]()
        self.twice: asyncio.Future[None] = loop.create_future()
        self._loop = loop

    def ended_runs(self, above: int) -> list[tuple[int, str]]:
        """Return both runs, after the first time."""
        self.lists += 1
        if self.lists == 1:
            raise _damaged()
        return [(1, BAD), (2, GOOD)] if not above else []

    def texts_to_erase(self, run: str, _before: float) -> None:
        """Say of the good one that nothing is left of it."""
        self.asked.append(run)
        if self.asked.count(GOOD) == 2:
            self._loop.call_soon_threadsafe(self.twice.set_result, None)
        if run == BAD:
            raise _damaged()


def _damaged() -> StoreError:
    return StoreError("a row is damaged", path="trace.db", fix="restore it")


def test_what_cannot_be_read_keeps_no_other_text_for_ever() -> None:
    """Every run is looked at in each round, and the rounds go on, whatever in the trace is damaged."""

    async def main() -> list[str]:
        trace = _Trace(asyncio.get_running_loop())
        aging = Aging(cast("Any", None), cast("Any", SimpleNamespace(trace=trace)), 0.01)
        task = asyncio.create_task(aging.forever())
        await asyncio.wait({task, trace.twice}, timeout=GUARD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return trace.asked

    assert asyncio.run(main())[:4] == [BAD, GOOD, BAD, GOOD]
