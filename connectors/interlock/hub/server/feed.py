"""The feed to consoles: one ring of encoded items, and frames that every console at the same place shares. Pure."""

from bisect import bisect_right
from collections.abc import Iterable

import orjson

from interlock.wire import FRAME_MAX

__all__ = ["RING_BYTES", "RING_ITEMS", "Ring", "gap_frame", "text_frame"]

RING_ITEMS = 65_536
RING_BYTES = 32 * 1024 * 1024
_ROOM = FRAME_MAX - 256
"""What the items of one tick may take, so that the frame around them fits."""


def text_frame(text: bytes) -> bytes:
    """Return a whole WebSocket text message of a server, as bytes on the wire: built once, written to many."""
    size = len(text)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + text
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


def gap_frame(first: int, last: int) -> bytes:
    """Return the notice that the positions from first to last will not come."""
    return text_frame(orjson.dumps({"kind": "gap", "first": first, "last": last}))


class Ring:
    """The newest items in the order of their positions.

    ``last`` is the newest position ever stored, ``lost`` the newest one that is not in the ring any more.
    """

    def __init__(self, last: int, *, items: int = RING_ITEMS, size: int = RING_BYTES) -> None:
        """Begin empty, with everything up to ``last`` stored before and not held here."""
        self.last = self.lost = last
        self._limits = items, size
        self._at: list[int] = []
        self._items: list[bytes] = []
        self._size = 0
        self._frames: dict[int, tuple[bytes, int]] = {}

    def add(self, items: Iterable[tuple[int, bytes]]) -> None:
        """Append stored items, each with its position and its JSON."""
        for at, item in items:
            self._at.append(at)
            self._items.append(item)
            self._size += len(item)
        if self._at:
            self.last = self._at[-1]
        self._frames.clear()
        most, size = self._limits
        # Trimmed in one go and only now and then: taking items off a list's front moves all the others.
        if len(self._items) > most + most // 8 or self._size > size + size // 8:
            self._trim(most, size)

    def forget(self) -> None:
        """Let go of everything: consoles that have not seen it are told of a gap, and get the states as they are."""
        self.lost, self._size = self.last, 0
        self._at, self._items = [], []
        self._frames.clear()

    def _trim(self, most: int, size: int) -> None:
        drop = max(0, len(self._items) - most)
        kept = self._size - sum(map(len, self._items[:drop]))
        while kept > size:
            kept -= len(self._items[drop])
            drop += 1
        self.lost = self._at[drop - 1]
        self._size = kept
        del self._at[:drop], self._items[:drop]

    def holds(self, after: int) -> bool:
        """Return whether everything after this position is here."""
        return self.lost <= after <= self.last

    def frame(self, after: int, at: float) -> tuple[bytes, int]:
        """Return one tick with as many items after this position as fit, and the position of the last of them.

        ``at`` is Unix seconds. All consoles at the same position get the same bytes.
        """
        found = self._frames.get(after)
        if found is None:
            found = self._frames[after] = self._build(after, at)
        return found

    def _build(self, after: int, at: float) -> tuple[bytes, int]:
        first = end = bisect_right(self._at, after)
        room = _ROOM
        while end < len(self._items) and (room := room - len(self._items[end]) - 1) >= 0:
            end += 1
        head = b'{"kind":"tick","at":%.3f,"items":[' % at
        return text_frame(head + b",".join(self._items[first:end]) + b"]}"), self._at[end - 1]
