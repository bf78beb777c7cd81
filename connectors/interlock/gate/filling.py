"""What a tool fills in by itself: the arguments that a call need not name, as the hub is told of them."""

import inspect
from typing import Any

from interlock import canonical
from interlock.errors import ArgumentsError
from interlock.gate.tool import Tool
from interlock.jobs import DEFAULTS_MAX

__all__ = ["filled_in"]

_REST: dict[object, Any] = {inspect.Parameter.VAR_POSITIONAL: [], inspect.Parameter.VAR_KEYWORD: {}}


def filled_in(tool: Tool) -> str:
    """Return the tool's defaults by name, as canonical JSON; without those that no call could be recorded with.

    An empty object where they are longer than an offer has room for: then a job has to name every argument.
    """
    found: dict[str, Any] = {}
    for parameter in inspect.signature(tool.fn).parameters.values():
        value = _REST.get(parameter.kind, parameter.default)
        if value is inspect.Parameter.empty:
            continue
        try:
            canonical.encode(tool.name, {parameter.name: value})
        except ArgumentsError:
            continue
        found[parameter.name] = value
    text = canonical.encode(tool.name, found)
    return text if len(text) <= DEFAULTS_MAX else "{}"
