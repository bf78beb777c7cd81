"""How facts change what the world knows of making good: the same live, and over the record after a restart."""

from collections.abc import Callable, Mapping
from typing import Any

from interlock.hub.core.effects import Fact
from interlock.hub.core.making import FLYING, Making, Plan, Reconciled, Step, Unknown, Way

__all__ = ["HANDLERS", "STEP", "outcome", "permitted", "to_step"]

Json = Mapping[str, Any]

STEP = ("permit", "run", "call", "tool", "cls", "at", "outcome", "state", "cannot")
"""What the fact of a plan says of each step, beside the way to make it good."""


def to_step(row: Json) -> Step:
    """Return a step as a fact has it."""
    way = row["way"]
    return Step(**{name: row[name] for name in STEP}, way=Way(*way) if way else None)


def _begun(making: Making, fact: Fact, *, recorded: bool) -> None:
    body = fact.body
    steps = [to_step(row) for row in body["steps"]]
    for n, step in enumerate(steps):
        if step.way is None or step.state not in ("ready", "failed"):
            step.progress = "skipped"
        else:
            making.newest[step.permit] = body["plan"], n
    plan = Plan(body["plan"], body["by"], body["reason"], body["at"], body["digest"], steps)
    plan.recorded = recorded
    making.plans[plan.plan] = plan
    making.going[plan.plan] = None


def _moved(making: Making, fact: Fact, **_: bool) -> None:
    """Take a step to another state. ``waiting`` takes its job back: it never began, and another will."""
    body = fact.body
    n: int = body["n"]
    step = making.plans[body["plan"]].steps[n]
    step.late = step.progress == "unknown"
    step.progress = body["state"]
    step.times[step.progress] = body["at"]
    step.problem, step.result = body.get("problem", ""), body.get("result", "")
    if step.progress == "sent":
        step.job, step.host = body["job"], body["host"]
        making.jobs[step.job] = body["plan"], n
    elif step.progress == "doing":
        step.job_run = body["run"]
        making.runs[step.job_run] = step.job
    if step.progress in (*FLYING, "unknown"):
        making.open[step.job] = None
    else:
        making.open.pop(step.job, None)
    if step.progress == "waiting":
        step.job = step.host = ""
        step.times.pop("sent", None)


def _ended(making: Making, fact: Fact, **_: bool) -> None:
    body = fact.body
    plan = making.plans[body["plan"]]
    plan.state, plan.why, plan.ended_at = body["state"], body["why"], body["at"]
    making.going.pop(plan.plan, None)
    for step in plan.steps:
        if step.progress == "waiting":
            step.progress = "not reached"


def _reconciled(making: Making, fact: Fact, **_: bool) -> None:
    body = fact.body
    unknown = making.unknowns.pop(fact.permit, None)
    making.reconciled[fact.permit] = Reconciled(
        fact.permit,
        fact.run,
        body["call"],
        body["tool"],
        body["outcome"],
        body["how"],
        body["by"],
        body["reason"],
        body["answer"],
        body["at"],
        unknown.gate if unknown is not None else "",
    )


def outcome(making: Making, fact: Fact) -> None:
    """Put a call whose outcome is unknown into the inbox, and take it out once a late one came."""
    body = fact.body
    if body["outcome"] != "unknown":
        making.unknowns.pop(fact.permit, None)
        # What the gate saw outranks what anybody found out without it.
        making.reconciled.pop(fact.permit, None)
    elif fact.permit not in making.unknowns:
        why = body.get("why") or "its gate does not know: it timed out, broke off, or lost its connection"
        making.unknowns[fact.permit] = Unknown(
            fact.permit, fact.run, body["call"], body["tool"], body.get("at", 0.0), why, body["gate"]
        )


def permitted(making: Making, fact: Fact) -> None:
    """Keep in mind what the run of a job was permitted."""
    job = making.runs.get(fact.run, "")
    step = making.step(job)
    if step is None or step.way is None or step.job != job:
        return
    if fact.body["tool"] == step.way.tool:
        step.permits.append(fact.permit)
        if fact.body.get("strays"):
            step.strays.append(fact.permit)


HANDLERS: dict[str, Callable[..., None]] = {
    "compensation": _begun,
    "step": _moved,
    "compensation.ended": _ended,
    "reconciled": _reconciled,
}
"""Each takes the making, the fact, and by name whether it is on disk already."""
