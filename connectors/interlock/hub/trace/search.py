"""Search over a whole run, a bounded piece of it in each request: events by their texts, long texts by their pieces."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

import orjson

from interlock.hub.trace.needle import EXCERPT, Match, Needle, texts

__all__ = ["Found", "Hit", "Search"]

Json = dict[str, Any]

SECONDS = 0.25
EVENTS_MAX = 20_000
LONG_MAX = 16 * 1024 * 1024
"""Bytes of long texts that one request reads, and of one text that is searched at all."""
LONG_IN_EVENT = 8
"""Long texts of one event that are searched."""
AT_ONCE = 200
"""Events that are read together: the reader's connection is free for others in between."""


class Hit(NamedTuple):
    """The first match in an event: ``offset`` is where it begins in the text of ``field``, ``body`` its digest."""

    n: int
    kind: str
    at: float
    field: str
    offset: int
    excerpt: str
    match: Match
    body: str | None


class Found(NamedTuple):
    """What one request found: ``first`` to ``last`` were looked at; ``next`` is where to go on, None at the end."""

    hits: list[Hit]
    first: int | None
    last: int | None
    scanned: int
    skipped: int
    next: int | None


class _Piece(NamedTuple):
    """What is kept of a piece of long texts: the same piece is in many of them."""

    size: int
    match: Match | None
    head: str
    tail: str


class Search:
    """One request. ``rows`` returns the checked rows of events from one number to another, ``piece`` a piece's text."""

    def __init__(
        self,
        text: str,
        rows: Callable[[int, int], list[tuple[Any, ...]]],
        piece: Callable[[str], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._needle = Needle(text)
        self._rows, self._piece, self._clock = rows, piece, clock
        self._until = clock() + SECONDS
        self._known: dict[str, _Piece | None] = {}
        self._read = self._skipped = self._room = 0

    def forwards(self, after: int, top: int, limit: int) -> Found:
        """Look at the events after ``after``, up to ``top``."""
        return self._run(self._ascending(after, top), lambda n: n < top, limit)

    def backwards(self, top: int, limit: int) -> Found:
        """Look at the events up to ``top``, the newest first."""
        return self._run(self._descending(top), lambda n: n > 1, limit)

    def _ascending(self, after: int, top: int) -> Iterator[tuple[Any, ...]]:
        for first in range(after + 1, top + 1, AT_ONCE):
            yield from self._rows(first, min(first + AT_ONCE - 1, top))

    def _descending(self, last: int) -> Iterator[tuple[Any, ...]]:
        for end in range(last, 0, -AT_ONCE):
            yield from reversed(self._rows(max(1, end - AT_ONCE + 1), end))

    def _run(self, rows: Iterator[tuple[Any, ...]], more: Callable[[int], bool], limit: int) -> Found:
        hits: list[Hit] = []
        seen: list[int] = []
        for _pos, n, at, data, *_ in rows:
            seen.append(n)
            hit = self._look(n, at, str(data, "utf-8"))
            if hit is not None:
                hits.append(hit)
            if len(hits) >= limit or self._enough(len(seen)):
                break
        if not seen:
            return Found([], None, None, 0, 0, None)
        goes_on = seen[-1] if more(seen[-1]) else None
        return Found(hits, min(seen), max(seen), len(seen), self._skipped, goes_on)

    def _enough(self, seen: int) -> bool:
        return seen >= EVENTS_MAX or self._read >= LONG_MAX or self._clock() >= self._until

    def _look(self, n: int, at: float, encoded: str) -> Hit | None:
        near = self._needle.may_be_in(encoded)
        if not near and '"chunks"' not in encoded:
            return None
        event = cast("Json", orjson.loads(encoded)["event"])
        long, self._room = 0, LONG_MAX
        for field, text in texts(event):
            if isinstance(text, str):
                found = self._short(text) if near else None
            else:
                long += 1
                found = self._long(text) if long <= LONG_IN_EVENT else None
                self._skipped += long > LONG_IN_EVENT
            if found is not None:
                offset, excerpt, match = found
                body = None if isinstance(text, str) else text["sha256"]
                return Hit(n, event["kind"], at, field, offset, excerpt, match, body)
        return None

    def _short(self, text: str) -> tuple[int, str, Match] | None:
        match = self._needle.find(text)
        return None if match is None else (match.at, *self._needle.excerpt(text, match))

    def _long(self, ref: Json) -> tuple[int, str, Match] | None:
        """Look through a long text by the pieces this event lists; what does not look like a list is none."""
        names = _listed(ref["chunks"])
        before, carry, size = 0, "", 0
        for number, name in enumerate(names):
            piece = self._looked(name)
            if piece is None or size > LONG_MAX or self._room < 0:
                self._skipped += 1
                return None
            size += piece.size
            edge = self._needle.find(carry + piece.head) if carry else None
            if edge is not None:
                return self._around(names, number, before, edge.at - len(carry))
            if piece.match is not None:
                return self._around(names, number, before, piece.match.at)
            before += piece.size
            carry = self._tail(carry + piece.tail)
        return None

    def _looked(self, name: str) -> _Piece | None:
        if name not in self._known:
            text = self._piece(name)
            reach = self._needle.reach
            if text is not None:
                self._read += len(text)
                self._room -= len(text)
                match = self._needle.find(text)
                self._known[name] = _Piece(len(text), match, text[:reach], self._tail(text))
            else:
                self._known[name] = None
        return self._known[name]

    def _tail(self, text: str) -> str:
        return text[-self._needle.reach :] if self._needle.reach else ""

    def _around(self, names: list[str], number: int, before: int, at: int) -> tuple[int, str, Match]:
        """Return the place of a match that begins ``at`` characters into a piece, or that many before it."""
        first = max(0, number - 1)
        near = [self._piece(name) or "" for name in names[first : number + 2]]
        base = before - (len(near[0]) if number else 0)
        # Pieces may be shorter than what is searched for; then it is shown from where its neighbours begin.
        text, start = "".join(near), max(0, before + at - base)
        window = max(0, start - EXCERPT)
        match = self._needle.find(text[window:])
        shown = Match(start, start) if match is None else Match(match.at + window, match.end + window)
        excerpt, place = self._needle.excerpt(text, shown)
        return before + at, excerpt, place


def _listed(chunks: object) -> list[str]:
    """Return the names in a list of pieces, none where it is no such list."""
    names = cast("list[object]", chunks) if isinstance(chunks, list) else []
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(texts) == len(names) else []
