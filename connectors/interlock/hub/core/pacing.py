"""How fast people are asked, against the pace that the policy calls normal: a flood is said before it is decided."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from interlock.hub.core.inbox import Escalation
from interlock.policy import Approval, Policy

__all__ = ["HOUR_S", "PACES_MAX", "Asked", "paces"]

HOUR_S = 3600.0
PACES_MAX = 50


@dataclass(slots=True)
class Asked:
    """What one ``approvals:`` of the policy was asked about in the last hour: of a role, or of one of its tools."""

    role: str
    pace: int
    per_h: int = 0
    tools: dict[str, None] = field(default_factory=dict[str, None])


def paces(asked: Iterable[Escalation], policy: Policy | None, wall: float) -> list[Asked]:
    """Return how often each ``approvals:`` with a ``pace`` was asked for since an hour ago, the most over it first.

    ``asked`` are escalations, the newest first. Wall time is good enough: this only says what to look at.
    """
    found: dict[tuple[str, int], Asked] = {}
    for each in asked:
        if each.asked_at <= wall - HOUR_S:
            break
        approval = policy.approval(each.role, each.tool) if policy is not None else Approval()
        if approval.pace:
            # One approvals: is one object of the compiled policy, for every tool that it speaks of.
            one = found.setdefault((each.role, id(approval)), Asked(each.role, approval.pace))
            one.per_h += 1
            one.tools[each.tool] = None
    return sorted(found.values(), key=lambda one: -one.per_h / one.pace)[:PACES_MAX]
