"""What every gated call is, of a tool or of a model: decided, in flight, and told of."""

from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING, Any, Literal

from interlock.clock import boot
from interlock.gate.judging import Ruling
from interlock.link.asks import Granted
from interlock.link.member import Flight
from interlock.link.requests import unused
from interlock.policy import Decision

if TYPE_CHECKING:
    from interlock.gate.run import Run

__all__ = ["Gated", "Json", "ToolClass"]

Json = dict[str, Any]
ToolClass = Literal["read", "write", "danger"]


class Gated:
    """Whatever passes the gate: a tool call or a model call. ``by_lease`` is what needs no permit."""

    def __init__(
        self, run: "Run", tool: str, cls: Literal["read", "write", "danger", "model"], call_id: str | None
    ) -> None:
        self.run, self.member, self.link = run, run.member, run.link
        self.tool, self.cls = tool, cls
        self.id = call_id or run.next_call()
        self.by_lease = cls in ("read", "model")
        self.heeds = True
        """Whoever runs it looks at what it says once it is let in."""
        self.shadowed = False
        """Its effect is not to happen: whoever runs it runs nothing, and takes :attr:`Call.virtual` instead."""
        self.ruling: Ruling | None = None
        """What was decided last; None before the first decision."""
        self.permit: Granted | None = None
        self._spare: Granted | None = None
        """A permit that came too late: the next one for this call takes its place, or it is handed back."""
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

    @property
    def outdated(self) -> bool:
        """The rules are not those any more that it was decided by."""
        return self.ruling is not None and self.ruling.rules is not self.link.rules

    def weigh(self) -> Decision:
        """Decide it by the rules of now, and return that. It counts among the run's calls unless it is denied."""
        decision = self.run.judge.model()
        self.ruling = Ruling(decision, "", self.link.rules)
        return decision

    def reweighed(self, *, for_person: bool) -> bool:
        """Decide it anew while it waits; tell whether what it waits for is not what is to be asked any more."""
        before = self.ruling
        decision, after = self.weigh(), self.ruling
        if (
            before is None
            or after is None
            or (before.policy, before.decision.cls) != (after.policy, decision.cls)
        ):
            return True
        # Who was asked goes on being asked where it became looser meanwhile; what is stricter, or shadow, is another.
        return decision.verdict not in (("ask", "allow") if for_person or self.asked else ("allow",))

    @property
    def asked(self) -> bool:
        """A person approved it."""
        return False

    def again(self, code: str) -> bool:
        """Take a refusal; tell whether it is to be decided anew because of it."""
        del code
        return False

    def forgo(self) -> None:
        """It will not start: it does not count among the run's calls, and no permit of it is left open."""
        if self._spare is not None:
            self.link.post(self.link.outcome, unused(self.run.id, self._spare.permit, self.id))
            self._spare = None

    def asking(self) -> Json:
        """Return the request for a permit, or for a person's decision."""
        raise AssertionError(f"{self.cls!r} needs no permit")

    def unchanged(self) -> bool:
        """Tell whether the arguments still are what the permit is for."""
        return True

    def fly(self, permit: Granted | None) -> None:
        """Count as in flight from now on. Comes before the check, so that no answer to an order misses it."""
        if permit is not None:
            self._spare = None  # the hub voided it, or gave the same one again
        self.permit = permit
        name = permit.permit if permit else None
        self._flight = self.member.flying[self.id] = Flight(self.id, self.tool, self.cls, boot(), name)

    def let_in(self, permit: Granted | None, waited_ms: float) -> None:
        """Report that the call starts, and start its clock."""
        name = permit.permit if permit else None
        facts = {"permit": name} if name else {}
        Gated.forgo(self)
        rule = "permit" if name else f"class {self.cls}"
        self.decided("allow", rule, None, waited_ms=waited_ms, **facts)
        self.emit(self.starting(name))
        self.begun = boot()

    def starting(self, permit: str | None) -> Json:
        """Return the event that says it started."""
        event: Json = {"kind": "tool.started", "call": self.id}
        if self.shadowed:
            event["shadow"] = True
        return event | {"permit": permit} if permit else event

    def unstarted(self, permit: Granted | None, *, again: bool = False) -> None:
        """The call did not start. Its permit is handed back; with ``again`` only once it is clear that none follows."""
        self._spare = permit or self._spare
        self.permit = None
        if not again:
            Gated.forgo(self)
        self.land()

    def decided(
        self, verdict: str, rule: str, reason: str | None = None, *, waited_ms: float = 0.0, **facts: Any
    ) -> None:
        """Report a verdict, with further ``facts`` of it; the same one twice in a row is one."""
        if self._said == f"{verdict} {rule}":
            return
        self._said = f"{verdict} {rule}"
        event: Json = {"kind": "gate.decided", "call": self.id, "verdict": verdict, "rule": rule}
        event["waited_ms"] = max(0.0, waited_ms)
        if reason:
            event["reason"] = reason
        self.emit(event | facts)

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
