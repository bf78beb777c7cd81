"""A declared call of another tool: a compensation, or a probe. Its arguments are filled in from the call it is for.

A text ``result.a.b`` or ``args.a`` stands for that value of the recorded result or of the arguments, ``result`` and
``args`` for the whole, ``permit`` for the call's permit. Every other value is meant as it is written. Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from interlock import canonical
from interlock.errors import InterlockError

__all__ = ["Action", "Unresolved", "resolve"]

Json = dict[str, Any]

ROOTS = frozenset({"result", "args"})


class Unresolved(InterlockError):
    """What an action needs is not in the record of the call it is for; ``reference`` names it."""

    def __init__(self, reference: str, found: str) -> None:
        self.reference, self.found = reference, found
        super().__init__(reference, found)

    def __str__(self) -> str:
        return f"{self.reference!r} cannot be filled in: {self.found}; do it by hand, or correct the contract"


@dataclass(frozen=True, slots=True)
class Action:
    """A tool to call, and the template of its arguments."""

    tool: str
    args: str | None = None
    """JSON object; None where the contract names only the tool: then those arguments of the call that it takes."""

    def resolve(self, facts: Mapping[str, Any]) -> Json:
        """Return the arguments; ``facts`` may have ``args``, ``result`` and ``permit``.

        Raises Unresolved where a reference leads nowhere, and ArgumentsError for what has no exact spelling.
        """
        found = resolve(json.loads(self.args or "{}"), facts)
        canonical.encode(self.tool, found)
        return cast("Json", found)


def resolve(template: Any, facts: Mapping[str, Any]) -> Any:
    """Return the template with every reference filled in. Raises Unresolved."""
    if isinstance(template, Mapping):
        return {
            str(key): resolve(value, facts) for key, value in cast("Mapping[object, Any]", template).items()
        }
    if isinstance(template, list):
        return [resolve(value, facts) for value in cast("list[object]", template)]
    return _value(template, facts) if isinstance(template, str) else template


def _value(text: str, facts: Mapping[str, Any]) -> Any:
    root, *path = text.split(".")
    if root not in ROOTS and text != "permit":
        return text
    if facts.get(root) is None:
        raise Unresolved(text, f"no {root} is recorded")
    return _within(text, facts[root], path)


def _within(text: str, value: Any, path: list[str]) -> Any:
    for step in path:
        if isinstance(value, Mapping) and step in value:
            value = cast("Mapping[str, Any]", value)[step]
        elif (
            isinstance(value, list | tuple)
            and step.isdecimal()
            and int(step) < len(cast("list[object]", value))
        ):
            value = cast("list[object]", value)[int(step)]
        else:
            raise Unresolved(text, f"there is no {step!r} in it")
    return value
