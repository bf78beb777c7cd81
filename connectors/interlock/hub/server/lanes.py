"""Two threads that write: the control lane for the record, the telemetry lane for the trace.

They share nothing, so an order is never behind an event. A commit that raised may have happened: the hub says so,
tells nobody that anything worked, and ends at once. What is true is found out when it starts again.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from interlock.errors import CommitUnknown, StoreError
from interlock.hub.core.effects import Append, Fact

__all__ = ["AGAIN_SECONDS", "EXIT_UNKNOWN", "ControlLane", "Job", "TelemetryLane", "Written", "die"]

_log = logging.getLogger("interlock.hub")

EXIT_UNKNOWN = 70
"""The exit code of a hub that cannot know whether its last commit happened, or that failed within itself."""
AGAIN_SECONDS = 0.5
"""Between two tries to write to a store that took nothing."""
FLUSH_SECONDS = 0.010
IN_FLIGHT = 2
"""Batches of telemetry handed to the writer and not committed."""


class RecordStore(Protocol):
    """What the control lane asks of the record."""

    def append(self, facts: Sequence[Fact], at: float) -> range:
        """Write the facts in one transaction."""
        ...


class PendingStore(Protocol):
    """What the control lane asks of the place for exact arguments."""

    def keep(self, texts: Iterable[tuple[str, str]]) -> None:
        """Have every text on disk, by its name."""
        ...

    def drop(self, names: Iterable[str]) -> None:
        """Let texts go."""
        ...


class ControlLane:
    """Takes every append that waits, commits them together, and reports them in order, on the loop.

    While the record cannot take anything more (a full disk), appends are kept in order and tried again; nothing
    that waits for them goes on, so no right is given that is not on disk. Nothing is tried again before
    ``unwritten`` returned.
    """

    def __init__(
        self,
        record: RecordStore,
        loop: asyncio.AbstractEventLoop,
        *,
        committed: Callable[[Sequence[int]], None],
        unwritten: Callable[[int, str], None],
        die: Callable[[str], None],
        pending: PendingStore | None = None,
    ) -> None:
        """Report tokens to ``committed``, and to ``unwritten`` how many entries are not on disk and why.

        ``die`` ends the hub. Exact arguments are in ``pending`` before the facts about them are on disk, and are let
        go after; where they cannot be written, neither are the facts.
        """
        self._record, self._loop, self._pending = record, loop, pending
        self._committed, self._unwritten, self._die = committed, unwritten, die
        self._queue: SimpleQueue[Append | None] = SimpleQueue()
        self._kept: list[Append] = []
        self._open = True
        self._closing = False
        self._heard = threading.Event()
        self._heard.set()
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, append: Append) -> None:
        """Write this, after everything put before it."""
        self._queue.put(append)

    def close(self) -> None:
        """Write what waits, then end."""
        self._closing = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while self._open:
            # What the loop puts behind a failure, to end what must not come true later, has to be gathered with it.
            while not (self._heard.wait(AGAIN_SECONDS) or self._closing):
                continue
            self._gather()
            if self._kept:
                self._write()

    def _gather(self) -> None:
        try:
            waiting: Append | None = self._queue.get(timeout=AGAIN_SECONDS if self._kept else None)
            while waiting is not None:
                self._kept.append(waiting)
                waiting = self._queue.get_nowait()
            self._open = False
        except Empty:
            return

    def _write(self) -> None:
        facts = [fact for append in self._kept for fact in append.facts]
        try:
            if self._pending is not None:
                self._pending.keep(text for append in self._kept for text in append.keep)
            if facts:
                self._record.append(facts, time.time())
        except CommitUnknown as error:
            self._open = False
            self._die(f"it is unknown whether the last {len(facts)} entries are on disk: {error}")
        except StoreError as error:
            self._heard.clear()
            self._loop.call_soon_threadsafe(self._tell_unwritten, len(facts), str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may be told that it worked
            self._open = False
            self._die(f"the record's writer failed: {error!r}")
        else:
            tokens = [append.token for append in self._kept]
            if self._pending is not None:
                self._pending.drop(_spent(self._kept))
            self._kept = []
            self._loop.call_soon_threadsafe(self._committed, tokens)

    def _tell_unwritten(self, entries: int, problem: str) -> None:
        self._unwritten(entries, problem)
        self._heard.set()


def _spent(appends: Iterable[Append]) -> list[str]:
    """Return what is to go once all of these are on disk: not what a later one keeps again, edited back."""
    names: dict[str, None] = {}
    for append in appends:
        for name, _ in append.keep:
            names.pop(name, None)
        names.update(dict.fromkeys(append.spend))
    return list(names)


class Job(NamedTuple):
    """Work for the telemetry lane: lines, chunks of bodies as pairs of digest and text, and facts about stops."""

    lines: list[Any]
    chunks: list[tuple[str, str]]
    land: "Callable[[], object] | None" = None
    """Called on the loop once all of it is on disk."""
    facts: tuple[Fact, ...] = ()
    """What the record is told as well, and the table of stops follows."""


class Written(NamedTuple):
    """What a batch became: encoded items with their positions, and the jobs it consisted of."""

    items: list[tuple[int, bytes]]
    jobs: list[Job]


class TelemetryLane:
    """Gathers jobs for about ten milliseconds, or for no time when nothing was written lately."""

    def __init__(
        self,
        write: Callable[[list[Any], list[tuple[str, str]], list[Fact]], list[tuple[int, bytes]]],
        loop: asyncio.AbstractEventLoop,
        *,
        written: Callable[[Written], None],
        die: Callable[[str], None],
    ) -> None:
        """Commit batches with ``write`` on a thread; report each to ``written`` on the loop."""
        self._write, self._loop = write, loop
        self._written, self._die = written, die
        self._queue: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._waiting: list[Job] = []
        self._flying = 0
        self._timer: asyncio.Handle | None = None
        self._last = 0.0
        self._thread = threading.Thread(target=self._run, name="trace", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, job: Job) -> None:
        """Write this, after everything put before it."""
        self._waiting.append(job)
        if self._timer is None and self._flying < IN_FLIGHT:
            self._schedule()

    def close(self) -> None:
        """Write what waits, then end. What is reported after this is not seen by the loop any more."""
        if self._waiting:
            self._queue.put(self._waiting)
            self._waiting = []
        self._queue.put(None)
        self._thread.join()

    @property
    def idle(self) -> bool:
        """Whether everything put here is on disk."""
        return not (self._waiting or self._flying)

    def _schedule(self) -> None:
        wait = self._last + FLUSH_SECONDS - self._loop.time()
        if wait <= 0:
            self._timer = self._loop.call_soon(self._flush)
        else:
            self._timer = self._loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._waiting:
            self._last = self._loop.time()
            self._flying += 1
            self._queue.put(self._waiting)
            self._waiting = []

    def _landed(self, written: Written) -> None:
        self._flying -= 1
        if self._waiting and self._timer is None:
            self._schedule()
        self._written(written)

    def _run(self) -> None:
        while (jobs := self._queue.get()) is not None:
            items = self._commit(jobs)
            self._loop.call_soon_threadsafe(self._landed, Written(items, jobs))

    def _commit(self, jobs: list[Job]) -> list[tuple[int, bytes]]:
        lines = [line for job in jobs for line in job.lines]
        chunks = [chunk for job in jobs for chunk in job.chunks]
        facts = [fact for job in jobs for fact in job.facts]
        while True:
            try:
                return self._write(lines, chunks, facts)
            except CommitUnknown as error:
                self._die(f"it is unknown whether the last {len(lines)} events are on disk: {error}")
            except StoreError as error:
                # Nothing was written, so nothing is acknowledged: gates keep their events meanwhile.
                _log.error("the trace takes nothing, trying again: %s", error)
            except Exception as error:  # noqa: BLE001 - an acknowledged event must be on disk
                self._die(f"the trace's writer failed: {error!r}")
            time.sleep(AGAIN_SECONDS)


def die(problem: str) -> None:
    """End this process at once, saying why. Crash-only: nothing is tidied up, the next start recovers."""
    try:
        os.write(2, f"interlock hub: {problem}; ending now, start it again to recover\n".encode())
    finally:
        # Also where nobody can be told, because what stderr goes to is full or closed as well.
        os._exit(EXIT_UNKNOWN)
