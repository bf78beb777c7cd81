"""Which bounds a call comes close to, for whoever decides about it. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from interlock.policy import History

__all__ = ["CLOSE", "near"]

Json = Mapping[str, Any]

CLOSE = 0.8
"""Of a limit, from where on a value is close to it."""
_LIMIT = re.compile(r"(?:^|[,\s])<=?\s*(-?[0-9]+(?:\.[0-9]+)?)(?=$|[,\s])")
_MOST = re.compile(r"([0-9]+) per run")


def near(policy: Json, role: str, tool: str, args: Json, used: History) -> Iterator[tuple[str, str, str]]:
    """Yield rule, bound and value of each upper limit that an argument, or the run's count of calls, is close to.

    ``policy`` is the JSON normal form. Only the rule of that very tool is looked at, and only numbers.
    """
    rule = policy.get("roles", {}).get(role, {}).get("tools", {}).get(tool)
    if not isinstance(rule, dict):
        return
    path, said = f"roles.{role}.tools.{tool}", cast("Json", rule)
    for name, bound in cast("Json", said.get("args") or {}).items():
        value = args.get(name)
        for text in _texts(bound):
            if isinstance(value, int | float) and not isinstance(value, bool) and _close(text, value):
                yield f"{path}.args.{name}", text, str(value)
    for text in _texts(said.get("at_most") or ()):
        most = _MOST.fullmatch(text)
        count = used.counts.get(tool, 0) + 1
        if most is not None and CLOSE * int(most[1]) <= count <= int(most[1]):
            yield f"{path}.at_most", text, f"this is call {count}"


def _texts(bound: Any) -> list[str]:
    if isinstance(bound, str):
        return [bound]
    return [str(each) for each in cast("list[object]", bound)] if isinstance(bound, list) else []


def _close(text: str, value: float) -> bool:
    return any(0 < CLOSE * float(most) <= value <= float(most) for most in _LIMIT.findall(text))
