"""Making good as bytes and back: the part of an image with plans, steps and what is unknown."""

from operator import attrgetter
from typing import Any

from interlock.hub.core.making import Answer, Host, Making, Plan, Reconciled, Step, Unknown, Way

__all__ = ["KEPT", "LEFT_OUT", "from_making", "to_making"]

Json = dict[str, Any]

_STEP = (
    *("permit", "run", "call", "tool", "cls", "at", "outcome", "state", "cannot"),
    *("progress", "job", "host", "job_run", "permits", "strays", "result", "problem", "late", "times"),
)
_PLAN = ("plan", "by", "reason", "at", "digest", "state", "why", "ended_at")
_UNKNOWN = ("permit", "run", "call", "tool", "at", "why", "gate")
_NAMES = ("newest", "jobs", "runs", "open", "going")

KEPT: dict[type, frozenset[str]] = {
    Step: frozenset({*_STEP, "way"}),
    Plan: frozenset({*_PLAN, "steps", "recorded"}),
    Unknown: frozenset(_UNKNOWN),
    Making: frozenset({*_NAMES, "plans", "unknowns", "reconciled"}),
}
"""The fields an image brings back."""
LEFT_OUT: dict[type, frozenset[str]] = {
    Step: frozenset({"conn", "away", "said"}),
    Plan: frozenset(),
    Unknown: frozenset({"answer"}),
    Answer: frozenset({"at", "job", "result", "problem"}),
    Host: frozenset({"gate", "conn", "agent", "role", "tools", "defaults"}),
    Making: frozenset({"hosts"}),
}
"""The fields that no fold of the record sets."""

_step, _plan, _unknown = (attrgetter(*names) for names in (_STEP, _PLAN, _UNKNOWN))


def from_making(making: Making) -> Json:
    """Return it as plain JSON; what was folded from the record is all on disk."""
    plain: Json = {
        "plans": [
            [_plan(plan), [[_step(step), list(step.way) if step.way else None] for step in plan.steps]]
            for plan in making.plans.values()
        ],
        "unknowns": [_unknown(each) for each in making.unknowns.values()],
        "reconciled": [list(each) for each in making.reconciled.values()],
    }
    for name in _NAMES:
        value = getattr(making, name)
        plain[name] = list(value) if name in ("open", "going") else value
    return plain


def to_making(plain: Json) -> Making:
    """Return it as it was folded."""
    making = Making(
        newest={permit: (plan, n) for permit, (plan, n) in plain["newest"].items()},
        jobs={job: (plan, n) for job, (plan, n) in plain["jobs"].items()},
        runs=plain["runs"],
        open=dict.fromkeys(plain["open"]),
        going=dict.fromkeys(plain["going"]),
    )
    for row, steps in plain["plans"]:
        plan = Plan(**dict(zip(_PLAN, row, strict=True)), steps=[_to_step(*step) for step in steps])
        plan.recorded = True
        making.plans[plan.plan] = plan
    for row in plain["unknowns"]:
        unknown = Unknown(**dict(zip(_UNKNOWN, row, strict=True)))
        making.unknowns[unknown.permit] = unknown
    making.reconciled = {row[0]: Reconciled(*row) for row in plain["reconciled"]}
    return making


def _to_step(row: list[Any], way: list[Any] | None) -> Step:
    return Step(**dict(zip(_STEP, row, strict=True)), way=Way(*way) if way else None)
