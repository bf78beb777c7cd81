"""The attempts of one call: what each came to, whether another one may start, and what the call came to in the end.

All attempts of a write are one call: one permit, one intent on disk before the first, one idempotency key. A further
attempt starts under that permit, and only where the contract says how the call is known again downstream. It needs what
every start needs: the call counts as in flight before it looks at the run's orders, nothing holds the run, the lease
is good now, the arguments are unchanged. So a kill is not confirmed while an attempt may still start (K2), and a gate
that is cut off starts none once its lease is over (K3, K6). A kill ends the wait between two attempts at once. A pause
holds it; the call then is not in flight, so that the run can be drained.
"""

import random
import threading
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING, Any, NamedTuple

from interlock.clock import boot
from interlock.contract import Backoff
from interlock.contract.schema import fault
from interlock.errors import (
    ArgumentsError,
    CallRefused,
    CallTimedOut,
    ConfigError,
    GateError,
    ResultRefused,
)
from interlock.gate.outcomes import Outcome, failure
from interlock.gate.passage import START, stopped
from interlock.gate.texts import told_error
from interlock.gate.waits import Passage, Wait

if TYPE_CHECKING:
    from interlock.gate.call import Call
    from interlock.gate.entry import Entry
    from interlock.gate.terms import Terms

__all__ = ["Attempts", "Ended", "standing"]

_OURS = (GateError, ArgumentsError, ConfigError)
"""Errors of this package from a call within the call: they say nothing of the tool, and a repeat brings them again."""

_DEFAULT = Backoff()


class Ended(NamedTuple):
    """What one attempt came to. A write whose result is refused is ``done`` and has an error."""

    outcome: Outcome
    result: Any
    error: BaseException | None
    out: bool = False
    """Its time was up, and its thread goes on."""


class Attempts:
    """One call from its first attempt to its end. Attempts in threads may come back after the call was given up."""

    def __init__(self, call: "Call", terms: "Terms", entry: "Entry | None") -> None:
        self._call, self._terms, self._entry = call, terms, entry
        self._number = 1
        self._since = 0.0
        self._doubt = 0
        """Attempts of a write that may or may not have had their effect."""
        self._lock = threading.Lock()
        self._out = 0
        self._decided = ""
        self._late: Ended | None = None
        self.instead: BaseException | None = None
        """What the caller gets instead of the last error: its run was killed between two attempts."""

    # what an attempt came to

    def returned(self, result: Any) -> Ended:
        """Judge what the tool returned by its contract."""
        schema, call = self._terms.contract.result, self._call
        wrong = None if schema is None else fault(schema, result)
        if wrong is None:
            return Ended("done", call.shown(result), None)
        refused = ResultRefused(call.run.id, call.tool, *wrong, permit=call.permit_id, result=result)
        return Ended("failed" if call.by_lease else "done", result, refused)

    def raised(self, error: BaseException) -> Ended:
        """Judge what the tool raised, or what broke it off."""
        return Ended(failure(error, read=self._call.by_lease), None, error)

    def late(self, limit: float) -> Ended:
        """Judge an attempt in a thread whose time is up, and expect it :meth:`back`."""
        call = self._call
        late = CallTimedOut(call.run.id, call.tool, limit, permit=call.permit_id)
        ended = self.raised(late)._replace(out=True)
        with self._lock:
            self._out += 1
            self._doubt += ended.outcome == "unknown"
        return ended

    def again(self, ended: Ended) -> bool:
        """Take note of how the newest attempt ended, and say whether its contract has another one follow."""
        error = ended.error
        self._hear(error)
        if ended.outcome == "unknown" and not ended.out:
            with self._lock:
                self._doubt += 1
        if error is None or ended.outcome == "done" or self._number > self._more():
            return False
        return isinstance(error, Exception) and not isinstance(error, _OURS)

    def _more(self) -> int:
        """Further attempts that are allowed; of a write none, unless its contract says how it is known again."""
        contract = self._terms.contract
        return (contract.retries or 0) if self._call.cls == "read" else contract.retried

    def ms(self) -> float:
        """Return milliseconds since the newest attempt started."""
        return (boot() - self._since) * 1000 if self._since else self._call.ms()

    def _hear(self, error: BaseException | None) -> None:
        if self._entry is not None:
            counts = error is None or (isinstance(error, Exception) and not isinstance(error, _OURS))
            self._entry.heard(failed=error is not None if counts else None)

    # between two attempts

    def next(self, ended: Ended) -> Passage[bool]:
        """Wait as the contract says, then say whether another attempt starts now; if so it is reported as started."""
        yield from self.rest(ended)
        return (yield from self.clear())

    def rest(self, ended: Ended) -> Passage[None]:
        """Report that another attempt follows, and wait for its time, or until an order holds the run."""
        call = self._call
        wait = (self._terms.contract.backoff or _DEFAULT).wait(self._number, random.random())  # noqa: S311
        event: dict[str, Any] = {"kind": "tool.retried", "call": call.id, "attempt": self._number}
        event |= {"outcome": ended.outcome, "wait_ms": wait * 1000}
        call.emit(event | {"error": told_error(ended.error)})
        yield from self._rest(boot() + wait)

    def clear(self) -> Passage[bool]:
        """Say whether another attempt may start now: the last thing before it does."""
        if not (yield from self._clear()) or self._late is not None or not self._knock():
            return False
        self._number += 1
        self._since = boot()
        self._call.emit(self._call.starting(self._call.permit_id) | {"attempt": self._number})
        return True

    def _rest(self, until: float) -> Passage[None]:
        call = self._call
        stirred: Future[None] = Future()

        def stir() -> None:
            try:
                stirred.set_result(None)
            except InvalidStateError:
                pass  # it was stirred before

        call.cancelled_by(stir)
        try:
            yield Wait(stirred, lambda: 0.0 if call.stopped else until)
        finally:
            call.cancelled_by(None)

    def _clear(self) -> Passage[bool]:
        call, link = self._call, self._call.link
        while True:
            if not (yield from self._free()):
                return False
            if boot() >= link.lease_until:
                yield from self._leased(boot() + START)
            checked = boot()
            if checked >= link.lease_until or not call.unchanged() or not call.still():
                return False
            if not call.stopped and boot() - checked <= START:
                return True

    def _free(self) -> Passage[bool]:
        """Stand still for as long as a pause holds; False where nothing will start any more."""
        call = self._call
        while call.stopped:
            problem = stopped(call.run, call.tool)
            if problem is not None:
                self.instead = problem if call.member.kill is not None else None
                return False
            yield from self._held()
        return True

    def _leased(self, until: float) -> Passage[None]:
        """Give a process that only stood still a moment for its heartbeat."""
        link = self._call.link
        yield Wait(link.never, lambda: 0.0 if boot() < link.lease_until else until)

    def _held(self) -> Passage[None]:
        """Stand still in a pause, not in flight, and count as in flight again before the flags are looked at."""
        call = self._call
        pause = call.member.pause
        if pause is None:
            return
        call.land()
        call.decided("hold", f"order {pause.order}", "the run is paused")
        try:
            yield Wait(call.member.release)
        finally:
            call.fly(call.permit)

    def _knock(self) -> bool:
        try:
            if self._entry is not None:
                self._entry.knock()
        except CallRefused:
            return False
        return True

    # attempts in threads of their own

    def abandon(self) -> None:
        """Nobody waits for the attempt that is under way any more: it ends the call when it is :meth:`back`."""
        with self._lock:
            self._out += 1
            self._doubt += not self._call.by_lease
            self._decided = self._decided or "left"

    def back(self, ended: Ended) -> None:
        """An attempt came back after its time was up. The last one ends the call."""
        with self._lock:
            self._out -= 1
            if ended.outcome != "unknown" and self._doubt:
                self._doubt -= 1
            if self._late is None or self._late.outcome != "done":
                self._late = ended
            last, decided, late = self._out == 0, self._decided, self._late
        if last and decided == "done":
            self._call.land()
        elif last and decided:
            self._finish(late)

    def left(self, ended: Ended) -> None:
        """Whoever called went away, between two attempts for instance: there is none after this one."""
        with self._lock:
            if self._decided:
                return
            self._decided, out, ended = "left", self._out, self._newest(ended)
        if not out:
            self._finish(ended)

    # the end

    def over(self, ended: Ended) -> Any:
        """Report the end of the call, and return or raise what its caller gets."""
        with self._lock:
            ended = self._newest(ended)
            outcome, out = self._came_to(ended), self._out
            self._decided = ("done" if outcome == "done" else "given up") if out else "ended"
        if not out:
            self._finish(ended)
        elif outcome == "done":
            self._call.ended(ended.result, error=ended.error, outcome=outcome)
            self._settle(outcome, ended)
        else:
            self._call.give_up(told_error(ended.error) or "")
        if self.instead is not None and ended.error is not None:
            raise self.instead from ended.error
        if ended.error is not None:
            raise ended.error
        return ended.result

    def _newest(self, ended: Ended) -> Ended:
        """Return what is known best of the call: an attempt that is back, late, may have settled it."""
        late = self._late
        return (
            late if late is not None and (late.outcome == "done" or (ended.out and not self._out)) else ended
        )

    def _came_to(self, ended: Ended) -> Outcome:
        """Say what all attempts came to: one effect is enough, and one doubt leaves it unknown."""
        if ended.outcome == "done":
            return "done"
        return "unknown" if self._doubt else ended.outcome

    def _finish(self, ended: Ended) -> None:
        outcome = self._came_to(ended)
        self._call.finished(ended.result, error=ended.error, outcome=outcome)
        self._settle(outcome, ended)

    def _settle(self, outcome: Outcome, ended: Ended) -> None:
        if self._entry is not None:
            self._entry.settle(outcome, ended.result)


def standing(call: "Call") -> Passage[None]:
    """Wait for as long as a pause holds the run, and nothing else does."""
    while call.stopped and stopped(call.run, call.tool) is None:
        pause = call.member.pause
        if pause is not None:
            call.decided("hold", f"order {pause.order}", "the run is paused")
            yield Wait(call.member.release)
