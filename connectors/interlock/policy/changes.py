"""What changed between two policies, by the path of each bound. Pure."""

import json
from typing import Any, NamedTuple, cast

from interlock.policy.policy import Policy

__all__ = ["Change", "between", "diff"]


class Change(NamedTuple):
    """One bound that differs: its path, and what it was and is, as JSON text; None where it is not there."""

    path: str
    was: str | None
    now: str | None


def diff(old: Policy | None, new: Policy) -> list[Change]:
    """Return every bound that differs, sorted by path. Without an old policy all of the new one is new."""
    return between(json.loads(old.to_json()) if old is not None else None, json.loads(new.to_json()))


def between(old: Any, new: Any) -> list[Change]:
    """Return the same for the JSON forms of two policies, as ``to_json`` gives them and the hub keeps them."""
    before = _flat(old) if old is not None else {}
    after = _flat(new)
    return [
        Change(path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Return path and JSON text of everything that is no mapping. A list is one value: its order may matter."""
    if not isinstance(value, dict) or not value:
        return {path: json.dumps(value, ensure_ascii=False, sort_keys=True)}
    found: dict[str, str] = {}
    for key, inner in cast("dict[str, Any]", value).items():
        found |= _flat(inner, f"{path}.{key}" if path else key)
    return found
