"""What answers about the record: search, one entry, export, the signed head, and erasure."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from interlock.audit.export import to_plain
from interlock.errors import ChainBroken, StoreError
from interlock.hub.record import verify
from interlock.hub.record.search import Filters, Found, Search, shown
from interlock.hub.server.api_hands import heard
from interlock.hub.server.audit_answers import EraseRequest
from interlock.hub.server.engine import Engine
from interlock.hub.server.erasing import erase
from interlock.hub.server.problem import Problem
from interlock.hub.server.store import Store

__all__ = ["AuditApi"]

Json = dict[str, Any]
_T = TypeVar("_T")
_log = logging.getLogger("interlock.hub")


class AuditApi:
    """Answers from the record, on a thread of its own: a search holds up neither a page nor a snapshot."""

    def __init__(self, engine: Engine, store: Store, operator: str) -> None:
        self._engine, self._store, self._operator = engine, store, operator
        self._record, self._indexing = store.record, store.indexing
        self._seekers = ThreadPoolExecutor(1, "auditor")

    async def _read(self, step: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._seekers, step)
        except ChainBroken as broken:
            raise Problem(
                "damaged", f"entry {broken.entry} of the record does not verify", broken.fix
            ) from None

    def close(self) -> None:
        """End the thread."""
        self._seekers.shutdown()

    async def audit(
        self, after: int | None, before: int | None, limit: int, canary: bool, *asked: Any
    ) -> Json:
        """Return what one request finds."""
        top = self._record.last
        backwards = before is not None and after is None
        end = top if before is None else min(before - 1, top)
        filters = Filters(*_texts(asked))._replace(canary=canary)
        found = await self._read(lambda: self._search(filters, after or 0, end, limit, backwards=backwards))
        return {
            "entries": [shown(*each) for each in found.rows],
            "next": found.next,
            "scanned": found.scanned,
            "last": top,
        }

    def _search(self, filters: Filters, after: int, end: int, limit: int, *, backwards: bool) -> Found:
        def once(search: Search) -> Found:
            return search.backwards(end, limit) if backwards else search.forwards(after, end, limit)

        index = self._indexing.index
        try:
            return once(Search(self._record.pages, index, filters))
        except StoreError as error:
            if index is None or isinstance(error, ChainBroken) or not index.at(error.path):
                raise
            # It only says where to look: without it every entry is read.
            _log.warning("the index of the record cannot be read: %s", error)
            self._indexing.index = None
            return once(Search(self._record.pages, None, filters))

    async def audit_entry(self, n: int) -> Json:
        """Return one entry, and the checkpoint that covers it."""
        found = await self._read(lambda: self._record.pages.at([n]))
        if not found:
            raise Problem("not_found", f"the record has no entry {n}", f"its newest is {self._record.last}")
        covering = await self._read(
            lambda: (
                next((point for point in self._record.signed() if point.n >= n), None) or self._record.sign()
            )
        )
        return {
            "entry": shown(*found[0]),
            "position": {"n": n, "last": self._record.last},
            "checkpoint": covering._asdict() if covering is not None else None,
        }

    async def audit_export(self, after: int, limit: int, vouch: bool, *asked: Any) -> Json:
        """Return a page of stored entries."""
        filters, top = Filters(*_texts(asked)), self._record.last
        found = await self._read(lambda: self._search(filters, after, top, limit, backwards=False))
        last = found.next if found.next is not None else top
        if vouch:
            points = await self._read(lambda: self._record.vouched(row for row, _ in found.rows))
        else:
            signed = await self._read(self._record.signed)
            # One for each number: a start and the end before it sign the same entry.
            points = list({p.n: p for p in signed if after < p.n <= last}.values())
        return {
            "lines": [to_plain(*each) for each in found.rows],
            "checkpoints": [point._asdict() for point in points],
            "next": found.next,
        }

    async def audit_head(self) -> Json:
        """Sign the newest entry."""
        point = await self._read(self._record.sign)
        return {
            "key": self._record.key,
            "origin": self._record.origin,
            "epoch": self._record.epoch,
            "head": point._asdict() if point is not None else None,
        }

    async def verify(self) -> Json:
        """Check the whole record."""
        return (await self._read(lambda: verify(self._store.folder)))._asdict()

    async def erase(self, asked: EraseRequest, who: str | None) -> Json:
        """Erase long texts."""
        by = heard(self._operator, who)
        return await erase(self._engine, self._store, asked, by, cause="person", read=self._read)


def _texts(asked: tuple[Any, ...]) -> list[Any]:
    """Return the filters in their order; what was not asked for leaves out nothing."""
    run, operator, tool, kind, since, until, q = asked
    return [run or "", operator or "", tool or "", kind or "", since, until, q or ""]
