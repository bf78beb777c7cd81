"""What people decide: approve, edit and approve, reject. One decision wins, and whoever comes later is told whose.

An approval is on disk before the gate hears of it; a reject goes to the gate first. Everything is decided in the one
order in which the core takes its inputs, so nobody decides what was decided before.
"""

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import NamedTuple

from interlock import canonical
from interlock.errors import ArgumentsError
from interlock.events import EscalationVoted
from interlock.hub.core.approvals import Approvals, pending_name
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal
from interlock.hub.core.inbox import Escalation, binding
from interlock.hub.core.unhide import unhide
from interlock.hub.core.voids import HUB, USE_S, Voids
from interlock.text import Untrusted
from interlock.wire import EXACT_MAX

__all__ = ["PACE_S", "REASON_MAX", "Decide", "Deciding"]

REASON_MAX = 2000
PACE_S = 3600.0
"""Over how long decisions are counted, to show their pace."""
_LOOK = "'interlock escalations' shows what waits now"


class Decide(NamedTuple):
    """Who decides what. ``operator`` is whose token it is, ``by`` how that person is shown; only the former counts."""

    escalation: str
    digest: str
    operator: str
    by: str
    reason: str = ""
    args: str | None = None


class Deciding:
    """Takes decisions, within the core's ``hand``."""

    def __init__(
        self,
        desk: Desk,
        approvals: Approvals,
        voids: Voids,
        redact: Callable[[str], str],
        may_approve: Callable[[str], bool],
        boot: str,
    ) -> None:
        self._desk, self._approvals, self._voids = desk, approvals, voids
        self._redact, self._may, self._boot = redact, may_approve, boot
        self._unsaved: dict[int, str] = {}
        """Requests whose approval is on its way to the disk -> the escalation."""
        self.rejected: Callable[[str], None] = lambda _: None
        """Told the run of each call that a person decided against."""

    def per_hour(self) -> int:
        """Return how many decisions people took in the last hour: by the record, so a restart changes nothing."""
        inbox, since = self._approvals.inbox, self._desk.now.wall - PACE_S
        ended = (inbox.known[name] for name in inbox.decided)
        return sum(
            each.decided_at > since and each.decided_by not in ("", HUB)
            for each in chain(ended, inbox.open.values())
        )

    def timed_out_per_hour(self) -> int:
        """Return how many calls nobody decided in time in the last hour; the record keeps it over a restart, too."""
        inbox, since = self._approvals.inbox, self._desk.now.wall - PACE_S
        ended = (inbox.known[name] for name in inbox.decided)
        return sum(each.state == "timed_out" and each.decided_at > since for each in ended)

    def approve(self, request: int, asked: Decide) -> None:
        """Count a vote for exactly what was shown, or for what it was edited into; the last one needed approves."""
        known = self._found(request, asked)
        if known is None:
            return
        exact, refusal = self._edit(known, asked)
        refusal = refusal or self._barred(known, asked, edits=exact is not None)
        if refusal is not None:
            self._desk.refuse(request, refusal)
            return
        if exact is not None:
            self._write_edit(known, asked, exact)
        self._vote(request, known, asked, edited=exact is not None)

    def _found(self, request: int, asked: Decide) -> Escalation | None:
        """Return what is to be decided, if nobody and nothing decided it before, and it is what was shown."""
        known = self._approvals.inbox.known.get(asked.escalation)
        if known is None:
            problem = f"no escalation {asked.escalation!r} is kept here"
            self._desk.refuse(request, Refusal("not_found", problem, _LOOK))
            return None
        self._voids.look(known)
        refusal = _decided(known) or _digest(known, asked.digest)
        if refusal is not None:
            self._desk.refuse(request, refusal)
            return None
        return known

    def _barred(self, known: Escalation, asked: Decide, *, edits: bool) -> Refusal | None:
        """Return why this operator's vote would not count."""
        if not self._may(asked.operator):
            problem = f"operator {asked.operator!r} may not approve"
            return Refusal("role", problem, "ask somebody whose role is approver or admin")
        if self._approvals.asks(known, asked.operator):
            problem = f"operator {asked.operator!r} is one of those who ask for it, so their approval does not count"
            return Refusal("self", problem, "another person has to approve")
        voters = [name.casefold() for name in self._approvals.approvers(known)]
        if not edits and asked.operator.casefold() in voters:
            problem = (
                f"operator {asked.operator!r} has approved it already; {known.needs} different people have to"
            )
            return Refusal("voted", problem, "another person has to approve")
        return None

    def _edit(self, known: Escalation, asked: Decide) -> tuple[str | None, Refusal | None]:
        """Return the exact arguments that shall run instead, None where they are the same; or why they cannot."""
        if asked.args is None:
            return None, None
        tool, exact = known.tool, self._approvals.exact(known)
        try:
            edited = unhide(tool, asked.args, exact, self._redact)
        except ArgumentsError as error:
            return None, Refusal("arguments", str(error), "correct them, or approve or reject what was asked")
        if edited == exact:
            return None, None
        if len(edited.encode()) > EXACT_MAX:
            problem = (
                f"the edited arguments have {len(edited.encode())} bytes, at most {EXACT_MAX} can be approved"
            )
            return None, Refusal("arguments", problem, "shorten them")
        ask = known.ask(edited, canonical.digest(tool, edited))
        decision = self._approvals.judge.check(self._desk.world.runs[known.run], ask)
        if decision.verdict in ("deny", "shadow"):
            value = self._redact(decision.value)
            problem = f"the edited arguments break {decision.rule} {decision.bound}: {value!r}"
            return None, Refusal(
                "denied", problem, "edit them so that the policy lets them through, or reject"
            )
        return edited, None

    def _write_edit(self, known: Escalation, asked: Decide, exact: str) -> None:
        desk, old = self._desk, pending_name(known.name, known.group)
        group = canonical.digest(known.tool, exact)
        desk.spend(old)
        desk.keep(pending_name(known.name, group), exact)
        body = {
            "escalation": known.name,
            "operator": asked.operator,
            "by": asked.by,
            "at": desk.now.wall,
            "group": group,
            "digest": binding(known, exact),
            "was": known.digest,
            "args": self._approvals.shown(exact),
            "cause": "person",
        }
        desk.write(Fact("edited", body, run=known.run))

    def _vote(self, request: int, known: Escalation, asked: Decide, *, edited: bool) -> None:
        desk, reason = self._desk, self._redact(asked.reason)[:REASON_MAX]
        body = {
            "escalation": known.name,
            "operator": asked.operator,
            "by": asked.by,
            "at": desk.now.wall,
            "digest": known.digest,
            "edited": edited,
            "reason": reason,
            "cause": "person",
        }
        desk.write(Fact("vote", body, run=known.run))
        self._unsaved[request] = known.name
        desk.then(partial(self._saved, request))
        counted = len(self._approvals.approvers(known))
        if counted >= known.needs:
            self._approved(known, asked, reason)
        else:
            desk.then(partial(self._voted, known, asked.by, counted, edited))
        desk.then(lambda: desk.reply(request, ()))

    def _saved(self, request: int) -> None:
        self._unsaved.pop(request, None)

    def _voted(self, known: Escalation, by: str, counted: int, edited: bool) -> None:
        event = EscalationVoted(
            escalation=known.name, by=Untrusted(by[:128]), votes=counted, needs=known.needs, edited=edited
        )
        self._desk.tell(known.run, event)

    def _approved(self, known: Escalation, asked: Decide, reason: str) -> None:
        desk = self._desk
        body = {
            "escalation": known.name,
            "operators": self._approvals.approvers(known),
            "by": asked.by,
            "at": desk.now.wall,
            "reason": reason,
            "digest": known.digest,
            "edited": known.group != known.asked,
            "override": known.override,
            "cause": "person",
            "held": known.held,
            "left": USE_S,
            "mono": desk.now.mono,
            "boot": self._boot,
        }
        desk.write(Fact("approved", body, run=known.run))
        self._approvals.coming.add(known.name)
        desk.then(partial(self._approvals.coming.discard, known.name))
        desk.then(lambda: self._voids.announce(known, "approved", asked.by, reason, "person"))
        self._approvals.say_approved(known)

    def reject(self, request: int, asked: Decide) -> None:
        """Say no. The gate hears of it before anything waits for a disk."""
        known, desk = self._found(request, asked), self._desk
        if known is None:
            return
        reason = self._redact(asked.reason)[:REASON_MAX]
        body = {
            "escalation": known.name,
            "operator": asked.operator,
            "by": asked.by,
            "at": desk.now.wall,
            "reason": reason,
            "digest": known.digest,
            "cause": "person",
        }
        self._approvals.spend(known)
        desk.write(Fact("rejected", body, run=known.run))
        self._voids.tell(known, desk.world.gates[known.gate].conn, known.req)
        self._voids.announce(known, "rejected", asked.by, reason, "person")
        self.rejected(known.run)
        desk.then(lambda: desk.reply(request, ()))

    def unwritten(self) -> None:
        """Take back every approval that is not on disk: it was told to nobody, and must not come true later."""
        for request, name in list(self._unsaved.items()):
            known = self._approvals.inbox.known.get(name)
            self._unsaved.pop(request, None)
            self._approvals.coming.discard(name)
            if known is not None and known.undecided:
                self._voids.void(known, "an approval could not be written to disk, so it does not hold", "")


def _decided(known: Escalation) -> Refusal | None:
    """Return who decided it, and what, in the words of a refusal; None while it waits."""
    if known.state == "waiting":
        return None
    look = f"'interlock escalations {known.name}' shows what became of it"
    by, reason = known.decided_by[:128], known.reason[:500]
    if known.state == "timed_out":
        return Refusal("expired", f"escalation {known.name!r} timed out: {reason}", look)
    if known.state == "void":
        code = "killed" if reason.startswith("the run was killed by order") else "void"
        return Refusal(code, f"escalation {known.name!r} is void: {reason}", look)
    word = "approved" if known.state == "used" else known.state
    said = f": {reason!r}" if reason else ""
    return Refusal("decided", f"escalation {known.name!r} was {word} by {by!r}{said}", look)


def _digest(known: Escalation, digest: str) -> Refusal | None:
    if digest == known.digest:
        return None
    problem = f"escalation {known.name!r} is not what was shown: its digest is {known.digest[:12]} now"
    return Refusal("digest", problem, f"look at it again: 'interlock escalations {known.name}'")
