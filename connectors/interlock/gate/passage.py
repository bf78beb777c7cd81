"""The one path every call takes: held while paused, refused when killed, let through by a lease or a permit."""

from functools import partial
from typing import TYPE_CHECKING

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
from interlock.gate.waits import Passage, Wait
from interlock.link.asks import Ask, Granted
from interlock.link.member import Member
from interlock.orders import Pause
from interlock.wire import START_MS

if TYPE_CHECKING:
    from interlock.gate.call import Gated
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
    except (GeneratorExit, KeyboardInterrupt, SystemExit):
        call.unstarted(call.permit)
        call.decided("deny", "caller", "whoever wanted the call went away before it started")
        raise


def _pass(call: "Gated") -> Passage[None]:
    begun = boot()
    stale = 0
    while True:
        yield from _hold(call)
        permit = None if call.by_lease else (yield from _permit(call))
        if permit is None and not call.by_lease:
            continue
        checked = boot()
        call.fly(permit)
        if _fresh(call, permit, checked):
            waited = _waited(call, checked)
            if waited <= START:
                call.let_in(permit, (checked - begun) * 1000)
                return
            stale += 1
        elif not call.stopped:
            stale, waited = stale + 1, boot() - checked
        if stale == 2:
            call.unstarted(permit)
            call.decided("deny", "start", "too long between permission and start, twice")
            raise PermitExpired(call.run.id, call.tool, (boot() - begun) * 1000)
        call.unstarted(permit, again=not call.stopped)


def _fresh(call: "Gated", permit: Granted | None, now: float) -> bool:
    """The check: nothing holds the run, and the permit or the lease is good now."""
    return not call.stopped and now < (call.link.lease_until if permit is None else permit.until)


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
    if call.by_lease and boot() >= call.link.lease_until:
        yield from _lease(call)


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
        raise _away(call, "lease", "reads and model calls need a lease")


def _permit(call: "Gated") -> Passage[Granted | None]:
    """Ask the hub, and wait for as long as a lease says that it is there; a paused run waits as long as it takes.

    A process that stood still, or is back a moment ago, gets that moment for its heartbeat.
    """
    member, link = call.member, call.link
    grace = boot() + START
    ask = Ask(member, call.id, call.asking())
    link.post(link.ask, ask)
    try:
        while not ask.answer.done():
            if _pointless(member):
                return None
            pause = member.pause
            if pause is not None:
                call.decided("hold", f"order {pause.order}", "the run is paused")
            elif boot() >= max(link.lease_until, grace):
                raise _away(call, "permit", "write and danger calls need its permit")
            yield Wait(ask.answer, partial(_patience, call, pause, grace))
        return _answer(call, ask)
    finally:
        if not ask.answer.done():
            link.post(link.drop, ask)


def _pointless(member: Member) -> bool:
    """Say whether no answer of the hub could let a call start any more."""
    return member.kill is not None or member.over or member.forked


def _patience(call: "Gated", pause: Pause | None, grace: float) -> float:
    """Return until when a request waits for its answer: as long as it takes in a pause, and until that changes."""
    if call.member.pause is not pause or _pointless(call.member):
        return 0.0
    return boot() + 1 if pause is not None else max(call.link.lease_until, grace)


def _answer(call: "Gated", ask: Ask) -> Granted | None:
    try:
        return ask.answer.result()
    except RunKilled:
        return None
    except CallRefused as refused:
        call.decided("deny", "permit", refused.problem)
        raise
    except RunOver:
        call.member.over = True
        return None


def _away(call: "Gated", rule: str, what: str) -> CallRefused:
    call.link.refused_away += 1
    problem = f"the hub is away and {what}; it is safe to repeat once the hub is back"
    call.decided("deny", rule, "the hub is away")
    return CallRefused(call.run.id, call.tool, problem, code="hub_away")


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
