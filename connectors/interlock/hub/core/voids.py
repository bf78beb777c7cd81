"""What ends a wait without a person: time, a stop, another policy, a gate that is gone, a restore. None of it approves.

Time is monotonic, stands still while the run is paused, and is written down where it stops or goes on, so that a
restart of the hub gives nobody more of it. Wall time is only shown.
"""

from collections.abc import Callable
from typing import Literal

from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact
from interlock.hub.core.inbox import Escalation
from interlock.hub.core.inbox_events import Verdict, decided
from interlock.hub.core.judge import Judge
from interlock.text import Untrusted
from interlock.wire import Refused

__all__ = ["HUB", "USE_S", "Voids"]

HUB = "hub"
"""Who decides where nobody did."""
USE_S = 60.0
"""Within how long an approval has to be used: far longer than a gate needs that is there."""
_POLICY = (
    "the policy changed since it was asked: its gate judges it anew, and asks again where a person decides"
)


class Voids:
    """Looks at what waits, and ends what must not be decided any more."""

    def __init__(self, desk: Desk, judge: Judge, boot: str) -> None:
        self._desk, self.judge, self._boot = desk, judge, boot
        self.spend: Callable[[Escalation], None] = lambda _: None
        """Lets the exact arguments go: set by whoever keeps them."""

    def tick(self) -> None:
        """Look at everything that waits."""
        for escalation in list(self._desk.world.inbox.open.values()):
            self.look(escalation)
        for name in list(self._desk.world.inbox.permits.values()):
            used = self._desk.world.inbox.known.get(name)
            if used is not None and used.state == "used" and used.run in self._desk.world.runs:
                self._hold(used)

    def stale(self, escalation: Escalation) -> str:
        """Return why the permit of an approval is not given once more, or nothing: what ends one ends this too.

        Its time goes on while it is used: an agent that asks again and again keeps no approval for later.
        """
        if escalation.boot != self._boot:
            return "the hub's machine restarted since it was approved"
        why, _ = self._over(escalation)
        if why:
            return why
        self._hold(escalation)
        over = escalation.left_at(self._desk.now.mono) <= 0
        return f"it was approved more than {USE_S:.0f} s ago" if over else ""

    def look(self, escalation: Escalation) -> None:
        """Find out what became of one, as of now: before anybody decides it, and before it is used."""
        if not escalation.undecided:
            return
        why, cause = self._over(escalation)
        if why:
            self.void(escalation, why, cause)
            return
        self._hold(escalation)
        if escalation.left_at(self._desk.now.mono) <= 0:
            self._expire(escalation)

    def _over(self, escalation: Escalation) -> tuple[str, str]:
        """Return why nothing can become of it, and the cause; nothing where something can."""
        world = self._desk.world
        run = world.runs.get(escalation.run)
        if run is not None and run.kill is not None:
            return f"the run was killed by order {run.kill.order!r}", "person"
        if run is None or run.claim:
            return "the run has ended", ""
        if run.members.get(escalation.gate) != "":
            return f"its gate {run.members.get(escalation.gate) or 'is not one of the run any more'}", ""
        token = world.people.tokens.get(world.gates[escalation.gate].token)
        if token is not None and token.revoked_at is not None:
            return f"the token of its agent was revoked by {token.revoked_by!r}", "person"
        if escalation.epoch != world.epoch:
            return "the hub was restored from a backup since it was asked", "person"
        if self.judge.policy(run) not in ("", escalation.policy):
            return _POLICY, "policy"
        return "", ""

    def _hold(self, escalation: Escalation) -> None:
        """Stop or start its clock with the pause of its run."""
        now = self._desk.now.mono
        held = self._desk.world.runs[escalation.run].pause is not None
        left = escalation.left_at(now)
        if held != escalation.held and left > 0:
            body = {
                "escalation": escalation.name,
                "held": held,
                "left": left,
                "mono": now,
                "boot": self._boot,
            }
            self._desk.write(Fact("escalation.clock", body, run=escalation.run))

    def _expire(self, escalation: Escalation) -> None:
        if escalation.state == "approved":
            why = f"it was approved, and the gate did not come for its permit within {USE_S:.0f} s"
            self.void(escalation, why, "timeout")
        else:
            self._end(escalation, "timed_out", f"nobody decided within {escalation.wait_s:g} s", "timeout")

    def void(self, escalation: Escalation, why: str, cause: str) -> None:
        """End it: nothing runs by it, whoever approved."""
        self._end(escalation, "void", why, cause)

    def _end(self, escalation: Escalation, kind: Literal["timed_out", "void"], why: str, cause: str) -> None:
        desk = self._desk
        body = {
            "escalation": escalation.name,
            "by": HUB,
            "reason": why,
            "cause": cause,
            "at": desk.now.wall,
            "digest": escalation.digest,
        }
        self.spend(escalation)
        desk.write(Fact(kind, body, run=escalation.run))
        gate = desk.world.gates.get(escalation.gate)
        if gate is not None and gate.conn:
            self.tell(escalation, gate.conn, escalation.req)
        self.announce(escalation, kind, HUB, why, cause)

    def announce(self, escalation: Escalation, verdict: Verdict, by: str, reason: str, cause: str) -> None:
        """Tell the run's trace how it ended."""
        if escalation.run in self._desk.world.runs:
            told = decided(escalation, verdict, by, reason, cause)
            self._desk.tell(escalation.run, told)

    def tell(self, escalation: Escalation, conn: int, req: str) -> None:
        """Tell a gate that nothing runs by it, and why."""
        person = escalation.state == "rejected"
        code: Literal["rejected", "timed_out", "void"] = "void"
        if escalation.state in ("rejected", "timed_out"):
            code = escalation.state
        frame = Refused(
            req=req,
            code=code,
            problem=_problem(escalation),
            escalation=escalation.name,
            by=Untrusted(escalation.decided_by[:512]) if person else None,
            reason=Untrusted(escalation.reason[:2000]) if person else None,
        )
        self._desk.send(conn, frame)

    def restarted(self) -> None:
        """Void what waited under another boot of the machine: no clock can say for how long.

        One whose time stood still has lost none of it, and goes on from there.
        """
        for escalation in list(self._desk.world.inbox.open.values()):
            if not escalation.held and (escalation.boot != self._boot or not self._boot):
                why = "the hub's machine restarted, and no clock of it knows how long this waited"
                self.void(escalation, why, "timeout")


def _problem(escalation: Escalation) -> str:
    if escalation.state == "rejected":
        return f"{escalation.decided_by[:128]!r} rejected it: {escalation.reason[:1000]!r}"
    return f"{escalation.reason[:1000]}; nothing was run"
