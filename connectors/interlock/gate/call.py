"""One gated call: what it asks for, what is reported of it, and how it ends."""

import dataclasses
import hashlib
import json
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from interlock import canonical
from interlock.clock import boot
from interlock.errors import ArgumentsError, CallRefused, ConfigError
from interlock.gate.binding import Binder
from interlock.gate.gated import Gated, Json, ToolClass
from interlock.gate.outcomes import Outcome, failure
from interlock.gate.petition import petition
from interlock.gate.texts import plain, told, told_error
from interlock.link.asks import Granted
from interlock.link.requests import unused
from interlock.policy import Decision, Why
from interlock.reserved import INPUT, reserved
from interlock.wire import Approved

if TYPE_CHECKING:
    from interlock.contract import Contract
    from interlock.gate.run import Run

__all__ = ["Call", "Json", "ToolClass"]


class Call(Gated):
    """A tool call on its way through the gate, then in flight, until :meth:`finished`.

    Once it is let in, ``bound`` is what the tool is to be called with, which may be what a person made of it, and
    ``shadowed`` says whether it is to be called at all.
    """

    def __init__(  # noqa: PLR0913 - one keyword for each thing that stands behind a call
        self,
        run: "Run",
        tool: str,
        cls: ToolClass,
        bound: Any,
        *,
        call_id: str | None = None,
        recorded: int | None = None,
        binder: Binder | None = None,
        contract: "Contract | None" = None,
        heeds: bool = False,
    ) -> None:
        """``bound`` are the arguments by name. Raises ArgumentsError when they have no exact spelling.

        ``binder`` is of the function behind it, where there is one. ``heeds``: whoever made it looks at ``bound``
        and ``shadowed`` afterwards; for anybody else a call that was edited or is in shadow is refused.
        """
        if reserved(tool) and tool != INPUT:
            raise ConfigError("a tool has a name of the hub's own", value=tool, fix="choose another one")
        super().__init__(run, tool, cls, call_id)
        self.declared: ToolClass = cls
        self.bound = bound
        self.args = canonical.encode(tool, bound)
        self.digest = canonical.digest(tool, self.args)
        self.binder, self._contract, self.heeds = binder, contract, heeds
        self.key: str | None = None
        """What it is known again by downstream, where its contract says how; its permit otherwise."""
        self.approval: Approved | None = None
        """What a person approved of it."""
        self.hub_asks = ""
        """Why the hub wants a person where the gate saw no need."""
        self._noted = False
        self._virtual: Any = None
        self._given_up = False
        self._over = False
        event = {"kind": "tool.proposed", "call": self.id, "tool": tool, "cls": cls, "args": self.args}
        self.emit(event | {"digest": self.digest}, recorded)

    @property
    def contract(self) -> "Contract | None":
        """What the tool promises on failure: the code's word and the policy's, the stricter of the two."""
        theirs = self.run.judge.contract(self.tool)
        if self._contract is None:
            return theirs
        from interlock.contract import stricter

        return stricter(self._contract, theirs)

    def _known(self) -> Json:
        """Return the arguments as the policy sees them: from the bytes that are asked for, by name."""
        args = json.loads(self.args)
        return cast("Json", args) if isinstance(args, dict) else {}

    @property
    def wait_s(self) -> float | None:
        """The longest that its caller waits for a person, in seconds, by its contract; None without an end."""
        contract = self.contract
        return contract.wait_s if contract is not None else None

    def weigh(self) -> Decision:
        """Decide it by the rules of now. Neither the agent nor its arguments say what class it is of."""
        taint = self.run.taint
        ruling = self.run.judge.rule(self.tool, self.declared, self._known(), taint, noted=self._noted)
        decision = ruling.decision
        if self.hub_asks and decision.verdict == "allow":
            why = (Why("hub", "a person decides", self.hub_asks[:200]),)
            decision = dataclasses.replace(decision, verdict="ask", why=why)
        self._noted = decision.verdict != "deny"
        if self.ruling is not None and self.ruling.policy != ruling.policy:
            self.approval = None
        self.ruling = ruling._replace(decision=decision)
        self.cls = decision.cls
        self.shadowed = decision.verdict == "shadow" and (decision.cls != "read" or decision.would != "allow")
        # A read that a person decides asks the hub like a write: a lease says nothing of what a person would say.
        free = self.cls == "read" and decision.verdict != "ask" and not self.asked
        self.by_lease = free or self.shadowed
        return decision

    def still(self) -> bool:
        """Tell whether a further attempt of it may start: nothing became stricter since it was let in."""
        before = self.ruling
        if before is None or not self.outdated:
            return True
        after = self.run.judge.again(self.tool, self.declared, self._known(), self.run.taint)
        if (after.policy, after.decision.cls) != (before.policy, before.decision.cls) and self.asked:
            return False
        return after.decision.verdict == "allow" or (self.asked and after.decision.verdict == "ask")

    @property
    def asked(self) -> bool:
        """A person approved it."""
        return self.approval is not None

    def again(self, code: str) -> bool:
        """Take a refusal: of a hub that wants a person, or of an approval that a change of rules made void."""
        if code == "ask" and not self.hub_asks:
            self.hub_asks = "the hub wants a person's decision"
            return True
        return code == "void" and self.outdated

    def forgo(self) -> None:
        """It will not start: it does not count among the run's calls, and no permit of it is left open."""
        super().forgo()
        if self._noted and not self.begun:
            self._noted = False
            self.run.judge.forgo(self.tool)

    def let_in(self, permit: Granted | None, waited_ms: float) -> None:
        """Report that the call starts and by which rule, and start its clock."""
        ruling = self.ruling
        if ruling is None or not (ruling.policy or self.shadowed or self.approval):
            super().let_in(permit, waited_ms)
            return
        decision, name = ruling.decision, permit.permit if permit else None
        Gated.forgo(self)
        facts = told(ruling) | ({"permit": name} if name else {})
        if self.approval is not None:
            facts |= self._approved(self.approval)
        verdict = "shadow" if decision.verdict == "shadow" else "allow"
        rule = f"approval {self.approval.escalation}" if self.approval else decision.rule
        self.decided(verdict, rule, None, waited_ms=waited_ms, **facts)
        if self.shadowed:
            self._virtual = self.run.virtual.result(self.tool, self._known(), self.contract)
        self.emit(self.starting(name))
        self.begun = boot()

    def _approved(self, approval: Approved) -> Json:
        facts: Json = {"escalation": approval.escalation}
        if approval.args is not None:
            by = approval.by.raw if approval.by else "somebody"
            facts |= {"edited_by": by, "args": self.args, "digest": self.digest}
        return facts

    @property
    def virtual(self) -> Any:
        """What a shadowed call returns instead of running: as its contract declares, else None."""
        return self._virtual

    def pretend(self) -> Any:
        """End a shadowed call, whose tool is not run, and return what its caller gets."""
        self.finished(self._virtual)
        return self._virtual

    def shown(self, result: Any) -> Any:
        """Return what the agent gets of a read's result: in shadow, with what the run wrote virtually over it."""
        if self.cls != "read" or not self.run.virtual.writes:
            return result
        return self.run.virtual.over(self._known(), self.contract, result)

    def asking(self) -> Json:
        """Return the request for a permit, or for a person's decision, under a name of its own."""
        return petition(self)

    def take(self, approved: Approved) -> None:
        """Let what a person approved be the call, byte for byte. Raises CallRefused or ArgumentsError where it is not.

        Whatever was edited is bound to the function's signature, and nothing is filled in: what nobody was shown
        does not run.
        """
        if approved.args is None:
            if approved.digest != self.digest:
                raise self.refused("the approval is for other arguments than these; ask again", "void")
            self.approval = approved
            return
        text = approved.args.raw
        if canonical.digest(self.tool, text) != approved.digest:
            raise self.refused("the edited arguments are not what was approved; ask again", "void")
        if not self.heeds:
            raise self.refused("a person edited its arguments, and its adapter runs only its own", "edited")
        bound = canonical.decode(self.tool, text)
        if self.binder is not None:
            self.binder.fits(bound)
        if canonical.encode(self.tool, bound) != text:
            raise ArgumentsError(self.tool, "the edited arguments are not in their one spelling")
        self.bound, self.args, self.digest = bound, text, approved.digest
        self.approval = approved

    def refused(self, problem: str, code: str) -> CallRefused:
        """Return the error that says why it does not start."""
        return CallRefused(self.run.id, self.tool, problem, code=code)

    def unchanged(self) -> bool:
        """Tell whether the arguments still are what the permit is for: what runs is what was asked for."""
        return canonical.encode(self.tool, self.bound) == self.args

    @property
    def permit_id(self) -> str | None:
        """The permit's name: hand it downstream as the idempotency key. None for reads."""
        return self.permit.permit if self.permit else None

    @property
    def idempotency_key(self) -> str | None:
        """What to hand downstream, so that what happens there happens once; the same at every attempt."""
        return self.key or self.permit_id

    def give_up(self, error: str) -> bool:
        """Its time is up: a write's outcome is unknown, and it stays in flight. False if it has ended meanwhile."""
        if self._over:
            return False
        self._given_up = True
        self._report("failed" if self.by_lease else "unknown", None, error)
        if self.permit is not None:
            # Whoever looks for what is unknown must not wait for a thread that may never come back.
            frame = unused(self.run.id, self.permit.permit, self.id)
            self.link.post(self.link.outcome, frame | {"outcome": "unknown", "ms": self.ms()})
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
        if not self._over:
            self.ended(result, error=error, outcome=outcome, recorded=recorded)
            self.land()

    def ended(
        self,
        result: Any = None,
        *,
        error: str | BaseException | None = None,
        outcome: Outcome | None = None,
        recorded: int | None = None,
    ) -> None:
        """Report the end like :meth:`finished`, of a call that stays in flight: another attempt of it is still out."""
        if self._over:
            return
        self._over = True
        how: Outcome = outcome or ("done" if error is None else failure(error, read=self.by_lease))
        text = None if result is None and error is not None else plain(result)
        self._report(how, text, told_error(error), late=self._given_up, recorded=recorded)
        if text:
            self.run.screen.heard(self.tool, self.id, text)
        if self.permit is not None:
            frame = unused(self.run.id, self.permit.permit, self.id)
            frame |= {"outcome": how, "late": self._given_up, "ms": self.ms()}
            if text is not None:
                frame["digest"] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
            self.link.post(self.link.outcome, frame)
        if self._noted and self.begun:
            self._noted = False
            self.run.judge.ended(self.tool, how)

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
        if self.shadowed:
            event["shadow"] = True
        if late:
            event["late"] = True
        if result is not None:
            event["result"] = result
        if error is not None:
            event["error"] = error
        self.emit(event, recorded)
