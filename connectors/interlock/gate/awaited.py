"""An async tool behind the gate."""

import asyncio
from collections.abc import Callable
from typing import Any

from interlock.errors import CallTimedOut
from interlock.gate.call import Call
from interlock.gate.entry import Entry
from interlock.gate.glance import let_in
from interlock.gate.interrupt import Interrupt
from interlock.gate.passage import admit
from interlock.gate.retrying import Attempts, Ended
from interlock.gate.run import here
from interlock.gate.terms import Terms
from interlock.gate.tool import Tool, given_back, pretended, within
from interlock.gate.waits import adrive

__all__ = ["awaited"]


def awaited(tool: Tool) -> Callable[..., Any]:
    """Return the coroutine function that passes the gate and then awaits the tool."""

    async def gated(*args: Any, **kwargs: Any) -> Any:
        run = tool.run()
        terms = tool.terms(run)
        call = tool.call(run, terms, args, kwargs)
        entry = await adrive(Entry.entered(call, terms))
        if entry is not None and entry.answer is not None:
            return entry.repeated(entry.answer)
        with given_back(entry):
            await adrive(admit(call))
        if call.shadowed:
            return pretended(call, entry)
        if entry is not None:
            entry.changed()
        return await _attempts(tool, terms, call, entry, (args, kwargs))

    return _read(tool, gated) if tool.contract.cls in (None, "read") else gated


def _read(tool: Tool, slow: Callable[..., Any]) -> Callable[..., Any]:
    """The fast path of a read that promises nothing, as a sync one has it; and a kill ends what is awaited."""

    async def gated(*args: Any, **kwargs: Any) -> Any:
        run = here()
        read = let_in(tool, run, args, kwargs) if run is not None else None
        if read is None:
            return await slow(*args, **kwargs)
        interrupt = Interrupt(read, asyncio.current_task())
        try:
            result = await tool.fn(*args, **kwargs)
        except BaseException as error:
            killed = interrupt.over(error)
            read.ended("failed", error=killed or error)
            if killed is None:
                raise
            raise killed from error
        killed = interrupt.over(None)
        read.ended("done", result, killed)
        if killed is not None:
            raise killed
        return result

    return gated


async def _attempts(
    tool: Tool, terms: Terms, call: Call, entry: Entry | None, given: tuple[tuple[Any, ...], dict[str, Any]]
) -> Any:
    attempts = Attempts(call, terms, entry)
    while True:
        ended = await _attempt(tool, terms, call, attempts, given)
        try:
            more = attempts.again(ended) and await adrive(attempts.next(ended))
        except BaseException:
            attempts.left(ended)
            raise
        if not more:
            return attempts.over(ended)


async def _attempt(
    tool: Tool, terms: Terms, call: Call, attempts: Attempts, given: tuple[tuple[Any, ...], dict[str, Any]]
) -> Ended:
    interrupt = Interrupt(call, asyncio.current_task()) if call.by_lease else None
    token = within(call)
    args, kwargs = tool.arguments(call, *given)
    try:
        async with asyncio.timeout(terms.timeout):
            result = await tool.fn(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - it is raised again where the call ends
        return _broken(terms, call, attempts, interrupt, error)
    finally:
        token.var.reset(token)
    killed = interrupt.over(None) if interrupt else None
    ended = attempts.returned(result)
    if killed is not None:
        attempts.instead = killed
        return ended._replace(error=ended.error or killed)
    return ended


def _broken(
    terms: Terms, call: Call, attempts: Attempts, interrupt: Interrupt | None, error: BaseException
) -> Ended:
    """Judge how an awaited attempt failed: it was killed, it was late, or it raised."""
    killed = interrupt.over(error) if interrupt else None
    if killed is not None:
        killed.__cause__ = error
        return attempts.raised(killed)
    limit = terms.timeout
    if isinstance(error, TimeoutError) and limit is not None and attempts.ms() >= limit * 1000:
        late = CallTimedOut(call.run.id, call.tool, limit, permit=call.permit_id)
        late.__cause__ = error
        return attempts.raised(late)
    return attempts.raised(error)
