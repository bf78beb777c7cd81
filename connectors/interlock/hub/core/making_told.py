"""Plans, steps and what is unknown as an operator gets them. Pure reading of the world."""

from collections.abc import Sequence
from typing import Any

from interlock.hub.core.hosting import Hosting, missing
from interlock.hub.core.making import Answer, Plan, Reconciled, Step, Unknown, Way
from interlock.hub.core.makings import PROOF
from interlock.hub.core.planning import RUNS, digest
from interlock.hub.core.world import World

__all__ = ["plan_told", "proposed", "reconciled_told", "unknown_told"]

Json = dict[str, Any]


def proposed(hosting: Hosting, steps: Sequence[Step]) -> Json:
    """Return a plan that is not begun."""
    shown = digest(steps)
    return {
        "steps": [_step(hosting, step) for step in steps],
        "ready": sum(step.state in RUNS for step in steps),
        "digest": shown,
        "proof": shown[-PROOF:],
    }


def _step(hosting: Hosting, step: Step) -> Json:
    names = ("permit", "run", "call", "tool", "cls", "at", "outcome", "state", "cannot")
    return {
        **{name: getattr(step, name) for name in names},
        "compensation": _way(hosting, step.way),
    }


def _way(hosting: Hosting, way: Way | None) -> Json | None:
    if way is None:
        return None
    return {"tool": way.tool, "args": way.args, "cls": way.cls, "hosts": hosting.count(way.tool)}


def plan_told(hosting: Hosting, plan: Plan) -> Json:
    """Return the run of a plan, with the receipt of each step."""
    state, why = plan.state, plan.why
    flying = any(step.progress in ("sent", "doing") for step in plan.steps)
    following = next((step for step in plan.steps if step.progress == "waiting"), None)
    way = following.way if following is not None and not flying else None
    if state == "running" and way is not None and not hosting.count(way.tool):
        state, why = "waiting", missing(way.tool)
    return {
        "plan": plan.plan,
        "by": plan.by,
        "reason": plan.reason,
        "at": plan.at,
        "digest": plan.digest,
        "state": state,
        "why": why,
        "ended_at": plan.ended_at or None,
        "steps": [{**_step(hosting, step), "receipt": _receipt(step)} for step in plan.steps],
    }


def _receipt(step: Step) -> Json:
    return {
        "state": step.progress,
        "job": step.job or None,
        "host": step.host or None,
        "run": step.job_run or None,
        "permit": step.permits[-1] if step.permits else None,
        "key": step.key,
        "result": step.result,
        "problem": step.problem,
        "late": step.late,
        "at": step.times,
    }


def unknown_told(
    world: World, hosting: Hosting, unknown: Unknown, way: Way | None, cannot: str, args: str, cls: str
) -> Json:
    """Return one call of the inbox. ``way`` is its probe."""
    run = world.runs.get(unknown.run)
    place = world.making.jobs.get(world.making.runs.get(unknown.run, ""))
    return {
        "permit": unknown.permit,
        "run": unknown.run,
        "call": unknown.call,
        "tool": unknown.tool,
        "cls": cls,
        "args": args,
        "at": unknown.at,
        "why": unknown.why,
        "agent": run.agent if run is not None else "",
        "role": run.role if run is not None else "",
        "probe": _way(hosting, way),
        "cannot": cannot,
        "answer": _answer(unknown.answer),
        "compensates": place[0] if place is not None else None,
    }


def _answer(answer: Answer | None) -> Json | None:
    if answer is None:
        return None
    return {"at": answer.at, "job": answer.job, "result": answer.result, "problem": answer.problem}


def reconciled_told(found: Reconciled) -> Json:
    """Return what was found out about an effect."""
    return found._asdict()
