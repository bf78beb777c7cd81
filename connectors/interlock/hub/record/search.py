"""Search in the record: by run, operator, tool, kind, time and text, a bounded piece of work in each request."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from interlock.audit.chain import Row
from interlock.audit.rows import FIELDS, keys, row, texts
from interlock.hub.record.index import BLOCK, Index, digest
from interlock.hub.record.pages import Entry, Pages, to_entry
from interlock.hub.record.proofs import Proofs
from interlock.hub.record.sieve import Sieve
from interlock.hub.trace.needle import Needle

__all__ = ["Filters", "Found", "Search", "shown"]

Json = dict[str, Any]

SECONDS = 0.25
BYTES_MAX = 1024 * 1024
"""Bytes of bodies that one answer holds; at least one entry is given."""
AT_ONCE = 100
"""Entries that are read together: the reader's connection is free for others in between."""
_SHOWN = ("who", "what", "why", "run", "tool", "outcome", "verdict", "permit", "digest")


class Filters(NamedTuple):
    """What is looked for. Times are Unix seconds, both ends included; empty texts and None leave out nothing."""

    run: str = ""
    operator: str = ""
    tool: str = ""
    kind: str = ""
    since: float | None = None
    until: float | None = None
    q: str = ""
    canary: bool = True
    """Also what is about the hub's own canary. It goes with a page, not with an export: that says what it left out."""

    def keys(self) -> list[tuple[str, str]]:
        """Return what is compared exactly."""
        named = (("run", self.run), ("operator", self.operator), ("tool", self.tool), ("kind", self.kind))
        return [(name, value) for name, value in named if value]

    def given(self) -> dict[str, str]:
        """Return what was asked for, by the names of the API."""
        times = {"from": self.since, "to": self.until}
        kept = dict(self.keys()) | {name: repr(at) for name, at in times.items() if at is not None}
        return kept | ({"q": self.q} if self.q else {})


class Found(NamedTuple):
    """What one request found: stored rows with the hash before them. ``next`` is where to go on, None at the end."""

    rows: list[tuple[Row, bytes]]
    next: int | None
    scanned: int


class Search:
    """One request."""

    def __init__(
        self, pages: Pages, index: Index | None, filters: Filters, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pages, self._index, self._filters = pages, index, filters
        self._indexed = index.last if index is not None else 0
        self._needle = Needle(filters.q) if filters.q else None
        self._sieve = Sieve(filters.q) if filters.q else None
        self._wanted = set(filters.keys())
        self._proofs = Proofs(pages, index.begun if index is not None else _nowhere)
        self._clock, self._until = clock, clock() + SECONDS
        since, until = filters.since, filters.until
        self._from = -(2**62) if since is None else round(since * 1e6)
        self._to = 2**62 if until is None else round(until * 1e6)
        self._scanned = self._size = 0

    def forwards(self, after: int, top: int, limit: int) -> Found:
        """Look at the entries after ``after``, up to ``top``."""
        edges = (
            (max(after + 1, b * BLOCK), min(top, b * BLOCK + BLOCK - 1)) for b in _blocks(after + 1, top)
        )
        return self._run(edges, limit, last=top, backwards=False)

    def backwards(self, top: int, limit: int) -> Found:
        """Look at the entries up to ``top``, the newest first."""
        blocks = reversed(_blocks(1, top))
        edges = ((max(1, b * BLOCK), min(top, b * BLOCK + BLOCK - 1)) for b in blocks)
        return self._run(edges, limit, last=1, backwards=True)

    def _run(self, edges: Iterator[tuple[int, int]], limit: int, *, last: int, backwards: bool) -> Found:
        hits: list[tuple[Row, bytes]] = []
        in_time = self._blocks_in_time()
        for first, end in edges:
            numbers = self._candidates(first, end, in_time)
            numbers = numbers[::-1] if backwards else numbers
            for at in range(0, len(numbers), AT_ONCE):
                some = numbers[at : at + AT_ONCE]
                for found in self._read(some):
                    if self._fits(*found):
                        hits.append(found)
                        self._size += len(found[0].body or b"")
                    if len(hits) >= limit or self._size >= BYTES_MAX:
                        return self._found(hits, found[0].n, last)
                if self._clock() >= self._until:
                    return self._found(hits, some[-1], last)
            if self._clock() >= self._until:
                return self._found(hits, first if backwards else end, last)
        return Found(hits, None, self._scanned)

    def _found(self, hits: list[tuple[Row, bytes]], at: int, last: int) -> Found:
        return Found(hits, None if at == last else at, self._scanned)

    def _blocks_in_time(self) -> set[int] | None:
        timed = self._filters.since is not None or self._filters.until is not None
        if not timed or self._index is None:
            return None
        return set(self._index.blocks(self._from, self._to))

    def _candidates(self, first: int, last: int, in_time: set[int] | None) -> Sequence[int]:
        """Return the numbers of a block that have to be read, ascending: past the index that is all of them."""
        known = min(last, self._indexed)
        found: list[int] = []
        if self._index is not None and known >= first:
            if in_time is not None and first // BLOCK not in in_time:
                found = []
            elif self._wanted:
                found = self._index.numbers([digest(*key) for key in self._wanted], first, known)
            else:
                found = list(range(first, known + 1))
            if found and not self._filters.canary:
                proofs = self._index.proofs(first, known)
                found = [n for n in found if n not in proofs]
        return [*found, *range(max(first, known + 1), last + 1)]

    def _read(self, numbers: Sequence[int]) -> list[tuple[Row, bytes]]:
        self._scanned += len(numbers)
        if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
            return self._pages.span(numbers[0] - 1, len(numbers))
        return self._pages.at(numbers)

    def _fits(self, stored: Row, prev: bytes) -> bool:
        if not self._from <= stored.at <= self._to:
            return False
        if self._sieve is not None and not self._sieve.may_show(stored):
            return False
        if not self._wanted and self._needle is None and self._filters.canary:
            return True
        entry = to_entry(stored, prev)
        if not self._filters.canary and stored.n > self._indexed and self._proofs.has(entry):
            return False
        if self._wanted and not self._wanted <= set(keys(entry._asdict())):
            return False
        return self._needle is None or self._says(self._needle, stored, entry)

    def _says(self, needle: Needle, stored: Row, entry: Entry) -> bool:
        shown = row(entry._asdict())
        if any(needle.find(shown[name]) for name in _SHOWN):
            return True
        body = str(stored.body or b"", "utf-8")
        return needle.may_be_in(body) and any(needle.find(text) for text in texts(entry.body))


def _nowhere(_: str) -> list[int]:
    """Say where a run began, without an index."""
    return []


def _blocks(first: int, last: int) -> range:
    return range(first // BLOCK, last // BLOCK + 1) if last >= first else range(0)


def shown(stored: Row, prev: bytes) -> Json:
    """Return an entry as the API gives it: its row, and what else there is of it."""
    entry = to_entry(stored, prev)
    made = row(entry._asdict())
    return {name: made[name] for name in FIELDS} | {
        "order": entry.order,
        "prev": entry.prev,
        "body": entry.body,
    }
