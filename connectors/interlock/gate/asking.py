"""Waiting for the hub while a lease says that it is there, and for people as long as it takes."""

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING

from interlock.clock import boot
from interlock.errors import ApprovalTimedOut, ArgumentsError, CallRefused, RunKilled, RunOver
from interlock.gate.texts import told
from interlock.gate.waits import Passage, Wait
from interlock.link.asks import Ask, Granted
from interlock.link.member import Member
from interlock.orders import Pause
from interlock.wire import START_MS, Approved

if TYPE_CHECKING:
    from interlock.gate.call import Call
    from interlock.gate.gated import Gated

__all__ = ["GRACE", "away", "decided_by_person", "permitted"]

GRACE = START_MS / 1000
"""Seconds for a heartbeat, for a process that stood still or is back a moment ago."""


def permitted(call: "Gated") -> Passage[Granted | None]:
    """Ask for a permit; None where nothing is to start any more, or where it is to be decided anew."""
    ask = Ask(call.member, call.id, call.asking())
    found = yield from _answered(call, ask)
    return found if isinstance(found, Granted) else None


def decided_by_person(call: "Call") -> Passage[None]:
    """Wait until a person approved the call, which is from then on what was approved; or raise how else it ended.

    Returns without an approval where it is to be decided anew. Raises Rejected, ApprovalTimedOut, CallRefused.
    """
    ruling = call.ruling
    if ruling is not None:
        call.decided("ask", ruling.decision.rule, "a person decides", **told(ruling))
    ask = Ask(call.member, call.id, call.asking())
    found = yield from _answered(call, ask, call.wait_s)
    if isinstance(found, Approved):
        _take(call, ask, found)


def _take(call: "Call", ask: Ask, approved: Approved) -> None:
    try:
        call.take(approved)
    except (CallRefused, ArgumentsError) as error:
        call.link.post(call.link.requests.drop, ask, "what was approved cannot run here")
        call.decided("deny", "approval", str(error))
        raise


def _answered(call: "Gated", ask: Ask, limit: float | None = None) -> Passage[Granted | Approved | None]:
    link, why = call.link, "the caller went away"
    link.post(link.requests.ask, ask)
    steps = _steps(call, ask, limit)
    try:
        yield from steps
        if ask.answer.done():
            return _answer(call, ask)
        why = "it is to be decided anew"
        return None
    except ApprovalTimedOut:
        why = "its caller's time to wait has ended"
        raise
    finally:
        if not ask.answer.done():
            link.post(link.requests.drop, ask, why)


def _steps(call: "Gated", ask: Ask, limit: float | None) -> Generator[Wait, None, None]:
    """Yield what is waited for until there is an answer, or none can count any more. A pause takes no time."""
    member, grace = call.member, boot() + GRACE
    waited, last = 0.0, boot()
    while not ask.answer.done() and not _pointless(call, ask):
        now, pause = boot(), member.pause
        if pause is not None:
            call.decided("hold", f"order {pause.order}", "the run is paused")
        elif not ask.escalation and now >= max(call.link.lease_until, grace):
            raise away(call, "permit", "write and danger calls need its permit")
        else:
            waited += now - last
        last = now
        if limit is not None and waited >= limit:
            call.decided("deny", "wait", f"nobody decided within {limit:g} s")
            raise ApprovalTimedOut(call.run.id, call.tool, waited=waited)
        ends = None if limit is None or pause is not None else now + limit - waited
        yield Wait(ask.answer, partial(_patience, call, ask, pause, (grace, ends)))


def _pointless(call: "Gated", ask: Ask) -> bool:
    """Say whether no answer of the hub could let a call start any more, or another question is to be asked."""
    return _dead(call.member) or (call.outdated and call.reweighed(for_person=ask.for_person))


def _dead(member: Member) -> bool:
    return member.kill is not None or member.over or member.forked


def _patience(call: "Gated", ask: Ask, pause: Pause | None, ends: tuple[float, float | None]) -> float:
    """Return until when a request waits for its answer: as long as it takes in a pause or once a person is asked."""
    if call.member.pause is not pause or _dead(call.member) or call.outdated:
        return 0.0
    grace, limit = ends
    until = boot() + 1 if pause is not None or ask.escalation else max(call.link.lease_until, grace)
    return until if limit is None else min(until, limit)


def _answer(call: "Gated", ask: Ask) -> Granted | Approved | None:
    try:
        return ask.answer.result()
    except RunKilled:
        return None
    except CallRefused as refused:
        if call.again(refused.code):
            return None
        rule = "permit" if not ask.escalation else f"escalation {ask.escalation}"
        call.decided("deny", rule, refused.problem)
        raise
    except RunOver:
        call.member.over = True
        return None


def away(call: "Gated", rule: str, what: str) -> CallRefused:
    """Count, report and return the refusal of a call because the hub is away."""
    call.link.refused_away += 1
    problem = f"the hub is away and {what}; it is safe to repeat once the hub is back"
    call.decided("deny", rule, "the hub is away")
    return CallRefused(call.run.id, call.tool, problem, code="hub_away")
