"""One gated call: what it asks for, what is reported of it, and how it ends."""

import hashlib
from collections.abc import Callable
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from interlock import canonical
from interlock.clock import boot
from interlock.gate.outcomes import Outcome, failure
from interlock.gate.texts import plain, told_error
from interlock.ids import new_span
from interlock.link.asks import Granted
from interlock.link.link import unused
from interlock.link.member import Flight

if TYPE_CHECKING:
    from interlock.gate.run import Run

__all__ = ["Call", "Gated", "ToolClass"]

Json = dict[str, Any]
ToolClass = Literal["read", "write", "danger"]

ARGS_ASKED = 32 * 1024
"""Characters of arguments that travel with the request for a permit; the trace has longer ones in full."""


class Gated:
    """Whatever passes the gate: a tool call or a model call. ``by_lease`` is what needs no permit."""

    def __init__(
        self, run: "Run", tool: str, cls: Literal["read", "write", "danger", "model"], call_id: str | None
    ) -> None:
        self.run, self.member, self.link = run, run.member, run.link
        self.tool, self.cls = tool, cls
        self.id = call_id or run.next_call()
        self.by_lease = cls in ("read", "model")
        self.permit: Granted | None = None
        self.begun = 0.0
        """When it started, by the boot-time clock; 0 before."""
        self._flight: Flight | None = None
        self._said = ""
        self._unsaid = self.by_lease and self.link.crowd.closed
        """More is reported than the hub takes: this call is left out of the trace, with all its events."""

    @property
    def stopped(self) -> bool:
        """An order holds the run, or it is over: nothing starts."""
        member = self.member
        return member.shut or member.over or member.forked

    def asking(self) -> Json:
        """Return the request for a permit."""
        raise AssertionError(f"{self.cls!r} needs no permit")

    def unchanged(self) -> bool:
        """Tell whether the arguments still are what the permit is for."""
        return True

    def fly(self, permit: Granted | None) -> None:
        """Count as in flight from now on. Comes before the check, so that no answer to an order misses it."""
        self.permit = permit
        name = permit.permit if permit else None
        self._flight = self.member.flying[self.id] = Flight(self.id, self.tool, self.cls, boot(), name)

    def let_in(self, permit: Granted | None, waited_ms: float) -> None:
        """Report that the call starts, and start its clock."""
        name = permit.permit if permit else None
        self.decided(
            "allow", "permit" if name else f"class {self.cls}", None, permit=name, waited_ms=waited_ms
        )
        self.emit(self.starting(name))
        self.begun = boot()

    def starting(self, permit: str | None) -> Json:
        """Return the event that says it started."""
        event: Json = {"kind": "tool.started", "call": self.id}
        return event | {"permit": permit} if permit else event

    def unstarted(self, permit: Granted | None, *, again: bool = False) -> None:
        """The call did not start. Its permit is handed back; with ``again`` the hub voids it for the next one."""
        if permit is not None and not again:
            self.link.post(self.link.outcome, unused(self.run.id, permit.permit, self.id))
        self.permit = None
        self.land()

    def decided(
        self,
        verdict: str,
        rule: str,
        reason: str | None = None,
        *,
        permit: str | None = None,
        waited_ms: float = 0.0,
    ) -> None:
        """Report a verdict; the same one twice in a row is one."""
        if self._said == f"{verdict} {rule}":
            return
        self._said = f"{verdict} {rule}"
        event: Json = {"kind": "gate.decided", "call": self.id, "verdict": verdict, "rule": rule}
        event["waited_ms"] = max(0.0, waited_ms)
        if reason:
            event["reason"] = reason
        if permit:
            event["permit"] = permit
        self.emit(event)

    def cancelled_by(self, cancel: Callable[[], None] | None) -> None:
        """Let a kill end the call with this; only for what may be interrupted, None for the time after."""
        if self._flight is not None:
            self._flight.cancel = cancel
            if cancel is not None and self.member.kill is not None:
                cancel()

    def land(self) -> None:
        """Count as in flight no longer, and let the link answer the order that waits for it."""
        self.member.flying.pop(self.id, None)
        if self.member.shut or self.member.leaving:
            self.link.post(self.link.settle, self.member)

    def ms(self) -> float:
        """Return milliseconds since the start."""
        return max(0.0, (boot() - self.begun) * 1000)

    def emit(self, event: Json, recorded: int | None = None) -> None:
        """Report an event of this call."""
        if self._unsaid:
            self.link.crowd.count(self.member)
            return
        self.link.emit(self.member, time(), event, self.id, recorded)


class Call(Gated):
    """A tool call on its way through the gate, then in flight, until :meth:`finished`."""

    def __init__(
        self,
        run: "Run",
        tool: str,
        cls: ToolClass,
        bound: Any,
        *,
        call_id: str | None = None,
        recorded: int | None = None,
    ) -> None:
        """``bound`` are the arguments by name. Raises ArgumentsError when they have no exact spelling."""
        super().__init__(run, tool, cls, call_id)
        self.bound = bound
        self.args = canonical.encode(tool, bound)
        self.digest = canonical.digest(tool, self.args)
        self._given_up = False
        self._over = False
        event = {"kind": "tool.proposed", "call": self.id, "tool": tool, "cls": cls, "args": self.args}
        self.emit(event | {"digest": self.digest}, recorded)

    def asking(self) -> Json:
        """Return the request for a permit, under a name of its own."""
        shown = self.link.scribe.clean(self.args, args=True)
        if len(shown) > ARGS_ASKED:
            shown = f"{shown[:ARGS_ASKED]}... [{len(shown)} characters, in full in the trace]"
        return {
            "kind": "permit",
            "req": new_span(),
            "run": self.run.id,
            "call": self.id,
            "tool": self.tool,
            "cls": self.cls,
            "digest": self.digest,
            "args": shown,
        }

    def unchanged(self) -> bool:
        """Tell whether the arguments still are what the permit is for: what runs is what was asked for."""
        return canonical.encode(self.tool, self.bound) == self.args

    @property
    def permit_id(self) -> str | None:
        """The permit's name: hand it downstream as the idempotency key. None for reads."""
        return self.permit.permit if self.permit else None

    def give_up(self, error: str) -> bool:
        """Its time is up: a write's outcome is unknown, and it stays in flight. False if it has ended meanwhile."""
        if self._over:
            return False
        self._given_up = True
        self._report("failed" if self.by_lease else "unknown", None, error)
        return True

    def finished(
        self,
        result: Any = None,
        *,
        error: str | BaseException | None = None,
        outcome: Outcome | None = None,
        recorded: int | None = None,
    ) -> None:
        """Report the end: ``done``, or :func:`failure` of the error, unless ``outcome`` says otherwise.

        ``result`` is a text, or is written as JSON. A second call changes nothing.
        """
        if self._over:
            return
        self._over = True
        how: Outcome = outcome or ("done" if error is None else failure(error, read=self.by_lease))
        text = None if result is None and error is not None else plain(result)
        self._report(how, text, told_error(error), late=self._given_up, recorded=recorded)
        if self.permit is not None:
            frame = unused(self.run.id, self.permit.permit, self.id)
            frame |= {"outcome": how, "late": self._given_up, "ms": self.ms()}
            if text is not None:
                frame["digest"] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
            self.link.post(self.link.outcome, frame)
        self.land()

    def __enter__(self) -> Self:
        """For ``with run.call(...) as call:``; the end of the block is the end of the call."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finished(error=error)

    def _report(
        self,
        outcome: Outcome,
        result: str | None,
        error: str | None,
        *,
        late: bool = False,
        recorded: int | None = None,
    ) -> None:
        event: Json = {"kind": "tool.finished", "call": self.id, "outcome": outcome, "ms": self.ms()}
        if late:
            event["late"] = True
        if result is not None:
            event["result"] = result
        if error is not None:
            event["error"] = error
        self.emit(event, recorded)
