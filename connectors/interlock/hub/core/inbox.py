"""What waits for people, and what became of it: plain data that the fold changes, and what a vote is bound to."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from interlock.events import ToolClass
from interlock.reserved import INPUT
from interlock.text import Untrusted
from interlock.wire import AskPermit, Why

__all__ = ["DECIDED_MAX", "LIKES_MAX", "Escalation", "Inbox", "Like", "State", "Vote", "binding", "why_asked"]

State = Literal["waiting", "approved", "rejected", "timed_out", "void", "used"]

DECIDED_MAX = 2000
"""Decided escalations that are kept; the record has them all."""
LIKES_MAX = 1000
"""Pairs of role and tool whose last approved call is kept."""
_DOMAIN = b"interlock.escalation.v1"


@dataclass(frozen=True, slots=True)
class Vote:
    """One approval of one digest. ``operator`` is who the token belongs to, ``by`` how that person is shown."""

    operator: str
    by: str
    at: float
    digest: str
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """The last call of its kind that was approved, with its arguments as they may be shown."""

    escalation: str
    args: str
    by: str
    at: float


@dataclass(slots=True)
class Escalation:
    """One call that waits, or waited, for people. Times are Unix seconds where they are for reading only."""

    name: str
    run: str
    gate: str
    call: str
    req: str
    """The newest request of the gate that waits for it."""
    tool: str
    cls: ToolClass
    agent: str
    role: str
    owner: str
    definition: str
    policy: str
    hub: str
    epoch: int
    needs: int
    wait_s: float
    asked: str
    """The digest of tool and arguments as the gate asked."""
    group: str
    """The same of the arguments as they are now."""
    digest: str
    """What a vote is for: see :func:`binding`."""
    args: str
    """The arguments without secrets, as the record has them."""
    why: list[list[str]]
    taint: list[str]
    says: str
    asked_at: float
    left: float
    """Seconds that were left at ``since``."""
    since: float
    """When its time went on last, by the monotonic clock of the boot ``boot``."""
    boot: str
    override: bool = False
    """The gate would have let it go; the hub's own check asked."""
    held: bool = False
    """Its time stands still."""
    state: State = "waiting"
    votes: list[Vote] = field(default_factory=list[Vote])
    editors: list[str] = field(default_factory=list[str])
    """Operators who changed the arguments."""
    decided_by: str = ""
    decided_at: float = 0.0
    reason: str = ""
    cause: str = ""
    permit: str = ""
    outcome: str = ""

    @property
    def undecided(self) -> bool:
        """Whether something can still become of it: it waits, or is approved and not used."""
        return self.state in ("waiting", "approved")

    def left_at(self, mono: float) -> float:
        """Return how many seconds are left."""
        return self.left if self.held else self.since + self.left - mono

    def ask(self, exact: str, group: str) -> AskPermit:
        """Return the request it is about, with these arguments, as a check takes it."""
        return AskPermit(
            req=self.req,
            run=self.run,
            call=self.call,
            tool=Untrusted(self.tool),
            cls=self.cls,
            digest=group,
            args=Untrusted(self.args),
            verdict="ask",
            why=tuple(
                Why(rule=rule, bound=Untrusted(bound), value=Untrusted(value))
                for rule, bound, value in self.why
            ),
            exact=Untrusted(exact),
            needs=self.needs,
        )


@dataclass(slots=True)
class Inbox:
    """Every escalation that is kept."""

    known: dict[str, Escalation] = field(default_factory=dict[str, Escalation])
    """By name, in the order they were asked."""
    open: dict[str, Escalation] = field(default_factory=dict[str, Escalation])
    """Those of which something can still become."""
    calls: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    """Run, gate and call -> the newest escalation of that call."""
    permits: dict[str, str] = field(default_factory=dict[str, str])
    """Permit -> the escalation it was given for, until its outcome is known for sure."""
    decided: dict[str, None] = field(default_factory=dict[str, None])
    """Those nothing more can become of, in the order they were decided."""
    likes: dict[tuple[str, str], Like] = field(default_factory=dict[tuple[str, str], Like])
    """Role and tool -> the last approved call."""

    def beginning(self, name: str) -> list[Escalation]:
        """Return the one of this name, or all whose names begin so."""
        if name in self.known:
            return [self.known[name]]
        return [each for known, each in self.known.items() if known.startswith(name)]


def binding(escalation: Escalation, exact: str) -> str:
    """Return what a vote is for: SHA-256, in hex, over everything that was shown and must be what runs.

    Each field is preceded by its length, so that no two escalations share their bytes.
    """
    fields: tuple[Any, ...] = (
        escalation.name,
        escalation.epoch,
        escalation.hub,
        escalation.run,
        escalation.agent,
        escalation.role,
        escalation.tool,
        escalation.cls,
        escalation.definition,
        escalation.policy,
        escalation.owner,
        escalation.needs,
        escalation.wait_s,
        exact,
    )
    found = hashlib.sha256()
    for each in (_DOMAIN, *(str(each).encode("utf-8", "surrogatepass") for each in fields)):
        found.update(len(each).to_bytes(8, "big"))
        found.update(each)
    return found.hexdigest()


def why_asked(tool: str, rules: list[str]) -> str:
    """Return the cause of an escalation by the rules that asked, for whoever counts: guardrail, dial, or policy."""
    if tool == INPUT or any(rule.endswith(".tainted") for rule in rules):
        return "guardrail"
    turned = [rule for rule in rules if rule.startswith("dial ") or rule.endswith(".autonomy")]
    return "dial" if rules and len(turned) == len(rules) else "policy"
