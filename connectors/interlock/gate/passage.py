"""The one path every call takes: held while paused, refused when killed, decided, let in by a lease or a permit."""

from typing import TYPE_CHECKING, cast

from interlock.clock import boot
from interlock.errors import (
    ArgumentsError,
    CallRefused,
    GateError,
    KillSignal,
    PermitExpired,
    RunKilled,
    RunOver,
)
from interlock.gate.asking import away, decided_by_person, permitted
from interlock.gate.texts import refusal, told
from interlock.gate.waits import Passage, Wait
from interlock.link.asks import Granted
from interlock.wire import START_MS

if TYPE_CHECKING:
    from interlock.gate.call import Call
    from interlock.gate.gated import Gated
    from interlock.gate.run import Run

__all__ = ["START", "admit", "stopped"]

START = START_MS / 1000
"""Seconds from the check to the start of a call; a process that stood still for longer starts nothing."""


def admit(call: "Gated") -> Passage[None]:
    """Let the call start, or raise: KillSignal, RunKilled, RunOver, CallRefused, PermitExpired, ArgumentsError.

    Between the last check and the return at most :data:`START` passes on the boot-time clock. A process that stood
    still for longer asks once more, and then gives up. A caller that goes away meanwhile, cancelled or
    interrupted, leaves nothing in flight.
    """
    try:
        yield from _pass(call)
    except BaseException as error:
        if isinstance(error, GeneratorExit | KeyboardInterrupt | SystemExit):
            call.unstarted(call.permit)
            call.decided("deny", "caller", "whoever wanted the call went away before it started")
        call.forgo()
        raise


def _pass(call: "Gated") -> Passage[None]:
    begun = boot()
    stale = 0
    while True:
        yield from _hold(call)
        permit = None
        if _weighed(call):
            permit = yield from _asked(call)
            if permit is None:
                continue
        else:
            yield from _lease(call)
        checked = boot()
        call.fly(permit)
        if _fresh(call, permit, checked):
            if _waited(call, checked) <= START:
                call.let_in(permit, (checked - begun) * 1000)
                return
            stale += 1
        elif not call.stopped and not call.outdated:
            stale += 1
        if stale == 2:
            call.unstarted(permit)
            call.decided("deny", "start", "too long between permission and start, twice")
            raise PermitExpired(call.run.id, call.tool, (boot() - begun) * 1000)
        call.unstarted(permit, again=not call.stopped or call.asked)


def _weighed(call: "Gated") -> bool:
    """Decide the call, and say whether it needs a permit. Raises CallRefused where the policy says no."""
    decision = call.weigh()
    if decision.verdict == "deny":
        problem = refusal(decision)
        facts = told(call.ruling) if call.ruling else {}
        call.decided("deny", decision.rule, problem, **facts)
        raise CallRefused(call.run.id, call.tool, problem, code="policy")
    if call.shadowed and not call.heeds:
        problem = "it is in shadow, and whoever calls it would run it all the same; use a tool of the gate"
        call.decided("deny", "shadow", problem)
        raise CallRefused(call.run.id, call.tool, problem, code="shadow")
    return not call.by_lease


def _asked(call: "Gated") -> Passage[Granted | None]:
    """Ask a person first, where one is to decide, then for the permit; None where it is to be decided anew.

    A permit counts from the sending of its own request, and that is sent after the approval came: however long this
    process stood still over it, nothing starts late.
    """
    if call.ruling is not None and call.ruling.decision.verdict == "ask" and not call.asked:
        yield from decided_by_person(cast("Call", call))
        return None
    return (yield from permitted(call))


def _fresh(call: "Gated", permit: Granted | None, now: float) -> bool:
    """The check: nothing holds the run, the rules are those of the decision, the permit or the lease is good now."""
    if call.stopped or call.outdated:
        return False
    return now < (call.link.lease_until if permit is None else permit.until)


def _waited(call: "Gated", checked: float) -> float:
    """Look once more at the arguments, and return how long ago the check was: the last thing before the start."""
    if not call.by_lease and not call.unchanged():
        call.unstarted(call.permit)
        call.decided("deny", "arguments", "changed while the call waited for its permit")
        raise ArgumentsError(call.tool, "they changed while the call waited for its permit")
    return boot() - checked


def _hold(call: "Gated") -> Passage[None]:
    while call.stopped:
        pause = call.member.pause
        problem = stopped(call.run, call.tool)
        if problem is not None:
            raise _refusal(call, problem)
        if pause is not None:
            call.decided("hold", f"order {pause.order}", "the run is paused")
            yield Wait(call.member.release)


def _refusal(call: "Gated", problem: BaseException) -> BaseException:
    if isinstance(problem, KillSignal | RunKilled):
        call.decided("killed", f"order {problem.order}", problem.reason)
    else:
        call.decided("deny", "run", problem.problem if isinstance(problem, GateError) else None)
    return problem


def _lease(call: "Gated") -> Passage[None]:
    """The lease has run out. A process that only stood still gets a moment for its heartbeat; then it is refused."""
    until = boot() + START
    while boot() < until and boot() >= call.link.lease_until:
        yield Wait(call.link.never, lambda: min(until, boot() + 0.02))
    if boot() >= call.link.lease_until and not call.stopped:
        raise away(call, "lease", "reads and model calls need a lease")


def stopped(run: "Run", tool: str) -> BaseException | None:
    """Return what a call of this run raises now: a signal inside its ``with`` block, an error past it."""
    member = run.member
    if member.forked:
        problem = (
            "this gate came over a fork and speaks for the parent process; call interlock.connect() here"
        )
        return CallRefused(run.id, tool, problem, code="forked")
    kill = member.kill
    if kill is not None:
        if run.inside:
            return KillSignal(run.id, order=kill.order, reason=kill.reason.raw)
        return RunKilled(run.id, tool, order=kill.order, reason=kill.reason.raw, by=kill.by.raw)
    if member.barred is not None:
        return CallRefused(run.id, tool, str(member.barred), code="disconnected")
    return RunOver(run.id, tool) if member.over else None
