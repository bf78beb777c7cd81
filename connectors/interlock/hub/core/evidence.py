"""How a job ended, by what is on record: permits of its run count, what its host said only explains them. Pure."""

from typing import NamedTuple

from interlock.hub.core.making import Step
from interlock.hub.core.planning import outcome_of
from interlock.hub.core.world import Run, World

__all__ = ["End", "ended"]

_SHADOW = (
    "its host said that it was done, but no permit of that run was used: nothing happened; "
    "a shadowed role does nothing"
)
_STRAY = (
    "its host ran the tool with other arguments than the plan's ({}): that made nothing good, and it did happen; "
    "look at it before you plan again"
)


class End(NamedTuple):
    """How a step ended."""

    progress: str
    problem: str
    result: str


def ended(world: World, step: Step) -> End | None:
    """Return how the job of a step ended, or None while nobody can know."""
    run = world.runs.get(step.job_run)
    if run is None or any(permit in run.permits for permit in step.permits):
        return None
    outcomes = [outcome_of(world, run.name, permit) for permit in step.permits if permit not in step.strays]
    astray = {outcome_of(world, run.name, permit): permit for permit in step.strays}
    said = step.said or {}
    problem = str(said.get("error") or "")
    if "done" not in outcomes and ("unknown" in outcomes or "unknown" in astray):
        return End("unknown", problem or "it may have happened, and its gate does not know", "")
    if not said and step.progress != "unknown" and not _silent(world, step, run):
        return None
    if "done" in outcomes:
        return End("done", "", str(said.get("result") or ""))
    if "done" in astray:
        return End("failed", _STRAY.format(astray["done"]), "")
    if said:
        return _said(str(said["outcome"]), problem)
    return End("failed", _why(run) if step.progress != "unknown" else "it is known now: nothing happened", "")


def _said(outcome: str, problem: str) -> End:
    """Nothing was permitted that could have had an effect, whatever the host thinks of it."""
    if outcome == "refused":
        return End("refused", problem or "its gate did not let it start", "")
    return End("failed", _SHADOW if outcome == "done" else problem or "the call failed", "")


def _silent(world: World, step: Step, run: Run) -> bool:
    """Return whether nothing more can come of the run: it ended, or it was stopped and its host is not there."""
    gate = world.gates.get(step.host)
    here = gate is not None and bool(gate.conn)
    if run.claim:
        return True
    return not here and (run.kill is not None or not any(True for _ in run.active()))


def _why(run: Run) -> str:
    if run.kill is not None:
        return f"its run was killed by order {run.kill.order} before it began"
    return (
        f"its run ended ({run.claim}) and began nothing"
        if run.claim
        else "its host is gone: it began nothing"
    )
