"""Whom an order would reach as of now, before it does anything. Pure reading of the world."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from interlock.hub.core.effects import Refusal
from interlock.hub.core.scope import Scope
from interlock.hub.core.targets import Target, again, conflict, descendants, holder, resuming
from interlock.hub.core.world import Case, Given, Run, Verb, World

__all__ = ["Choice", "choose"]


@dataclass(slots=True)
class Choice:
    """What becomes of each run that was asked for."""

    targets: list[Target] = field(default_factory=list[Target])
    """Those the order reaches anew, ancestors before their descendants."""
    held: list[Case] = field(default_factory=list[Case])
    """What does the like already to the others."""
    refused: dict[str, Refusal] = field(default_factory=dict[str, Refusal])


def choose(world: World, verb: Verb, runs: Sequence[str], scope: Scope | None, spared: set[str]) -> Choice:
    """Return whom an order reaches: named runs with their descendants, or a scope but for the spared runs.

    No run of a scope is refused: those that cannot be targets are not meant.
    """
    return _named(world, verb, runs) if scope is None else _covered(world, verb, scope, spared)


def _named(world: World, verb: Verb, runs: Sequence[str]) -> Choice:
    choice = Choice()
    for name in dict.fromkeys(runs):
        refused = conflict(world, verb, name)
        held = again(world, verb, name) if refused is None else None
        if refused is not None:
            choice.refused[name] = refused
        elif held is not None:
            choice.held.append(held)
        else:
            choice.targets.append(Target(name, ""))
    reached = {target.run for target in choice.targets}
    for top in list(choice.targets):
        below = descendants(world, verb, top.run) if top.run in world.children else ()
        for target in below:
            if target.run not in reached:
                reached.add(target.run)
                choice.targets.append(target)
    return choice


def _covered(world: World, verb: Verb, scope: Scope, spared: set[str]) -> Choice:
    choice = Choice()
    asked = Given("", verb, "", "", 0.0, scope=scope, freed=spared)
    judge = _JUDGES[verb]
    for target in _reached(world, asked):
        run = world.runs[target.run]
        if run.kill is not None and verb != "kill":
            continue
        found = judge(world, run, target, asked)
        if isinstance(found, Case):
            choice.held.append(found)
        elif found:
            choice.targets.append(target)
    return choice


def _reached(world: World, asked: Given) -> Iterator[Target]:
    """Yield every run that has not ended and is held by the scope, in the order they registered."""
    # Most runs have no parent: what holds them is seen at once.
    for run in world.live.values():
        if not run.parent and not asked.freed:
            if asked.within(run):
                yield Target(run.name, "")
        else:
            target = holder(world, asked, run)
            if target is not None:
                yield target


def _kill(world: World, run: Run, _target: Target, _asked: Given) -> Case | bool:
    return again(world, "kill", run.name) or True


def _cancel(world: World, run: Run, _target: Target, _asked: Given) -> Case | bool:
    return again(world, "cancel", run.name) or not run.claim


def _pause(world: World, run: Run, target: Target, asked: Given) -> Case | bool:
    """A run that stands still by name, or below one the scope does not hold further up, is held already."""
    held = again(world, "pause", run.name, scoped=True)
    pause = run.pause
    if held is None and pause is not None and target.inherited_from and resuming(run) is None:
        above = world.runs.get(pause.inherited_from)
        held = pause if above is not None and holder(world, asked, above) is not None else None
    return held or True


def _resume(world: World, run: Run, target: Target, _asked: Given) -> Case | bool:
    """Only what stands still goes on; what is no run of the scope itself, with the ancestor it was paused with."""
    held = again(world, "resume", run.name)
    if held is not None or run.pause is None:
        return held or False
    if not target.inherited_from:
        return True
    top = world.runs[target.inherited_from].pause
    return bool(run.pause.inherited_from) and top is not None and top.order == run.pause.order


_JUDGES: dict[Verb, Callable[[World, Run, Target, Given], Case | bool]] = {
    "kill": _kill,
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
}
