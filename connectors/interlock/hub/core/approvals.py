"""Requests that wait for people: which ones do, what they are bound to, and the one permit of an approval.

A request that waits is answered ``waiting``. Its approval is no permit: the gate asks again, and the fact of the
permit is at the same time the use of the approval, so there is no moment at which one is on disk without the other.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from interlock import canonical, ids
from interlock.errors import ArgumentsError
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact
from interlock.hub.core.inbox import Escalation, Inbox, binding, why_asked
from interlock.hub.core.inbox_events import announced
from interlock.hub.core.inbox_fold import opened
from interlock.hub.core.judge import Judge
from interlock.hub.core.rates import Rates
from interlock.hub.core.voids import Voids
from interlock.hub.core.world import Held, Permit, Run
from interlock.policy import Decision
from interlock.text import Untrusted
from interlock.wire import Approved, AskPermit, Drop, Refused, Waiting

__all__ = ["AGENT_MAX", "ARGS_KEPT", "RUN_MAX", "Approvals", "Pass", "Place", "pending_name"]

RUN_MAX = 5
"""Calls of one run that wait for people. A flood is refused, so that it hides nothing."""
AGENT_MAX = 20
"""Calls of all runs of one agent that wait."""
ALL_MAX, BYTES_MAX = 1000, 32 * 1024 * 1024
"""Calls of everybody that wait, and characters of their exact arguments: names are cheap, and memory has an end."""
SHOWN_MAX, REASONS_MAX = 256, 16
"""Characters of a rule, a bound, a value or a source that are kept, and how many of each."""
ARGS_KEPT = 4096
"""Characters of an escalation's arguments that the record keeps, without secrets."""


class Place(NamedTuple):
    """Where this hub is: its name, which no restart changes, and the boot of the machine its clock belongs to."""

    hub: str
    boot: str


class Pass(NamedTuple):
    """A request that may be granted: by nobody's leave but the policy's, or for an approval."""

    escalation: Escalation | None
    decision: Decision | None
    """What the hub's own check said; None for a permit that is given once more."""
    permit: Permit | None = None
    """The one permit of that approval, where it was given before."""


class _Still(NamedTuple):
    """What the policy says now of what was approved; with a ``problem`` nothing runs by the approval."""

    decision: Decision
    problem: str = ""
    cause: str = ""


def pending_name(escalation: str, group: str) -> str:
    """Return under which name the exact bytes lie: one for each edit, so that a crash mixes up none."""
    return f"{escalation}.{group[:16]}"


class Approvals:
    """Turns requests into escalations, and approvals into permits. ``exact`` has the bytes of what waits."""

    def __init__(
        self,
        desk: Desk,
        judge: Judge,
        voids: Voids,
        redact: Callable[[str], str],
        place: Place,
        may_approve: Callable[[str], bool],
    ) -> None:
        self._desk, self.judge, self._voids, self.redact = desk, judge, voids, redact
        self._place, self._may = place, may_approve
        self.coming: set[str] = set()
        """Escalations whose approval is on its way to the disk: nobody is told of it, and it is not used."""
        self.new: Callable[[], str] = ids.new_escalation
        self._rates = Rates()
        voids.spend = self.spend

    @property
    def inbox(self) -> Inbox:
        """Everything that is known of what waits."""
        return self._desk.world.inbox

    def names(self) -> list[str]:
        """Return under which names exact arguments are kept."""
        return list(self._desk.exact)

    def exact(self, escalation: Escalation) -> str:
        """Return the exact arguments as they would run now, or nothing where they are not kept any more."""
        return self._desk.exact.get(pending_name(escalation.name, escalation.group), "")

    def spend(self, escalation: Escalation) -> None:
        """Let the exact arguments go: nothing can run by them any more."""
        self._desk.spend(pending_name(escalation.name, escalation.group))

    def recovered(self, pending: Mapping[str, str]) -> None:
        """Take up the exact bytes after a restart. What has lost its own, or its clock, is void."""
        used = [self.inbox.known[name] for name in self.inbox.permits.values() if name in self.inbox.known]
        for escalation in [*self.inbox.open.values(), *used]:
            name = pending_name(escalation.name, escalation.group)
            exact = pending.get(name, "")
            if exact and binding(escalation, exact) == escalation.digest:
                self._desk.exact[name] = exact
            elif escalation.undecided:
                self._voids.void(escalation, "its exact arguments were lost with the hub that had them", "")
        self._voids.restarted()

    def way(self, held: Held) -> Pass | None:
        """Return how a request goes on; None where it waits, or was refused."""
        ask = held.ask
        run = self._desk.world.runs[ask.run]
        known = self.inbox.known.get(self.inbox.calls.get((ask.run, held.gate, ask.call), ""))
        if ask.escalation is not None:
            return self._named(held, run, known)
        if known is not None and self._settled(held, known):
            return None
        again = known is not None and (known.state, known.cause) == ("void", "policy")
        return self._anew(held, run, again=again)

    # a request that is known

    def _named(self, held: Held, run: Run, known: Escalation | None) -> Pass | None:
        """Use an approval, once, or give its one permit again to the same gate and call."""
        ask = held.ask
        if known is None or known.name != ask.escalation:
            return self._refuse(held, "void", f"escalation {ask.escalation!r} is not one of this call")
        self._voids.look(known)
        if known.state not in ("approved", "used") or known.name in self.coming:
            self._told(held, known)
            return None
        if (ask.digest, ask.tool.raw, ask.definition or "") != (known.group, known.tool, known.definition):
            return self._refuse(
                held, "void", "what was approved is another call: tool or arguments differ", known
            )
        if known.state == "used":
            return self._again(held, run, known)
        still = self._still(run, known)
        if still.problem:
            self._voids.void(known, still.problem, still.cause)
            self._told(held, known)
            return None
        return Pass(known, still.decision)

    def _again(self, held: Held, run: Run, known: Escalation) -> Pass | None:
        """Give the permit once more: the gate says that nothing started by it. It is judged as at its first use."""
        permit = run.permits.get(known.permit)
        if permit is None:
            problem = f"the approval was used for permit {known.permit!r}"
        else:
            problem = self._voids.stale(known) or self._still(run, known, again=True).problem
        return self._refuse(held, "void", problem, known) if problem else Pass(known, None, permit)

    def use(self, known: Escalation) -> dict[str, Any]:
        """Return what the fact of a permit says of the approval it uses."""
        edited = known.group != known.asked
        return {
            "escalation": known.name,
            "edited_by": known.editors[-1] if edited and known.editors else "",
            "args": known.args,
            "cls": known.cls,
        }

    def of(self, permit: str) -> Escalation | None:
        """Return the escalation a permit without a certain outcome was given for, if it was."""
        return self.inbox.known.get(self.inbox.permits.get(permit, ""))

    def ended(self, known: Escalation | None) -> None:
        """Let the exact arguments of a call go once its permit will not be given again."""
        if known is not None and not known.undecided:
            self.spend(known)

    def _still(self, run: Run, known: Escalation, *, again: bool = False) -> "_Still":
        """Look at what may have changed since: the approvers' roles, and the policy's own word."""
        ask = known.ask(self.exact(known), known.group)
        decision = self.judge.check(run, ask, again=again)
        if len([name for name in self.approvers(known) if self._may(name)]) < known.needs:
            return _Still(decision, "an approver may not approve any more", "person")
        if decision.verdict in ("deny", "shadow"):
            return _Still(decision, f"the policy says no now: {decision.rule} {decision.bound}", "policy")
        return _Still(decision)

    def approvers(self, escalation: Escalation) -> list[str]:
        """Return who counts as an approver of what is there now: distinct people, never a requester."""
        names: dict[str, str] = {}
        for vote in escalation.votes:
            if vote.digest == escalation.digest and not self.asks(escalation, vote.operator):
                names.setdefault(vote.operator.casefold(), vote.operator)
        return list(names.values())

    def asks(self, escalation: Escalation, operator: str) -> bool:
        """Return whether an operator counts as one who asks for it: its owner, and for four eyes who edited it."""
        askers = [escalation.owner, *(escalation.editors if escalation.needs > 1 else ())]
        return operator.casefold() in [name.casefold() for name in askers if name]

    def _settled(self, held: Held, known: Escalation) -> bool:
        """Answer a request that repeats one; False where it is a new one."""
        ask = held.ask
        if ask.digest != known.asked:
            if known.undecided:
                self._voids.void(known, "the gate asked again for the same call, with other arguments", "")
            return False
        self._voids.look(known)
        if known.state == "void" and ask.req != known.req:
            return False
        if known.state == "used" and self._voids.stale(known):
            return False
        if known.state == "waiting":
            known.req = ask.req
            if held.conn in self._desk.world.links:
                self._desk.then(partial(self._waits, held, known))
            return True
        self._told(held, known)
        return True

    def _told(self, held: Held, known: Escalation) -> None:
        """Say what became of it: that it is approved, once that is on disk, or why nothing runs."""
        if known.state in ("approved", "used"):
            permits = self._desk.world.runs[known.run].permits
            if known.state == "used" and known.permit not in permits:
                self._refuse(held, "void", f"the approval was used for permit {known.permit!r}", known)
                return
            known.req = held.ask.req
            self._desk.then(partial(self._say_approved, held.conn, known))
        elif known.state == "waiting":
            self._desk.then(partial(self._waits, held, known))
        else:
            self._voids.tell(known, held.conn, held.ask.req)

    def say_approved(self, known: Escalation) -> None:
        """Tell the gate that waits, once everything is on disk."""
        gate = self._desk.world.gates[known.gate]
        self._desk.then(lambda: self._say_approved(gate.conn, known))

    def _say_approved(self, conn: int, known: Escalation) -> None:
        if known.state not in ("approved", "used"):
            return
        edited = known.group != known.asked
        frame = Approved(
            req=known.req,
            escalation=known.name,
            digest=known.group,
            args=Untrusted(self.exact(known)) if edited else None,
            by=Untrusted(known.editors[-1][:512]) if edited and known.editors else None,
        )
        self._desk.send(conn, frame)

    # a request that is new

    def _anew(self, held: Held, run: Run, *, again: bool) -> Pass | None:
        """Judge a request by what holds now; ``again``: in place of one that another policy made void."""
        ask = held.ask
        problem = _unreadable(ask) if ask.verdict == "ask" or ask.exact is not None else ""
        if problem:
            return self._refuse(held, "void", problem)
        decision = self.judge.check(run, ask)
        if decision.verdict in ("deny", "shadow"):
            problem = f"the policy says no: {decision.rule} {decision.bound}, and here it is {decision.value}"
            return self._refuse(held, "denied", problem.strip())
        if ask.verdict != "ask":
            if decision.verdict == "allow":
                return Pass(None, decision)
            if ask.exact is None:
                problem = f"the hub's policy asks a person: {decision.rule} {decision.bound}"
                return self._refuse(held, "ask", problem.strip())
        if self._fits(held, run, again=again):
            self._open(held, run, decision)
        return None

    def _fits(self, held: Held, run: Run, *, again: bool) -> bool:
        """Refuse what would be one too many. What is asked ``again`` had its place, and no agent made it lose that."""
        waiting = self.inbox.open.values()
        of_run = sum(each.run == run.name for each in waiting)
        of_agent = sum(each.agent == run.agent for each in waiting)
        whose = ""
        if of_run >= RUN_MAX:
            whose = f"{of_run} calls of this run"
        elif of_agent >= AGENT_MAX:
            whose = f"{of_agent} calls of this agent"
        elif len(waiting) >= ALL_MAX or sum(map(len, self._desk.exact.values())) >= BYTES_MAX:
            whose = f"{len(waiting)} calls"
        problem = f"{whose} wait for a person already; wait for a decision, then ask again" if whose else ""
        if not whose and not again:
            problem = self._rates.over(run.agent, self._desk.now.mono)
        if problem:
            self._refuse(held, "limit", problem)
        return not problem

    def _open(self, held: Held, run: Run, decision: Decision) -> None:
        desk, ask = self._desk, held.ask
        exact = ask.exact.raw if ask.exact is not None else ""
        body = self._body(held, run, decision)
        body["digest"] = binding(opened(run.name, body), exact)
        desk.keep(pending_name(body["escalation"], ask.digest), exact)
        desk.write(Fact("escalation", body, run=run.name))
        known = self.inbox.known[body["escalation"]]
        desk.then(partial(self._opened, held, known))

    def _body(self, held: Held, run: Run, decision: Decision) -> dict[str, Any]:
        ask, desk = held.ask, self._desk
        by_policy = self.judge.approval(run, ask.tool.raw)
        wait_s = min(by_policy.wait_s, ask.wait_ms / 1000 if ask.wait_ms else by_policy.wait_s)
        # The hub's own reasons count where the gate has others to the same rule: these are from the exact bytes.
        own = {each.rule for each in decision.why}
        why = [[each.rule, each.bound, each.value] for each in decision.why]
        why += [[each.rule, each.bound.raw, each.value.raw] for each in ask.why or () if each.rule not in own]
        exact = ask.exact.raw if ask.exact is not None else ""
        return {
            "escalation": self.new(),
            "gate": held.gate,
            "call": ask.call,
            "req": ask.req,
            "tool": ask.tool.raw,
            "cls": decision.cls,
            "agent": run.agent,
            "role": run.role,
            "owner": run.owner,
            "definition": ask.definition or "",
            "policy": self.judge.policy(run) or ask.policy or "",
            "hub": self._place.hub,
            "epoch": desk.world.epoch,
            "needs": max(ask.needs or 1, decision.needs, by_policy.needs),
            "wait_s": wait_s,
            "asked": ask.digest,
            "digest": "",
            "args": self.shown(exact),
            "why": [[self.redact(text)[:SHOWN_MAX] for text in each] for each in why[:REASONS_MAX]],
            "taint": [self.redact(text.raw)[:SHOWN_MAX] for text in (ask.taint or ())[:REASONS_MAX]],
            "says": self.redact(ask.says.raw) if ask.says is not None else "",
            "override": decision.verdict == "ask" and not ask.why,
            "at": desk.now.wall,
            "mono": desk.now.mono,
            "boot": self._place.boot,
            "by": run.agent,
            "cause": why_asked(ask.tool.raw, [rule for rule, _, _ in why]),
        }

    def shown(self, exact: str) -> str:
        """Return arguments as the record keeps them: without secrets, and the beginning of long ones."""
        clean = self.redact(exact)
        return clean if len(clean) <= ARGS_KEPT else clean[:ARGS_KEPT]

    def _opened(self, held: Held, known: Escalation) -> None:
        self._desk.tell(known.run, announced(known))
        self._waits(held, known)

    def _waits(self, held: Held, known: Escalation) -> None:
        if known.state == "waiting":
            left = max(1, round(1000 * known.left_at(self._desk.now.mono)))
            self._desk.send(held.conn, Waiting(req=known.req, escalation=known.name, wait_ms=left))

    def _refuse(self, held: Held, code: Any, problem: str, known: Escalation | None = None) -> Pass | None:
        """Say no; the answer is that there is no way."""
        name = known.name if known is not None else None
        self._desk.send(held.conn, Refused(req=held.ask.req, code=code, problem=problem, escalation=name))
        return None

    def drop(self, conn: int, frame: Drop) -> None:
        """Nobody wants the call any more: nothing needs to be decided about it, and nothing runs by it."""
        gate, run = self._desk.world.links[conn].gate, self._desk.world.runs.get(frame.run)
        if run is None:
            return
        run.held = [held for held in run.held if held.gate != gate or held.ask.req != frame.req]
        for known in list(self.inbox.open.values()):
            if (known.run, known.gate, known.req) == (frame.run, gate, frame.req):
                # A gate lets go of it because of another policy as well: that is known here, and said as it is.
                self._voids.look(known)
                if known.undecided:
                    why = f"whoever wanted the call went away: {frame.why!r}"
                    self._voids.void(known, self.redact(why), "")


def _unreadable(ask: AskPermit) -> str:
    """Return why a person cannot be asked about these arguments, or nothing. They are read once, here."""
    if ask.exact is None:
        return "the exact arguments did not come with it; ask with them"
    tool, exact = ask.tool.raw, ask.exact.raw
    try:
        same = canonical.encode(tool, canonical.decode(tool, exact)) == exact
    except ArgumentsError as error:
        return str(error)
    if not same or canonical.digest(tool, exact) != ask.digest:
        return "the exact arguments are not those of the digest, in their one spelling"
    return ""
