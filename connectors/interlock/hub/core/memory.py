"""What the core may forget: the hub's own runs once they are over, because there is a new one every minute.

That they are forgotten is a fact of the record too, so that folding it forgets them at the same place.
"""

from collections.abc import Iterable
from itertools import islice

from interlock.hub.core.world import Run, World

__all__ = ["OWN_KEPT", "drop", "settled"]

OWN_KEPT = 60
"""The hub's own runs that are kept, over or not. The record has them all, and the table of stops their times."""


def settled(world: World) -> list[str]:
    """Return the hub's own runs that nothing can happen to any more, but for the newest.

    That is so once no gate of a run counts, no permit is open, every order has come to its last stage and that is on
    disk, and no run names it as its parent.
    """
    older = islice(world.own, max(0, len(world.own) - OWN_KEPT))
    return [name for name in older if _settled(world, world.runs[name])]


def drop(world: World, names: Iterable[str]) -> None:
    """Forget these runs and what was ordered of them alone."""
    for name in names:
        _drop(world, world.runs.pop(name))
        world.live.pop(name, None)
        world.own.pop(name, None)


def _settled(world: World, run: Run) -> bool:
    if any(True for _ in run.active()) or run.permits or run.held or world.children.get(run.name):
        return False
    return all(
        (order, run.name) not in world.open_cases and not world.orders[order][run.name].unsaved
        for order in run.orders
    )


def _drop(world: World, run: Run) -> None:
    for order in run.orders:
        cases = world.orders[order]
        cases.pop(run.name, None)
        if not cases:
            del world.orders[order]
            world.given.pop(order, None)
    for member in run.members:
        conn = world.gates[member].conn
        if conn:
            world.links[conn].told.pop(run.name, None)
