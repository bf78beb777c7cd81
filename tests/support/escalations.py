"""What a small hub knows of calls that wait for a person: who asked, what was approved, and what was used."""

from dataclasses import dataclass
from typing import Any

from interlock import canonical, ids, wire
from interlock.text import Untrusted

__all__ = ["Escalations", "Waited"]


@dataclass
class Waited:
    """One call that waits, and what became of it."""

    ask: wire.AskPermit
    escalation: str
    digest: str
    state: str = "waiting"
    args: str | None = None
    permit: str | None = None


class Escalations:
    """Answers requests for a person's decision as the protocol says. Keeps everything in memory."""

    def __init__(self) -> None:
        self.waited: dict[str, Waited] = {}
        """By escalation."""

    def of(self, ask: wire.AskPermit) -> Waited:
        """Return what a request waits as: the same for the same call and digest."""
        for one in self.waited.values():
            if _same(one.ask, ask) and one.state in ("waiting", "approved"):
                one.ask = ask
                return one
        assert ask.exact is not None, "a person is asked without the exact arguments"
        assert canonical.digest(ask.tool.raw, ask.exact.raw) == ask.digest
        made = Waited(ask, ids.new_escalation(), ask.digest)
        self.waited[made.escalation] = made
        return made

    def answer(self, ask: wire.AskPermit) -> list[Any]:
        """Return what is said to a request that asks for a person, or that follows an approval."""
        if ask.escalation is not None:
            return [self._use(ask)]
        one = self.of(ask)
        said: list[Any] = [wire.Waiting(req=ask.req, escalation=one.escalation)]
        return [*said, self._approved(one)] if one.state == "approved" else said

    def _approved(self, one: Waited) -> wire.Approved:
        approved = wire.Approved(req=one.ask.req, escalation=one.escalation, digest=one.digest)
        if one.args is None:
            return approved
        return approved.model_copy(update={"args": Untrusted(one.args), "by": Untrusted("ann")})

    def _use(self, ask: wire.AskPermit) -> Any:
        one = self.waited[ask.escalation or ""]
        if one.state not in ("approved", "used") or ask.digest != one.digest or ask.call != one.ask.call:
            return wire.Refused(req=ask.req, code="void", problem="that approval is for something else")
        one.state = "used"
        one.permit = one.permit or ids.new_permit()
        return wire.Granted(req=ask.req, permit=one.permit)

    def approve(self, one: Waited, args: str | None = None) -> wire.Approved:
        """Approve it, as it is or with these exact arguments, and return the frame."""
        one.state, one.args = "approved", args
        if args is not None:
            one.digest = canonical.digest(one.ask.tool.raw, args)
        return self._approved(one)

    def refuse(self, one: Waited, code: str) -> wire.Refused:
        """End it with this code, and return the frame."""
        one.state = code
        said = {"req": one.ask.req, "code": code, "problem": f"it is {code}", "escalation": one.escalation}
        if code == "rejected":
            said |= {"by": "ann", "reason": "not this one"}
        return wire.Refused.model_validate(said)

    def drop(self, frame: wire.Drop) -> None:
        """Nobody waits for this request any more."""
        for one in self.waited.values():
            if one.ask.req == frame.req and one.state in ("waiting", "approved"):
                one.state = "void"


def _same(one: wire.AskPermit, other: wire.AskPermit) -> bool:
    """Tell whether two requests are the same question: a change of policy makes it another."""
    return all(getattr(one, name) == getattr(other, name) for name in ("run", "call", "digest", "policy"))
