"""One call that waits for people as an operator gets it: facts from the exact arguments, and what would follow."""

from collections.abc import Iterable
from typing import Any

from interlock.hub.core.core import Core
from interlock.hub.core.effects import Moment
from interlock.hub.core.inbox import Escalation, Inbox
from interlock.hub.core.pacing import Asked, paces

__all__ = ["card", "counted", "waiting"]

Json = dict[str, Any]

_TOOLS = 20
ON_REJECT = "the call does not run, the agent is told your reason, and its run goes on"


def waiting(inbox: Inbox, mono: float) -> list[Escalation]:
    """Return what waits: danger first, then the least time left, so that no flood of others hides a danger call."""
    found = [each for each in inbox.open.values() if each.state == "waiting"]
    return sorted(found, key=lambda each: (each.cls != "danger", each.left_at(mono), each.name))


def counted(core: Core, now: Moment) -> Json:
    """Return ``hub.escalations`` of docs/protocol.md."""
    inbox = core.world.inbox
    found = waiting(inbox, now.mono)
    left = [each.left_at(now.mono) for each in found]
    asked = paces(reversed(inbox.known.values()), core.judge.active(), now.wall)
    return {
        "waiting": len(found),
        "danger": sum(each.cls == "danger" for each in found),
        "oldest_s": max(
            (_seconds(each.wait_s - rest) for each, rest in zip(found, left, strict=True)), default=None
        ),
        "next_s": _seconds(min(left)) if left else None,
        "per_h": core.deciding.per_hour(),
        "timed_out_per_h": core.deciding.timed_out_per_hour(),
        "paces": [_pace(each) for each in asked],
    }


def _pace(asked: Asked) -> Json:
    return {
        "role": asked.role,
        "tools": list(asked.tools)[:_TOOLS],
        "per_h": asked.per_h,
        "pace": asked.pace,
    }


def card(core: Core, known: Escalation, goal: str, now: Moment) -> Json:
    """Return ESCALATION of docs/protocol.md."""
    exact = core.approvals.exact(known)
    shown = core.approvals.redact(exact) if exact else known.args
    left = known.left_at(now.mono) if known.state == "waiting" else None
    run = core.world.runs.get(known.run)
    judge = core.approvals.judge
    near = judge.near(run, known.ask(exact, known.group)) if run is not None and exact else ()
    near = tuple((rule, bound, core.approvals.redact(value)) for rule, bound, value in near)
    compensate = judge.compensates(run, known.tool) if run is not None else ""
    decided = known.state != "waiting"
    return {
        "id": known.name,
        "state": known.state,
        "run": known.run,
        "agent": known.agent,
        "role": known.role,
        "goal": goal,
        "call": known.call,
        "tool": known.tool,
        "cls": known.cls,
        "definition": known.definition,
        "policy": known.policy,
        "args": shown,
        "hidden": "[secret:" in shown and shown != exact,
        "digest": known.digest,
        "why": _bounds(known.why),
        "near": _bounds(near),
        "taint": known.taint,
        "says": known.says or None,
        "requester": {"agent": known.agent, "owner": known.owner},
        "needs": known.needs,
        "votes": [{"by": v.by, "at": v.at, "digest": v.digest, "edited": v.edited} for v in known.votes],
        "asked_at": known.asked_at,
        "expires_at": now.wall + left if left is not None and not known.held else None,
        "left_s": _seconds(left) if left is not None else None,
        "held": known.held and not decided,
        "wait_s": known.wait_s,
        "on_timeout": "reject",
        "on_reject": ON_REJECT,
        "reversible": {"cls": known.cls, "compensate": compensate or None},
        "last_like": _like(core.world.inbox, known),
        "group": known.group,
        "permit": known.permit or None,
        "outcome": known.outcome or None,
        "decided_by": known.decided_by if decided else None,
        "decided_at": known.decided_at if decided else None,
        "reason": known.reason if decided else None,
        "cause": known.cause if decided else None,
        "edited": bool(known.editors),
        "override": known.override,
    }


def _seconds(value: float) -> float:
    return round(max(0.0, value), 3)


def _bounds(found: Iterable[Iterable[str]]) -> list[Json]:
    return [dict(zip(("rule", "bound", "value"), each, strict=True)) for each in found]


def _like(inbox: Inbox, known: Escalation) -> Json | None:
    like = inbox.likes.get((known.role, known.tool))
    if like is None or like.escalation == known.name:
        return None
    return {"escalation": like.escalation, "args": like.args, "by": like.by, "at": like.at}
