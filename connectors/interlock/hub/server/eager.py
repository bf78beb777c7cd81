"""A coroutine that is run at once as far as it goes, and as a task from where it waits.

The loop runs a new task after everything that is ready before it. What must not wait for that begins in the callback
that has it, in a context of its own as a task's is. Until it waits for the first time it has no current task.
"""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from types import coroutine
from typing import Any

__all__ = ["begun"]

_BLOCKING = "_asyncio_future_blocking"
"""What a future says by it, between a coroutine and its task: it is awaited, and the task has not taken it yet."""


def begun(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None], context: Context
) -> "asyncio.Task[None] | None":
    """Run it until it waits; return the task that goes on with it, None where it ended. Raises what it raises."""
    try:
        waits_for = context.run(work.send, None)
    except StopIteration:
        return None
    future = bool(getattr(waits_for, _BLOCKING, False))
    if future:
        # Taken, as by a task: others may wait for the same before this one's first turn.
        setattr(waits_for, _BLOCKING, False)
    return loop.create_task(_task(work, waits_for, future=future), context=context)


async def _task(work: Coroutine[Any, Any, None], waits_for: Any, *, future: bool) -> None:
    if future:
        setattr(waits_for, _BLOCKING, True)
    await _rest(work, waits_for)


@coroutine
def _rest(work: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Pass on what the work waits for, and to the work how that ended."""
    while True:
        error: BaseException | None = None
        try:
            yield waits_for
        except GeneratorExit:
            work.close()
            raise
        except BaseException as raised:  # noqa: BLE001 - a cancellation, too, is for the work to take
            error = raised
        try:
            waits_for = work.send(None) if error is None else work.throw(error)
        except StopIteration:
            return
