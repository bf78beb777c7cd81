"""Events on their way to the hub: numbered, kept until stored, sent again after a cut, never more than the window.

Pure bookkeeping, no sockets; the link's thread alone uses it. Each run has a line of its own with a number for
each event. The hub says with ``opened`` and ``stored`` how far a line is on its disk.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import orjson

from interlock.link.bodies import Piece
from interlock.link.spool import Late, Spool
from interlock.wire import WINDOW_BYTES, WINDOW_EVENTS

__all__ = ["FRAME_BYTES", "HARD_BYTES", "KEPT_AT_END", "PRESSED_BYTES", "Outbox"]

FRAME_BYTES = 64 * 1024
"""A frame of events is closed when it is this long; a single longer event goes alone."""
FRAME_EVENTS = 256
PRESSED_BYTES = 1024 * 1024
"""With this much not yet stored, texts of thoughts travel by reference."""
HARD_BYTES = 16 * 1024 * 1024
"""With this much not yet stored, reports that carry no effect are not kept any more, and counted."""


KEPT_AT_END = 32
"""Thoughts of each run that are kept when a gate is closed with more than it can send."""


class Entry(NamedTuple):
    """One event: its number in the run and its bytes."""

    seq: int
    data: bytes
    bulk: bool = False
    """A thought or a message: what a full outbox may leave out."""


class _Line:
    """One run's events that are not known to be stored: those sent, then those waiting."""

    def __init__(self, run: str, first: bytes | None) -> None:
        self.run, self.again = run, first
        """``again``: an event the hub has, to be repeated when an acknowledgement is wanted."""
        self.seq = 1 if first is not None else 0
        """The last number given."""
        self.top = 0
        """The last number sent on this connection."""
        self.peak = self.seq
        """The highest number ever sent: the hub may have it, so it stays what it is."""
        self.open = False
        self.sent: deque[Entry] = deque()
        self.waiting: deque[Entry] = deque()
        self.late: list[tuple[Late, int]] = []
        """Pieces sent and not known to be stored, each with ``top`` when it was sent."""
        self.nudged = False


class Outbox:
    """All lines of one gate."""

    def __init__(self) -> None:
        self.spool = Spool()
        self._lines: dict[str, _Line] = {}
        self._turn: deque[_Line] = deque()
        self.bytes = 0
        """Of events kept, sent or not."""
        self.events = 0
        self._out_bytes = 0
        self._out_events = 0

    @property
    def pressed(self) -> bool:
        """More comes than the hub takes."""
        return self.bytes > PRESSED_BYTES

    @property
    def full(self) -> bool:
        """No room for what carries no effect."""
        return self.bytes > HARD_BYTES

    def begin(self, run: str, first: bytes | None) -> None:
        """Start a line. ``first`` is the event that travels with ``open``, numbered 1."""
        self._lines[run] = _Line(run, first)

    def next_seq(self, run: str) -> int:
        """Return the number the run's next event gets."""
        return self._lines[run].seq + 1

    def put(self, run: str, data: bytes, pieces: Iterable[Piece] = (), *, bulk: bool = False) -> None:
        """Add the run's next event, and the pieces that are to follow it."""
        line = self._lines[run]
        self._add(line, data, bulk)
        for piece in pieces:
            self.spool.put(run, piece)
        if len(line.waiting) == 1 and line.open:
            self._turn.append(line)

    def lost(self) -> None:
        """The connection is gone: whatever was sent and not stored will be sent again."""
        self._turn.clear()
        self._out_bytes = self._out_events = 0
        for line in self._lines.values():
            line.open = line.nudged = False
            line.waiting.extendleft(reversed(line.sent))
            line.sent.clear()
            self.spool.back([late for late, _ in line.late])
            line.late = []

    def opened(self, run: str, seq: int) -> None:
        """The hub has the line up to ``seq`` and takes what comes after."""
        line = self._lines[run]
        line.open, line.top = True, seq
        line.seq, line.peak = max(line.seq, seq), max(line.peak, seq)
        while line.waiting and line.waiting[0].seq <= seq:
            self._gone(line.waiting.popleft())
        if line.waiting:
            self._turn.append(line)

    def stored(self, run: str, seq: int) -> None:
        """The line is on the hub's disk up to ``seq``."""
        line = self._lines.get(run)
        if line is None:
            return
        rested = not line.sent
        while line.sent and line.sent[0].seq <= seq:
            entry = line.sent.popleft()
            line.again = line.again or entry.data
            self._out_events -= 1
            self._out_bytes -= len(entry.data)
            self._gone(entry)
        kept = [(late, top) for late, top in line.late if top >= seq and not (line.nudged and rested)]
        self._out_bytes -= sum(late.size for late, _ in line.late) - sum(late.size for late, _ in kept)
        line.late, line.nudged = kept, line.nudged and not rested
        if not self.spool.waiting and not any(other.late for other in self._lines.values()):
            self.spool.idle()

    def squeeze(self, told: Callable[[str, int, int], bytes]) -> int:
        """Leave out thoughts that were never sent, but for each run's newest; return how many.

        What follows gets new numbers. ``told(run, seq, count)`` writes the event that stands in the gap.
        """
        return sum(self._squeeze(line, told) for line in self._lines.values())

    def _squeeze(self, line: _Line, told: Callable[[str, int, int], bytes]) -> int:
        fresh = [entry for entry in line.waiting if entry.seq > line.peak]
        spare = [entry.seq for entry in fresh if entry.bulk][:-KEPT_AT_END]
        if not spare:
            return 0
        left_out = set(spare)
        for entry in fresh:
            line.waiting.pop()
            self._gone(entry)
        line.seq -= len(fresh)
        for entry in fresh:
            if entry.seq == spare[0]:
                self._add(line, told(line.run, line.seq + 1, len(spare)))
            if entry.seq not in left_out:
                self._add(line, orjson.dumps(orjson.loads(entry.data) | {"seq": line.seq + 1}), entry.bulk)
        return len(spare)

    def _add(self, line: _Line, data: bytes, bulk: bool = False) -> None:
        line.seq += 1
        line.waiting.append(Entry(line.seq, data, bulk))
        self.bytes += len(data)
        self.events += 1

    def _gone(self, entry: Entry) -> None:
        self.bytes -= len(entry.data)
        self.events -= 1

    def frame(self) -> bytes | None:
        """Return the next frame to send, or None when there is none or the window is closed."""
        frame = self._events()
        if frame is None:
            frame = self._piece() or self._nudge()
        return frame

    def _events(self) -> bytes | None:
        batch: list[bytes] = []
        size = 0
        while self._turn and self._room(size, len(batch)):
            line = self._turn[0]
            entry = line.waiting[0]
            if batch and size + len(entry.data) > FRAME_BYTES:
                break
            line.waiting.popleft()
            line.sent.append(entry)
            line.top = entry.seq
            line.peak = max(line.peak, entry.seq)
            batch.append(entry.data)
            size += len(entry.data)
            if not line.waiting:
                self._turn.popleft()
        self._out_bytes += size
        self._out_events += len(batch)
        return b'{"kind":"events","batch":[' + b",".join(batch) + b"]}" if batch else None

    def _room(self, size: int, events: int) -> bool:
        if events >= FRAME_EVENTS or self._out_events + events >= WINDOW_EVENTS:
            return False
        return self._out_bytes + size + FRAME_BYTES * 4 <= WINDOW_BYTES

    def _piece(self) -> bytes | None:
        waiting = self.spool.waiting
        for _ in range(len(waiting)):
            line = self._lines.get(waiting[0].run)
            if line is not None and line.open:
                break
            waiting.rotate(-1)
        else:
            return None
        late = waiting[0]
        if self._out_bytes + late.size + FRAME_BYTES * 4 > WINDOW_BYTES:
            return None
        waiting.popleft()
        line.late.append((late, line.top))
        line.nudged = False
        self._out_bytes += late.size
        return orjson.dumps(
            {"kind": "chunk", "run": late.run, "sha256": late.sha256, "data": self.spool.read(late)}
        )

    def _nudge(self) -> bytes | None:
        """Pieces are acknowledged with the events after them: where none follows, one stored before is repeated."""
        for line in self._lines.values():
            if (
                line.late
                and not line.sent
                and not line.waiting
                and not line.nudged
                and line.again is not None
            ):
                line.nudged = True
                return b'{"kind":"events","batch":[' + line.again + b"]}"
        return None

    def rest(self, run: str) -> bool:
        """Tell whether everything of the run is stored."""
        line = self._lines[run]
        if line.sent or line.waiting or line.late:
            return False
        return not any(late.run == run for late in self.spool.waiting)

    def end(self, run: str) -> None:
        """Forget the line."""
        line = self._lines.pop(run, None)
        if line is not None:
            for entry in (*line.sent, *line.waiting):
                self._gone(entry)
