"""Whether a call is the one that a plan names: what a host was permitted, against what a person agreed to. Pure."""

from typing import Any

from interlock import canonical
from interlock.errors import ArgumentsError
from interlock.hub.core.making import Way
from interlock.hub.core.world import World
from interlock.model import BodyRef
from interlock.wire import AskPermit

__all__ = ["planned", "strays"]

Args = dict[str, Any]


def planned(way: Way, ask: AskPermit, defaults: str = "{}") -> bool:
    """Return whether a request is for the call that ``way`` names, with the arguments that it names and no others.

    What the plan does not name the tool fills in: of that only what its host offered as its ``defaults`` (a JSON
    object) may come on top, unchanged. Where the contract names the tool alone, what the tool does not take is missing,
    though never all of it. Arguments that do not have the request's digest are not what is permitted, and nobody knows
    what is.
    """
    tool = way.tool
    if ask.tool.raw != tool:
        return False
    text = ask.exact if ask.exact is not None and ask.exact.raw else ask.args
    try:
        want, fills = canonical.decode(tool, way.args), canonical.decode(tool, defaults)
        if isinstance(text, BodyRef):
            whole = canonical.encode(tool, fills | want)
            return ask.digest in (canonical.digest(tool, way.args), canonical.digest(tool, whole))
        have = canonical.decode(tool, text.raw)
    except ArgumentsError:
        return False
    if ask.digest != canonical.digest(tool, text.raw):
        return False
    if way.fits:
        taken = {name: value for name, value in want.items() if name in have}
        if want and not taken:
            return False
        want = taken
    return want.keys() <= have.keys() and all(_agreed(name, have[name], want, fills) for name in have)


def _agreed(name: str, value: object, want: Args, fills: Args) -> bool:
    """Return whether an argument is as the plan has it, or as the tool fills it in where the plan does not name it.

    As the digest tells values apart: 1, 1.0 and true are three.
    """
    source = want if name in want else fills
    return name in source and canonical.encode("", source[name]) == canonical.encode("", value)


def strays(world: World, ask: AskPermit) -> bool:
    """Return whether a request of a job's run is for its tool, but not with the arguments of its plan."""
    making = world.making
    step = making.step(making.runs.get(ask.run, ""))
    way = step.way if step is not None else None
    if step is None or way is None or ask.tool.raw != way.tool:
        return False
    host = making.hosts.get(step.host)
    return not planned(way, ask, host.defaults.get(way.tool, "{}") if host is not None else "{}")
