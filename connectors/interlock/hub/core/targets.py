"""Whom an order reaches, and when it is a contradiction. Pure reading of the world."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from interlock.hub.core.effects import Refusal
from interlock.hub.core.world import Case, Run, Verb, World

__all__ = ["Target", "again", "descendants", "inherited", "refusal"]


class Target(NamedTuple):
    """A run an order reaches; ``inherited_from`` is the run that was named, empty when it is this one."""

    run: str
    inherited_from: str


def refusal(world: World, verb: Verb, names: Sequence[str]) -> Refusal | None:
    """Return why an order cannot be given to all of these runs, or nothing. All or none: one is enough."""
    for name in names:
        run = world.runs.get(name)
        if run is None:
            return Refusal("not_found", f"no run {name!r}", "'interlock runs' lists what there is")
        found = _CONFLICTS[verb](world, run)
        if found is not None:
            return Refusal("conflict", *found)
    return None


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


def again(world: World, verb: Verb, name: str) -> Case | None:
    """Return the case that already does to a run what the order asks for: a second press changes nothing."""
    return _AGAIN[verb](world.runs[name])


def _pause_again(run: Run) -> Case | None:
    # One that was inherited goes with its parent's resume, so naming the run is more than it has.
    if run.pause is None or run.pause.inherited_from or _resuming(run) is not None:
        return None
    return run.pause


def _resuming(run: Run) -> Case | None:
    """Return a resume that is not on disk yet."""
    if run.pause is None or run.resume is None or run.resume.closed:
        return None
    return run.resume


_AGAIN: dict[Verb, Callable[[Run], Case | None]] = {
    "kill": lambda run: run.kill,
    "pause": _pause_again,
    "cancel": lambda run: run.cancel,
    "resume": _resuming,
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


def inherited(world: World, parent: str) -> list[Case]:
    """Return the orders that hold for a run because of its parent, or of one further up.

    A kill holds from any height; a pause or cancel from the nearest ancestor that is not over.
    """
    softer: list[Case] | None = None
    while parent:
        run = world.runs[parent]
        if run.kill is not None:
            return [run.kill]
        if softer is None and not run.over():
            softer = [case for case in (run.pause, run.cancel) if case is not None]
        parent = run.parent
    return softer or []
