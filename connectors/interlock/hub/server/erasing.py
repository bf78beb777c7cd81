"""Erasing texts from the trace, as a person asks or as the hub was told to keep them no longer than so."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from interlock import ids
from interlock.errors import CommitUnknown, StoreError
from interlock.hub.core.effects import Fact
from interlock.hub.core.erasures import Texts
from interlock.hub.server.audit_answers import EraseRequest
from interlock.hub.server.engine import Engine
from interlock.hub.server.lanes import Job
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store
from interlock.hub.trace.blanking import Slice

__all__ = ["PAUSE_SECONDS", "Read", "erase", "finish"]

Json = dict[str, Any]
_log = logging.getLogger("interlock.hub")

PAUSE_SECONDS = 0.5
"""Between two slices: events and orders come first."""


Read = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Takes a step on a thread that may read, and returns what it returns."""


async def erase(
    engine: Engine, store: Store, asked: EraseRequest, by: str, *, cause: str, read: Read
) -> Json:
    """Choose a bounded number of texts, record that they go, and let them go. Raises Problem."""
    if asked.body is not None and (asked.run is not None or asked.older_s is not None):
        raise Problem("conflict", "a body was named, and more than it", "name one body, or a run, or an age")
    if asked.body is None and asked.run is None and asked.older_s is None:
        raise Problem("conflict", "nothing was named to erase", "name a body, a run, or an age")
    before = None if asked.older_s is None else time.time() - asked.older_s
    await engine.caught_up()
    run = asked.run if asked.run is None else await _named(store, asked.run, read)
    names, more = await read(lambda: store.trace.to_erase(body=asked.body, run=run, before=before))
    part = None if run is None else await read(lambda: _short(store, run, before))
    if not names and part is None:
        if asked.body is not None:
            raise Problem(
                "not_found", f"no body {asked.body!r} here", "the events of a run name its long texts"
            )
        return {"erasure": "", "bodies": 0, "pieces": 0, "shared": 0, "events": 0, "more": False}
    texts = None if run is None or part is None else Texts(run, part.first, part.last)
    erasure = ids.new_erasure()
    facts: list[Fact] = []
    reply = await engine.hand(
        lambda request: facts.append(
            engine.core.erasures.erase(request, erasure, names, by, asked.reason, cause, texts)
        )
    )
    if reply.refusal is not None or engine.unrecorded:
        problem = "the record takes nothing now, so nothing was erased"
        raise Problem("unrecorded", problem, "free space on the hub's disk, then try again")
    pieces, shared = await _carried_out(engine, store, facts[0], run)
    done = {"erasure": erasure, "bodies": len(names), "pieces": pieces, "shared": shared}
    if part is None:
        return {**done, "events": 0, "more": more}
    return {**done, "events": 1 + part.last - part.first, "more": more or part.more}


def _short(store: Store, run: str, before: float | None) -> Slice | None:
    """Return which events' short texts are next. Raises Problem where somebody still decides by them."""
    state = store.trace.state(run)
    if state is not None and state.waiting:
        problem = f"{len(state.waiting)} calls of run {run!r} wait for people who decide by its texts"
        raise Problem("conflict", problem, "decide them first: 'interlock escalations' lists them")
    return store.trace.texts_to_erase(run, before)


async def _named(store: Store, run: str, read: Read) -> str:
    found = await read(lambda: store.trace.find(run))
    if not found:
        raise Problem("not_found", f"no run {run!r} here", "'interlock runs' lists what there is")
    if len(found) > 1:
        raise Problem("ambiguous", f"{len(found)} runs begin with {run!r}", "give more digits")
    return str(found[0])


async def _carried_out(engine: Engine, store: Store, fact: Fact, run: str | None) -> tuple[int, int]:
    done: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()

    def landed() -> None:
        if run is not None:
            engine.erased(run)
        if not done.done():
            done.set_result((store.trace.erasing.pieces, store.trace.erasing.shared))

    engine.store_job(Job([], [], landed, facts=(fact,)))
    return await done


def _unfinished(store: Store) -> list[Fact]:
    """Return the erasures that are recorded and were not carried out, oldest first. Before anything is written."""
    left: list[Fact] = []
    for body in store.record.erasures():
        # They are carried out in order, so all before one that was are done too.
        if store.trace.erasing.done(body["erasure"]):
            break
        left.append(Fact("erased", body))
    return left[::-1]


def finish(store: Store) -> None:
    """Erase what the record says is erased, before anybody can ask for it. Raises CommitUnknown."""
    left = _unfinished(store)
    if not left:
        return
    try:
        store.trace.write([], [], left)
    except CommitUnknown:
        raise
    except StoreError as error:
        _log.error("%d erasures wait for room on the disk: the next start tries again: %s", len(left), error)
