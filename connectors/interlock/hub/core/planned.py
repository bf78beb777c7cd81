"""Whether a call is the one that a plan names: what a host was permitted, against what a person agreed to. Pure."""

from interlock import canonical
from interlock.errors import ArgumentsError
from interlock.hub.core.making import Way
from interlock.hub.core.world import World
from interlock.model import BodyRef
from interlock.wire import AskPermit

__all__ = ["planned", "strays"]


def planned(way: Way, ask: AskPermit) -> bool:
    """Return whether a request is for the call that ``way`` names, with the arguments that it names.

    What the plan does not name the tool fills in by its own defaults: that may come on top. Where the contract names
    the tool alone, what the tool does not take is missing, though never all of it. Arguments that do not have the
    request's digest are not what is permitted, and nobody knows what is.
    """
    tool = way.tool
    text = ask.exact if ask.exact is not None and ask.exact.raw else ask.args
    if ask.tool.raw != tool or isinstance(text, BodyRef):
        return ask.tool.raw == tool and ask.digest == canonical.digest(tool, way.args)
    try:
        want, have = canonical.decode(tool, way.args), canonical.decode(tool, text.raw)
    except ArgumentsError:
        return False
    if ask.digest != canonical.digest(tool, text.raw):
        return False
    if way.fits:
        taken = {name: value for name, value in want.items() if name in have}
        if want and not taken:
            return False
        want = taken
    return all(name in have and _same(value, have[name]) for name, value in want.items())


def _same(one: object, other: object) -> bool:
    """As the digest tells them apart: 1, 1.0 and true are three values."""
    return canonical.encode("", one) == canonical.encode("", other)


def strays(world: World, ask: AskPermit) -> bool:
    """Return whether a request of a job's run is for its tool, but not with the arguments of its plan."""
    step = world.making.step(world.making.runs.get(ask.run, ""))
    way = step.way if step is not None else None
    return way is not None and ask.tool.raw == way.tool and not planned(way, ask)
