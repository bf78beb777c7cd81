"""What stands between a model and its request: the guardrails, and a person where they want one."""

import asyncio
from typing import TYPE_CHECKING, Any

from interlock.errors import CallRefused
from interlock.gate.call import Call
from interlock.gate.judging import Ruling
from interlock.gate.passage import admit
from interlock.gate.waits import adrive, drive
from interlock.guardrails import Finding
from interlock.policy import Decision, Why
from interlock.reserved import INPUT

if TYPE_CHECKING:
    from interlock.gate.modelcall import ModelCall

__all__ = ["ascreened", "screened"]

INLINE_MAX = 20_000
"""Characters of a request that are looked through on the event loop; longer ones, and hooks, take a thread."""


class Admission(Call):
    """A person's decision on whether a model may read a request. It has no effect, and no policy needs to name it."""

    def __init__(self, asks: tuple[Finding, ...], call: "ModelCall") -> None:
        found = [
            {"rule": ask.rule, "source": ask.source, "excerpt": ask.excerpt, "offset": ask.offset}
            for ask in asks
        ]
        self._whys = tuple(Why(ask.rule, ask.verdict, ask.source[:200]) for ask in asks)
        super().__init__(
            call.run, INPUT, "danger", {"model": call.tool, "call": call.id, "found": found}, heeds=True
        )

    def weigh(self) -> Decision:
        """Want a person, whatever policy and dial say: the model call behind it is decided by them."""
        rules, first = self.link.rules, self._whys[0]
        side = rules.side(self.member.run)
        decision = Decision("ask", first.rule, first.bound, first.value, "danger", 1, self._whys)
        self.ruling = Ruling(decision, side.digest if side else "", rules)
        self.by_lease = False
        return decision


def screened(call: "ModelCall", messages: Any) -> None:
    """Let a model read the messages; or raise CallRefused, or whatever a call that a person rejects raises."""
    standing = call.run.screen.request(messages, call.id)
    if standing:
        _unblocked(call, standing)
        admission = Admission(standing, call)
        drive(admit(admission))
        _let_through(call, admission, standing)


async def ascreened(call: "ModelCall", messages: Any) -> None:
    """The same, awaiting instead of blocking: also what takes its time to look through."""
    screen = call.run.screen
    if screen.guard.hooks or _long(messages):
        standing = await asyncio.to_thread(screen.request, messages, call.id)
    else:
        standing = screen.request(messages, call.id)
    if standing:
        _unblocked(call, standing)
        admission = Admission(standing, call)
        await adrive(admit(admission))
        _let_through(call, admission, standing)


def _unblocked(call: "ModelCall", standing: tuple[Finding, ...]) -> None:
    for finding in standing:
        if finding.verdict == "block":
            call.decided("deny", finding.rule, f"in {finding.source}")
            problem = (
                f"the guardrail {finding.rule!r} blocks what {finding.source!r} says; "
                "leave that text out of the request"
            )
            raise CallRefused(call.run.id, call.tool, problem, code="guardrail")


def _let_through(call: "ModelCall", admission: Admission, standing: tuple[Finding, ...]) -> None:
    admission.finished("a person let it through")
    call.run.screen.passed(standing)


def _long(messages: Any) -> bool:
    """Tell whether there is more to look through than fits between two turns of a loop, at a glance."""
    return len(repr(messages)) > INLINE_MAX
