"""A plant with people in it: operators of the record who decide, and a place for exact arguments beside the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from interlock import canonical
from interlock.hub.core.core import Core
from interlock.hub.core.deciding import Decide
from interlock.hub.core.effects import Effect, Moment, Refusal, Reply
from interlock.hub.core.inbox import Escalation
from interlock.policy import Approval, Decision
from interlock.text import Untrusted
from interlock.wire import AskPermit, Drop, Why
from tests.hub.core.plant import BOOT, Plant, run_id

PEOPLE = ("ann", "bob", "cy")
"""Approvers. Beside them ``root`` started the hub, ``vic`` only looks, and ``olga`` owns the agents of some tests."""
ARGS = {"amount": 180.0, "order_id": "A-1009"}


class Law:
    """A policy of one line, to be changed by the test: it asks, and denies what costs more than 500."""

    def __init__(self) -> None:
        self.name, self.needs, self.wait_s, self.denies, self.asks = "d1" * 32, 1, 600.0, 500.0, False

    @property
    def changes(self) -> int:
        """Return a number that is another one for another law."""
        return hash(self.name)

    def stamp(self, run: Any, decision: Decision | None) -> dict[str, Any]:
        """Return what a permit's fact says of this law."""
        return {"policy": self.policy(run), "rule": decision.rule if decision is not None else ""}

    def check(self, run: Any, ask: AskPermit, *, again: bool = False) -> Decision:
        """Judge by the exact amount."""
        del run, again
        args = canonical.decode("refund", ask.exact.raw) if ask.exact is not None else {}
        if args.get("amount", 0) > self.denies:
            bound = f"<= {self.denies:g}"
            rule = "roles.support.tools.refund.args.amount"
            return Decision("deny", rule, bound, str(args["amount"]), ask.cls)
        asks = self.asks or ask.verdict == "ask"
        return Decision("ask" if asks else "allow", "roles.support.tools.refund", "", "", ask.cls)

    def policy(self, run: Any) -> str:
        """Return the digest of this law."""
        del run
        return self.name

    def approval(self, run: Any, tool: str) -> Approval:
        """Return how many people, and how long."""
        del run, tool
        return Approval(needs=self.needs, wait_s=self.wait_s)

    def compensates(self, run: Any, tool: str) -> str:
        """Return what makes it good."""
        del run
        return f"cancel_{tool}"

    def near(self, run: Any, ask: AskPermit) -> tuple[tuple[str, str, str], ...]:
        """Return no bound."""
        del run, ask
        return ()


@dataclass
class Office(Plant):
    """One hub without sockets, with people. ``wall`` is added to the wall clock, ``boot`` is the machine's."""

    pending: dict[str, str] = field(default_factory=dict)
    wall: float = 0.0
    boot: str = BOOT
    owner: str = ""
    law: Law = field(default_factory=Law)
    owned: str = ""
    """Whose the agent of run 1 is: the facts of these tests do not say it."""

    def __post_init__(self) -> None:
        """Start a core, and let the people in."""
        super().__post_init__()
        for name, role in (*((name, "approver") for name in PEOPLE), ("vic", "viewer"), ("olga", "approver")):
            self.hand(
                lambda request, name=name, role=role: self.core.access.put(request, name, role, "root", "")
            )

    def fresh(self) -> Core:
        """Return a core that knows who started it."""
        core = Core(boot=self.boot, new_permit=lambda: f"p-{next(self.numbers):016x}", hub="here")
        core.access.begin("root", self.boot)
        names = count(len(self.disk))
        core.approvals.new = lambda: f"e-{next(names):016x}"
        core.judge_by(self.law)
        return core

    @property
    def now(self) -> Moment:
        """Now, by both clocks."""
        return Moment(self.time, 1_700_000_000.0 + self.time + self.wall)

    def commit(self) -> None:
        """Keep exact arguments before the facts are on disk, and let them go after."""
        append = self.queue[0]
        self.pending.update(append.keep)
        super().commit()
        for name in append.spend:
            self.pending.pop(name, None)

    def crash(self, *, after: float = 1.0) -> None:
        """Kill the hub and start another on its disk."""
        self.queue.clear()
        self.time += after
        self.core = self.fresh()
        self.take(self.core.recover(list(self.disk), self.now, None, dict(self.pending)))
        self.core.world.runs[run_id(1)].owner = self.owned

    # what goes in

    def hand(self, step: Any) -> int:
        """Let a person ask for something; return the number of the request."""
        request = next(self.numbers)
        self.take(self.core.hand(lambda: step(request), self.now))
        return request

    def wants(
        self, call: str = "c-1", *, conn: int = 1, run: int = 1, args: Any = None, **more: Any
    ) -> AskPermit:
        """Ask for a permit that a person has to give."""
        exact = args if isinstance(args, str) else canonical.encode("refund", ARGS if args is None else args)
        said: dict[str, Any] = {
            "req": f"ask-{call}",
            "run": run_id(run),
            "call": call,
            "tool": Untrusted("refund"),
            "cls": "write",
            "digest": canonical.digest("refund", exact),
            "args": Untrusted("{}"),
            "verdict": "ask",
            "exact": Untrusted(exact),
            "why": (Why(rule="roles.support.tools.refund.ask_when.amount", bound=Untrusted("> 100")),),
            "says": Untrusted("the customer was promised it"),
        }
        frame = AskPermit(**{**said, **more})
        self.frame(conn, frame)
        return frame

    def comes(self, known: Escalation, *, conn: int = 1, req: str = "take-1", **more: Any) -> None:
        """Let the gate come for the permit of what was approved."""
        said: dict[str, Any] = {
            "req": req,
            "run": known.run,
            "call": known.call,
            "tool": Untrusted(known.tool),
            "cls": "write",
            "digest": known.group,
            "args": Untrusted("{}"),
            "escalation": known.name,
        }
        self.frame(conn, AskPermit(**{**said, **more}))

    def drops(self, call: str, *, conn: int = 1, run: int = 1) -> None:
        """Say that nobody waits for a call any more."""
        self.frame(conn, Drop(run=run_id(run), req=f"ask-{call}", why="cancelled"))

    def approve(self, who: str, known: Escalation, **more: Any) -> Refusal | None:
        """Let somebody approve; return why not, if so. An answer that waits for the disk is none yet."""
        return self._decide(self.core.deciding.approve, who, known, **more)

    def reject(
        self, who: str, known: Escalation, reason: str = "wrong customer", **more: Any
    ) -> Refusal | None:
        """Let somebody reject."""
        return self._decide(self.core.deciding.reject, who, known, reason=reason, **more)

    def _decide(self, verb: Any, who: str, known: Escalation, **more: Any) -> Refusal | None:
        said: dict[str, Any] = {"escalation": known.name, "digest": known.digest, "operator": who, "by": who}
        request = self.hand(lambda number: verb(number, Decide(**{**said, **more})))
        return self.replies.get(request, Reply(request)).refusal

    # what is seen

    def waits(self, call: str = "c-1", **more: Any) -> Escalation:
        """Ask for a person's decision, and return what waits then."""
        self.wants(call, **more)
        return self.newest()

    def newest(self) -> Escalation:
        """Return the escalation that was asked for last."""
        return list(self.core.world.inbox.known.values())[-1]

    def again(self, known: Escalation) -> Escalation:
        """Return the same escalation as the core that runs now has it."""
        return self.core.world.inbox.known[known.name]

    def permits(self) -> list[str]:
        """Return every permit of the record."""
        return [fact.permit for _, fact in self.disk if fact.kind == "permit"]

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """Return the facts of a kind that are on disk."""
        return [fact.body for _, fact in self.disk if fact.kind == kind]


def office(*, auto: bool = True, needs: int = 1, owner: str = "") -> Office:
    """Return an office with run 1, opened by gate 1 on connection 1; ``owner`` owns its agent."""
    made = Office()
    made.law.needs = needs
    made.hello(1, 1)
    made.open(1, 1)
    made.core.world.runs[run_id(1)].owner = made.owned = owner
    made.beat(1)
    made.auto = auto
    return made


def sends(effects: list[Effect], kind: str) -> list[int]:
    """Return at which places of a log frames of this kind were sent."""
    return [
        n for n, effect in enumerate(effects) if getattr(getattr(effect, "frame", None), "kind", "") == kind
    ]
