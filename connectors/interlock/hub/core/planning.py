"""What would make effects good, and in which order: the plan a person reads before anything happens. Pure.

Nothing is guessed. What a step needs and the trace does not have as it was recorded makes it ``cannot be undone``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson

from interlock import canonical
from interlock.contract import Action, Contract, ToolClass, Unresolved
from interlock.errors import ArgumentsError
from interlock.hub.core.making import FLYING, Plan, Step, Way
from interlock.hub.core.making_fold import STEP
from interlock.hub.core.world import World
from interlock.jobs import RESULT_MAX

__all__ = [
    "RUNS",
    "STEPS_MAX",
    "Contracts",
    "Recalled",
    "Seen",
    "declared",
    "digest",
    "no_contracts",
    "outcome_of",
    "plan",
    "resolved",
    "rows",
]

Json = dict[str, Any]
Contracts = Callable[[str], Contract | None]
"""Tool -> what the active policy says it promises."""

STEPS_MAX = 200
"""Effects of one plan."""
RUNS = frozenset({"ready", "failed"})
"""States of a step that is carried out."""
_SECRET = "[secret:"  # noqa: S105 - the mark that stands where a secret was


def no_contracts(_: str) -> Contract | None:
    """Know no contract: what holds before any policy is pushed."""
    return None


class Recalled(NamedTuple):
    """A value as the trace has it; ``problem`` says why it cannot be used, and is empty where it can."""

    value: Any = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One effect as record and trace have it. ``n`` is its intent's number in the record, ``at`` in Unix seconds."""

    n: int
    permit: str
    run: str
    call: str
    tool: str
    cls: str
    at: float
    args: Recalled
    result: Recalled


def plan(world: World, effects: Iterable[Seen], contracts: Contracts) -> list[Step]:
    """Return a step for each effect, the newest first."""
    order = sorted(effects, key=lambda seen: seen.n, reverse=True)
    return [_step(world, seen, contracts) for seen in order]


def _found(world: World, seen: Seen) -> Seen:
    """Return the effect with the answer of the probe that found it as its result: the call itself left none."""
    found = world.making.reconciled.get(seen.permit)
    if found is None or (found.how, found.outcome) != ("probe", "done") or not seen.result.problem:
        return seen
    try:
        return replace(seen, result=Recalled(orjson.loads(found.answer)))
    except orjson.JSONDecodeError:
        problem = "the call left no result, and what its probe answered was too long to be kept whole"
        return replace(seen, result=Recalled(None, problem))


def declared(contracts: Contracts, tool: str) -> ToolClass:
    """Return the class the policy gives a tool; one that nobody classified is ``danger``."""
    contract = contracts(tool)
    return (contract.cls if contract is not None else None) or "danger"


def _step(world: World, seen: Seen, contracts: Contracts) -> Step:
    outcome = outcome_of(world, seen.run, seen.permit)
    contract = contracts(seen.tool)
    action = contract.compensate if contract is not None else None
    state, cannot = _standing(world, seen.permit, outcome)
    way: Way | None = None
    if isinstance(action, Action):
        way, problem = resolved(_found(world, seen), action, contracts)
        if state in RUNS and way is None:
            state, cannot = "cannot be undone", problem
    elif state in RUNS:
        state, cannot = "cannot be undone", _undeclared(seen.tool, said=action == "none")
    return Step(
        seen.permit, seen.run, seen.call, seen.tool, seen.cls, seen.at, outcome or "none", state, cannot, way
    )


def _undeclared(tool: str, *, said: bool) -> str:
    if said:
        return f"the contract of {tool!r} says that nothing makes it good"
    return f"nobody declared what makes {tool!r} good; a policy's tools: {{{tool}: {{compensate: ...}}}} does"


def outcome_of(world: World, run: str, permit: str) -> str:
    """Return how an effect ended as far as is known: what was found out counts where the gate did not know.

    Empty where there is no outcome yet, ``void`` where the permit was never used.
    """
    found = world.runs.get(run)
    outcome = found.spent.get(permit, "") if found is not None else ""
    if outcome == "unknown" and permit in world.making.reconciled:
        return world.making.reconciled[permit].outcome
    if not outcome and found is not None and permit not in found.permits:
        return "void"
    return outcome


_BY_OUTCOME = {
    "failed": ("nothing happened", "the call had no effect"),
    "void": ("nothing happened", "the call had no effect"),
    "unknown": ("unknown first", "whether it happened is unknown: probe or mark it ('interlock unknowns')"),
    "": ("unknown first", "the call is still in flight: plan again once it has an outcome"),
}


def _standing(world: World, permit: str, outcome: str) -> tuple[str, str]:
    """Return the state of a step by what happened so far, and the sentence that belongs to it."""
    if outcome in _BY_OUTCOME:
        return _BY_OUTCOME[outcome]
    made = world.making.made(permit)
    return ("ready", "") if made is None else _again(*made)


def _again(before: Plan, step: Step) -> tuple[str, str]:
    """Return the state of a step whose effect a plan has set out to make good before."""
    if step.progress == "done":
        return "done", f"made good by plan {before.plan}"
    if step.progress in FLYING or (step.progress == "waiting" and before.state == "running"):
        return "running", f"plan {before.plan} is about to"
    if step.progress == "unknown":
        return "unknown first", f"whether plan {before.plan} made it good is unknown: reconcile its permit"
    if step.progress in ("failed", "refused"):
        return "failed", f"plan {before.plan} could not: {step.problem}"
    return "ready", ""


def resolved(seen: Seen, action: Action, contracts: Contracts) -> tuple[Way | None, str]:
    """Return the call that an action declares, with its arguments filled in, or why they cannot be."""
    recalled = {"args": seen.args, "result": seen.result}
    facts: Json = {"permit": seen.permit}
    facts |= {name: found.value for name, found in recalled.items() if not found.problem}
    try:
        bare = action.args is None
        args = canonical.encode(action.tool, _open(seen.args) if bare else action.resolve(facts))
    except Unresolved as error:
        root = error.reference.partition(".")[0]
        told = recalled[root].problem if root in recalled else ""
        return None, f"{error.reference!r} is needed, and {told}" if told else str(error)
    except ArgumentsError as error:
        return None, str(error)
    if _SECRET in args:
        return None, "an argument was a secret, which no store keeps: do it by hand"
    if len(args) > RESULT_MAX:
        return None, f"its arguments are longer than {RESULT_MAX} characters: do it by hand"
    return Way(action.tool, args, declared(contracts, action.tool), bare), ""


def _open(args: Recalled) -> Json:
    """Return the arguments of the call for a tool that takes what it knows of them; secrets are not kept anywhere."""
    if args.problem or not isinstance(args.value, dict):
        raise Unresolved("args", "no args are recorded")
    known = cast("Json", args.value)
    return {name: value for name, value in known.items() if _SECRET not in canonical.encode("", value)}


def rows(steps: Iterable[Step]) -> list[Json]:
    """Return the steps as the record keeps them."""
    return [
        {**{name: getattr(step, name) for name in STEP}, "way": list(step.way) if step.way else None}
        for step in steps
    ]


def digest(steps: Iterable[Step]) -> str:
    """Return SHA-256, in hex, over everything a person is shown of a plan before it is begun."""
    return sha256(orjson.dumps(rows(steps), option=orjson.OPT_SORT_KEYS)).hexdigest()
