"""What answers about a whole run: search, marks, the tree it stands in, and long texts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from interlock.errors import HubError, NotFound
from interlock.hub.core.world import World
from interlock.hub.server.cut import shorten
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store
from interlock.hub.trace.search import Hit
from interlock.runs import RunState

__all__ = ["TREE_MAX", "TraceApi"]

Json = dict[str, Any]
_T = TypeVar("_T")

TREE_MAX = 500
"""Runs of a tree that are given."""
ANCESTORS_MAX = 100
SLICE = 65_536
"""Characters of a slice whose length nobody said."""
_FIX = {
    "limit": "ask for slices of it with from and length",
    "erased": "'interlock audit list --kind erased' says who erased it, and why",
    "ambiguous": "read its beginning in the event that names it",
}
_NAMES = "the events of a run name the long texts that belong to them"


class TraceApi:
    """Answers from the trace, on a thread of its own: a search holds up neither a page nor a snapshot."""

    def __init__(self, world: World, store: Store, named: Callable[[str], Awaitable[str]]) -> None:
        self._world, self._trace, self._named = world, store.trace, named
        self._seekers = ThreadPoolExecutor(1, "seeker")

    async def _read(self, step: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._seekers, step)

    def close(self) -> None:
        """End the thread."""
        self._seekers.shutdown()

    async def search(self, run: str, q: str, after: int | None, before: int | None, limit: int) -> Json:
        """Look for a text in a run, as far as one request goes."""
        name = await self._named(run)
        found = await self._read(lambda: self._trace.search(name, q, after=after, before=before, limit=limit))
        hits = [_hit(hit) for hit in found.hits]
        return {**found._asdict(), "hits": hits}

    async def marks(self, run: str, kind: str, after: int | None, before: int | None, limit: int) -> Json:
        """Return the numbers of failed calls or of model turns."""
        name = await self._named(run)
        found, more = await self._read(
            lambda: self._trace.marks(name, kind, after=after, before=before, limit=limit)
        )
        return {"marks": found, "next": more}

    async def tree(self, run: str) -> Json:
        """Return the ancestors of a run, the run, and its descendants."""
        name = await self._named(run)
        above = list(_above(self._world, name))
        near = above[:ANCESTORS_MAX][::-1]
        picked = [*((-len(near) + at, each) for at, each in enumerate(near)), (0, name)]
        total = len(above) + 1
        for depth, each in _below(self._world, name):
            total += 1
            if len(picked) < TREE_MAX:
                picked.append((depth, each))
        states = await self._read(lambda: [self._trace.state(each) for _, each in picked])
        nodes = [
            {"depth": depth, "run": _short(state or RunState(each))}
            for (depth, each), state in zip(picked, states, strict=True)
        ]
        return {"runs": nodes, "total": total, "cut": total > len(nodes)}

    async def body(self, sha256: str, start: int | None, length: int | None) -> Json:
        """Return a long text, or a slice of it."""
        whole = start is None and length is None
        bodies = self._trace.bodies
        try:
            found = await self._read(
                lambda: bodies.whole(sha256) if whole else bodies.slice(sha256, start or 0, length or SLICE)
            )
        except NotFound:
            raise Problem("not_found", f"no body {sha256!r} here", _NAMES) from None
        except HubError as error:
            raise Problem(error.code, error.problem, _FIX[error.code]) from None
        if found is None:
            raise Problem("late", f"not all of body {sha256!r} has arrived", "ask again later")
        return {"text": found.text, "from": found.start, "total": found.total, "checked": found.checked}


def _hit(hit: Hit) -> Json:
    fields = hit._asdict()
    match = fields.pop("match")
    return {**fields, "from": match.at, "to": match.end}


def _above(world: World, name: str) -> Iterator[str]:
    """Yield the ancestors, the nearest first."""
    run = world.runs.get(name)
    while run is not None and run.parent:
        yield run.parent
        run = world.runs.get(run.parent)


def _below(world: World, name: str) -> Iterator[tuple[int, str]]:
    """Yield the descendants with their depth, each below its parent."""
    waiting = [(1, child) for child in reversed(world.children.get(name, ()))]
    while waiting:
        depth, each = waiting.pop()
        yield depth, each
        waiting += [(depth + 1, child) for child in reversed(world.children.get(each, ()))]


def _short(state: RunState) -> Json:
    plain: Json = shorten(state.to_json())
    for name in ("flying", "unknown"):
        plain[name] = dict(list(plain[name].items())[:50])
    return plain | {"labels": {}, "proposed": {}}
