"""Long texts, put together from their pieces: whole or in slices, and never under the name of another text.

Events name a body by its digest and list its pieces. Anybody can list other pieces beside a digest, so each list is
kept, and the text that a list makes is hashed before it is given out: once, then it is remembered.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from interlock.errors import HubError, NotFound
from interlock.hub.sqlite import Reader
from interlock.hub.trace.seal import check, seal

__all__ = ["ADD_BODY", "ADD_CHUNK", "BODY_MAX", "Bodies", "Slice", "body_rows", "chunk_rows"]

BODY_MAX = 16 * 1024 * 1024
"""Bytes of a long text that is given out in one piece. A few events can name one piece thousands of times."""
TEXT_MAX = 256 * 1024 * 1024
"""Bytes of a text of which slices are given out: as many as the pieces of one reference can have."""
LISTS_MAX = 16
"""Lists of pieces that are tried for one digest. Honest agents make one."""
KEPT = 256
ADD_CHUNK = "INSERT OR IGNORE INTO chunk VALUES (?, ?, ?)"
ADD_BODY = "INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?)"
_LISTS = "SELECT list, chunks, seal FROM body WHERE sha256 = ? LIMIT ?"
_ERASED = "SELECT erasure FROM erased WHERE sha256 = ?"
_PIECE = "SELECT data, seal FROM chunk WHERE sha256 = ?"


class Slice(NamedTuple):
    """Part of a long text: ``start`` and ``total`` in characters; ``checked``: it was found to have its digest."""

    text: str
    start: int
    total: int
    checked: bool


class _Made(NamedTuple):
    """What a list of pieces makes. ``starts`` are the characters before each piece, and at the end all of them."""

    names: list[str]
    starts: list[int]
    size: int
    checked: bool


def chunk_rows(chunks: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes, int]]:
    """Yield the rows of chunks, given as digest and text."""
    for name, text in chunks:
        data = text.encode()
        yield name, data, seal(data, name)


def body_rows(bodies: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes, bytes, int]]:
    """Yield the rows of bodies, given as digest and the names of their pieces with blanks between."""
    for name, names in bodies:
        key = sha256(names).digest()
        yield name, key, names, seal(names, name, key)


class Bodies:
    """Reads them, from any thread."""

    def __init__(self, path: Path, reader: Reader) -> None:
        self._path, self._reader = path, reader
        self._judged: OrderedDict[tuple[str, bytes], _Made | None] = OrderedDict()

    def whole(self, digest: str) -> Slice | None:
        """Return a whole text, or None while a piece of it is late.

        Raises NotFound if no event names it, HubError with code ``erased`` if it was erased, with ``limit`` if it is
        longer than BODY_MAX, and with ``ambiguous`` where several texts claim the digest and none can be checked.
        """
        made = self._find(digest)
        if made is None:
            return None
        if made.size > BODY_MAX:
            raise HubError(f"body {digest!r} is longer than {BODY_MAX} bytes", code="limit")
        return self._cut(made, 0, made.starts[-1])

    def slice(self, digest: str, start: int, length: int) -> Slice | None:
        """Return ``length`` characters from ``start``, fewer at the end; otherwise like :meth:`whole`."""
        made = self._find(digest)
        return None if made is None else self._cut(made, start, length)

    def piece(self, name: str) -> str | None:
        """Return one piece, or None while it is late."""
        for data, sealed in self._reader.rows(_PIECE, (name,)):
            check(self._path, f"chunk {name!r}", sealed, data, name)
            return str(data, "utf-8")
        return None

    def _cut(self, made: _Made, start: int, length: int) -> Slice | None:
        total = made.starts[-1]
        start, end = min(start, total), min(start + length, total)
        texts: list[str] = []
        at = max(0, bisect_right(made.starts, start) - 1)
        while at < len(made.names) and made.starts[at] < end:
            text = self.piece(made.names[at])
            if text is None:
                return None
            texts.append(text[max(0, start - made.starts[at]) : end - made.starts[at]])
            at += 1
        return Slice("".join(texts), start, total, made.checked)

    def _find(self, digest: str) -> _Made | None:
        rows = self._reader.rows(_LISTS, (digest, LISTS_MAX))
        if not rows:
            raise self._missing(digest)
        unsure: list[_Made] = []
        late = False
        for key, names, sealed in rows:
            check(self._path, f"body {digest!r}", sealed, names, digest, key)
            try:
                made = self._judge(digest, key, str(names, "ascii").split())
            except _Late:
                late = True
                continue
            if made is not None and made.checked:
                return made
            if made is not None:
                unsure.append(made)
        return self._choose(digest, unsure, late=late)

    def _missing(self, digest: str) -> HubError:
        for (erasure,) in self._reader.rows(_ERASED, (digest,)):
            return HubError(f"body {digest!r} was erased by {erasure}", code="erased")
        return NotFound("body", digest)

    def _choose(self, digest: str, unsure: list[_Made], *, late: bool) -> _Made | None:
        if late:
            return None
        if len(unsure) > 1:
            raise HubError(
                f"{len(unsure)} texts claim to be body {digest!r}, and none can be checked", code="ambiguous"
            )
        if not unsure:
            raise NotFound("body", digest)
        return unsure[0]

    def _judge(self, digest: str, key: bytes, names: list[str]) -> _Made | None:
        """Return what these pieces make, or None if it is another text than the digest says. Raises _Late."""
        if (digest, key) not in self._judged:
            self._judged[digest, key] = self._made(digest, names)
            if len(self._judged) > KEPT:
                self._judged.popitem(last=False)
        return self._judged[digest, key]

    def _made(self, digest: str, names: list[str]) -> _Made | None:
        whole, altered, starts, size = sha256(), False, [0], 0
        for name in names:
            text = self.piece(name)
            if text is None:
                raise _Late
            data = text.encode()
            # A piece keeps the digest of what was sent as its name, also where the hub took a secret out of it.
            altered = altered or sha256(data).hexdigest() != name
            whole.update(data)
            size += len(data)
            starts.append(starts[-1] + len(text))
            if size > TEXT_MAX:
                raise HubError(f"body {digest!r} is longer than {TEXT_MAX} bytes", code="limit")
        checked = whole.hexdigest() == digest
        return _Made(names, starts, size, checked) if checked or altered else None


class _Late(Exception):
    """A piece is not here yet."""
