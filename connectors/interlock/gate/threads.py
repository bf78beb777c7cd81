"""A sync tool with a time limit: each attempt in a thread of its own, since a thread cannot be stopped.

The limit counts from the start of the attempt, never while it is held. A late attempt stays in flight.
"""

import contextvars
import threading
from typing import Any

from interlock.gate.call import Call
from interlock.gate.entry import Entry
from interlock.gate.passage import admit
from interlock.gate.retrying import Attempts, Ended
from interlock.gate.tool import Tool, given_back, pretended, within
from interlock.gate.waits import Passage, drive

__all__ = ["Given", "threaded"]

Given = tuple[tuple[Any, ...], dict[str, Any]]
"""What the caller passed: positional arguments, and those by name."""


def threaded(
    tool: Tool, limit: float, call: Call, entry: Entry | None, attempts: Attempts, given: Given
) -> Any:
    """Return what the tool returned within ``limit`` seconds, or raise what it raised, or CallTimedOut."""
    worker = _Worker(tool, call, attempts, given, _admitted(call, entry), first=True)
    last: Ended | None = None
    try:
        with given_back(entry):
            worker.let_in()
        if call.shadowed:
            return pretended(call, entry)
        while True:
            last = worker.wait(limit)
            if not attempts.again(last):
                return attempts.over(last)
            drive(attempts.rest(last))
            worker = _Worker(tool, call, attempts, given, attempts.clear(), first=False)
            if not worker.let_in():
                return attempts.over(last)
    except BaseException:
        # Whoever called may be interrupted anywhere in here. What has been decided stays so.
        worker.leave(last)
        raise


def _admitted(call: Call, entry: Entry | None) -> Passage[bool]:
    yield from admit(call)
    if entry is not None and not call.shadowed:
        entry.changed()
    return not call.shadowed


class _Worker:
    """One attempt: what comes before it and the tool itself, in one thread, so that nothing lies between them."""

    def __init__(
        self, tool: Tool, call: Call, attempts: Attempts, given: Given, before: Passage[bool], *, first: bool
    ) -> None:
        self._tool, self._call, self._attempts, self._given = tool, call, attempts, given
        self._before, self._first = before, first
        self._decided, self._done = threading.Event(), threading.Event()
        self._runs = self._gone = False
        self._refused: BaseException | None = None
        self._lock = threading.Lock()
        self._ended: Ended | None = None
        self._late = False
        context = contextvars.copy_context()
        name = f"interlock-{tool.name[:40]}"
        self._thread = threading.Thread(target=context.run, args=(self._work,), name=name, daemon=True)

    def _work(self) -> None:
        if not self._starts():
            return
        within(self._call)
        args, kwargs = self._tool.arguments(self._call, *self._given)
        try:
            ended = self._attempts.returned(self._tool.fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - as above
            ended = self._attempts.raised(error)
        with self._lock:
            self._ended, late = ended, self._late
            self._done.set()
        if late:
            self._attempts.back(ended)

    def _starts(self) -> bool:
        let = False
        try:
            let = drive(self._before)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the tool was called
            self._refused = error
        with self._lock:
            dropped = let and self._gone
            self._runs = let and not dropped
        self._decided.set()
        if dropped and self._first:
            self._call.finished(error="whoever wanted the call went away before it started", outcome="failed")
        return self._runs

    def let_in(self) -> bool:
        """Wait until it is clear whether the attempt starts, and say so; raise what refused it."""
        self._thread.start()
        self._decided.wait()
        if self._refused is not None:
            raise self._refused
        return self._runs

    def wait(self, limit: float) -> Ended:
        """Return how the attempt ended, or that its time is up."""
        self._done.wait(limit)
        with self._lock:
            if self._ended is None:
                self._late = True
                return self._attempts.late(limit)
            return self._ended

    def leave(self, last: Ended | None) -> None:
        """Nobody waits any more: what does not run yet will not, what runs ends the call when it is back.

        ``last`` is how the attempt that ended last did.
        """
        with self._lock:
            self._gone = True
            if self._runs and self._ended is None and not self._late:
                self._late = True
                self._attempts.abandon()
                return
            ended = self._ended or last
        if ended is not None:
            self._attempts.left(ended)
