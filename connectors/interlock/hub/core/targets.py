"""Whom an order reaches, and when it is a contradiction. Pure reading of the world."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from interlock.hub.core.effects import Refusal
from interlock.hub.core.world import Case, Given, Run, Verb, World

__all__ = ["Target", "again", "births", "conflict", "depth", "descendants", "holder", "resuming"]


class Target(NamedTuple):
    """A run an order reaches; ``inherited_from`` is the run that was named, empty when it is this one."""

    run: str
    inherited_from: str


def conflict(world: World, verb: Verb, name: str) -> Refusal | None:
    """Return why an order cannot be given to this run, or nothing."""
    run = world.runs.get(name)
    if run is None:
        return Refusal("not_found", f"no run {name!r}", "'interlock runs' lists what there is")
    found = _CONFLICTS[verb](world, run)
    return None if found is None else Refusal("conflict", *found)


def _live(world: World, run: Run) -> bool:
    return not run.over() or any(not world.runs[name].over() for name in world.below(run.name))


def _ended(run: Run) -> tuple[str, str]:
    return (
        f"run {run.name!r} has already ended ({run.claim}) and none of its gates is left",
        "leave it out: there is nothing in it that an order could reach",
    )


def _kill(world: World, run: Run) -> tuple[str, str] | None:
    return None if run.kill is not None or _live(world, run) else _ended(run)


def _alive(world: World, run: Run) -> tuple[str, str] | None:
    if run.kill is not None:
        problem = f"run {run.name!r} was killed by order {run.kill.order!r}, and a kill is final"
        return problem, "leave it out, or start a new run"
    return None if _live(world, run) else _ended(run)


def _resume(world: World, run: Run) -> tuple[str, str] | None:
    found = _alive(world, run)
    if found is None and run.pause is None:
        return f"run {run.name!r} is not paused", "leave it out: it is running already"
    return found


_CONFLICTS: dict[Verb, Callable[[World, Run], tuple[str, str] | None]] = {
    "kill": _kill,
    "pause": _alive,
    "cancel": _alive,
    "resume": _resume,
}


def again(world: World, verb: Verb, name: str, *, scoped: bool = False) -> Case | None:
    """Return the case that already does to a run what the order asks for: a second press changes nothing.

    ``scoped``: the order is by scope. By name it is more than what holds the run as one of many.
    """
    found = _AGAIN[verb](world.runs[name])
    if found is not None and verb == "pause" and not scoped and world.given[found.order].scope is not None:
        return None
    return found


def _pause_again(run: Run) -> Case | None:
    # One that was inherited goes with its parent's resume, so naming the run is more than it has.
    if run.pause is None or run.pause.inherited_from or resuming(run) is not None:
        return None
    return run.pause


def resuming(run: Run) -> Case | None:
    """Return a resume that is not on disk yet."""
    if run.pause is None or run.resume is None or run.resume.closed:
        return None
    return run.resume


_AGAIN: dict[Verb, Callable[[Run], Case | None]] = {
    "kill": lambda run: run.kill,
    "pause": _pause_again,
    "cancel": lambda run: run.cancel,
    "resume": resuming,
}


def descendants(world: World, verb: Verb, name: str) -> Iterator[Target]:
    """Yield the runs below this one that the order reaches too, nearest first."""
    wanted = _BELOW[verb]
    below = list(world.below(name))
    family = set(below)
    for child in below:
        run = world.runs[child]
        if run.kill is None and wanted(world.runs[name], run, family):
            yield Target(child, name)


def _pauses(_: Run, run: Run, family: set[str]) -> bool:
    """A pause of its own stays, and so does one from a nearer ancestor."""
    held = run.pause
    if held is None:
        return not run.over()
    return bool(held.inherited_from) and held.inherited_from not in family


def _resumes(top: Run, run: Run, _: set[str]) -> bool:
    """Only what was paused by the same order, and not by name, goes on with its ancestor."""
    held = run.pause
    if held is None or top.pause is None:
        return False
    return bool(held.inherited_from) and held.order == top.pause.order


_BELOW: dict[Verb, Callable[[Run, Run, set[str]], bool]] = {
    "kill": lambda _top, run, _family: not run.over(),
    "cancel": lambda _top, run, _family: not run.claim and run.cancel is None,
    "pause": _pauses,
    "resume": _resumes,
}


def holder(world: World, given: Given, run: Run) -> Target | None:
    """Return how a standing order holds a run: as one of its scope, or below the nearest run that is; else nothing.

    A pause does not hold what was resumed although it stands, nor what is below that.
    """
    above: Run | None = run
    while above is not None:
        if above.name in given.freed:
            return None
        if given.within(above):
            return Target(run.name, "" if above is run else above.name)
        above = world.runs.get(above.parent)
    return None


def depth(world: World, name: str) -> int:
    """Return how many generations end with this run; 0 for no run."""
    found, run = 0, world.runs.get(name)
    while run is not None:
        found, run = found + 1, world.runs.get(run.parent)
    return found


def births(world: World, run: Run, without: Given | None = None) -> list[tuple[Given, str]]:
    """Return the orders that hold for a run from its first moment, each with the run it has it from, or nothing.

    A kill stands alone. Of two of a kind the standing order comes first: it holds whatever becomes of the ancestors.
    ``without``: as if this pause were lifted.
    """
    found: dict[Verb, tuple[Given, str]] = {}
    for given in world.standing.values():
        held = None if given is without else holder(world, given, run)
        if held is not None:
            found.setdefault(given.verb, (given, held.inherited_from))
    for case in _inherited(world, run.parent, without):
        found.setdefault(case.verb, (world.given[case.order], case.inherited_from or case.run))
    return [found["kill"]] if "kill" in found else list(found.values())


def _inherited(world: World, parent: str, without: Given | None) -> list[Case]:
    """Return the orders that hold for a run because of its parent, or of one further up.

    A kill holds from any height; a pause or cancel from the nearest ancestor that is not over.
    """
    softer: list[Case] | None = None
    while parent:
        run = world.runs[parent]
        if run.kill is not None:
            return [run.kill]
        lifted = without is not None and run.pause is not None and run.pause.order == without.order
        if softer is None and not run.over() and not lifted:
            softer = [case for case in (run.pause, run.cancel) if case is not None]
        parent = run.parent
    return softer or []
