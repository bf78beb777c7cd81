"""Requests for permits and for people's decisions, from the asking to the answer. Link thread only."""

from collections import deque
from typing import TYPE_CHECKING, Any

import orjson

from interlock import wire
from interlock.clock import boot
from interlock.errors import (
    ApprovalTimedOut,
    CallRefused,
    Rejected,
    RunKilled,
    RunOver,
)
from interlock.link.asks import Ask, Granted
from interlock.link.member import Member

if TYPE_CHECKING:
    from interlock.link.link import Link

__all__ = ["Requests", "unused"]

Json = dict[str, Any]

DROPS_KEPT = 256
"""Withdrawn requests that are named again after a reconnect."""
_NEXT = {
    "denied": "change the call so that it fits, or go on without it",
    "void": "nothing ran by it; make the call again if it is still wanted",
    "limit": "let calls of the run end, then make it again",
    "unrecorded": "nothing ran; make it again once the hub's disk has room",
}
"""What an agent does next after a refusal by code, where the hub's sentence does not say."""


class Requests:
    """What this gate asked the hub and has no answer to."""

    def __init__(self, link: "Link") -> None:
        self._link = link
        self.asks: dict[str, Ask] = {}
        self._drops: deque[wire.Drop] = deque(maxlen=DROPS_KEPT)

    def ask(self, ask: Ask) -> None:
        """Ask; asked again after each reconnect until there is an answer."""
        self.asks[ask.frame["req"]] = ask
        if ask.member.here:
            self._now(ask)

    def _now(self, ask: Ask) -> None:
        ask.sent_at = boot()
        ask.asked_at = ask.asked_at or ask.sent_at
        self._link.say(orjson.dumps(ask.frame))

    def repeat(self, member: Member) -> None:
        """Ask again what a run has no answer to, and say again what nobody waits for: the hub may not have heard."""
        for drop in self._drops:
            if drop.run == member.run:
                self._link.say(drop)
        for ask in self.asks.values():
            if ask.member is member:
                self._now(ask)

    def pending(self, member: Member) -> bool:
        """Tell whether an answer is still to come for this run: a permit in it is handed back before it is left."""
        return any(ask.member is member and ask.sent_at for ask in self.asks.values())

    def drop(self, ask: Ask, why: str = "the caller went away") -> None:
        """Nobody waits for this any more: a permit that is granted still is handed back, an escalation is void."""
        ask.dropped = True
        if ask.for_person:
            self.asks.pop(ask.frame["req"], None)
            if ask.sent_at:
                drop = wire.Drop(run=ask.member.run, req=ask.frame["req"], why=why[:200])
                self._drops.append(drop)
                self._link.say(drop)
            if ask.member.leaving:
                self._link.settle(ask.member)
        elif ask.sent_at == 0.0:
            self.asks.pop(ask.frame["req"], None)

    def fail(self, why: Exception) -> None:
        """No answer will come any more."""
        for ask in self.asks.values():
            if not ask.answer.done():
                ask.answer.set_exception(why)

    # what the hub says

    def waiting(self, frame: wire.Waiting) -> None:
        """A person decides, and that is on disk."""
        ask = self.asks.get(frame.req)
        if ask is not None and ask.for_person:
            ask.escalation = frame.escalation

    def approved(self, frame: wire.Approved) -> None:
        """A person approved. Only what was asked for a person is answered by it."""
        ask = self.asks.get(frame.req)
        if ask is None or not ask.for_person:
            return
        del self.asks[frame.req]
        if not ask.answer.done():
            ask.answer.set_result(frame)

    def granted(self, frame: wire.Granted) -> None:
        """A permit. Nobody starts anything with one where a person was to decide first."""
        ask = self.asks.pop(frame.req, None)
        if ask is None:
            return
        if ask.dropped or ask.answer.done() or ask.for_person:
            self._link.outcome(unused(ask.member.run, frame.permit, ask.call))
            if ask.for_person and not ask.answer.done():
                problem = "the hub gave a permit where a person is to decide; upgrade the hub"
                ask.answer.set_exception(
                    CallRefused(ask.member.run, ask.frame["tool"], problem, code="unapproved")
                )
            return
        ask.answer.set_result(Granted(frame.permit, ask.sent_at + frame.ttl_ms / 1000))

    def refused(self, frame: wire.Refused) -> bool:
        """Take a refusal of a request; False where it is of something else."""
        ask = self.asks.pop(frame.req, None)
        if ask is None:
            return False
        member = ask.member
        if frame.order is not None and frame.code in ("killed", "paused"):
            member.obey(frame.order)
            self._link.answer(member, frame.order.order)
        if member.leaving:
            self._link.settle(member)
        if not ask.answer.done():
            ask.answer.set_exception(_refusal(ask, frame))
        return True


def _refusal(ask: Ask, frame: wire.Refused) -> Exception:
    run, tool, kill = ask.member.run, ask.frame["tool"], ask.member.kill
    if frame.code == "finished":
        return RunOver(run, tool)
    if frame.code == "killed" and kill is not None:
        return RunKilled(run, tool, order=kill.order, reason=kill.reason.raw, by=kill.by.raw)
    if frame.code == "rejected":
        by = frame.by.raw if frame.by else "somebody"
        return Rejected(run, tool, by=by, reason=frame.reason.raw if frame.reason else "")
    if frame.code == "timed_out":
        return ApprovalTimedOut(run, tool, waited=max(0.0, boot() - ask.asked_at))
    return CallRefused(run, tool, _whole(frame), code="policy" if frame.code == "denied" else frame.code)


def _whole(frame: wire.Refused) -> str:
    """Return what the hub said, and what to do next."""
    step = _NEXT.get(frame.code, "")
    return frame.problem if not step or "; " in frame.problem else f"{frame.problem}; {step}"


def unused(run: str, permit: str, call: str) -> Json:
    """Return the outcome of a permit whose call did not start: it has failed, and nothing happened."""
    return {"kind": "outcome", "run": run, "permit": permit, "call": call, "outcome": "failed", "ms": 0.0}
