"""The key by which a call is known again downstream, made from its arguments: the same at every gate and the hub."""

import hashlib
from collections.abc import Mapping
from typing import Any

from interlock import canonical
from interlock.errors import ArgumentsError

__all__ = ["derived"]

_DOMAIN = b"interlock.key.v1"


def derived(run: str, tool: str, names: tuple[str, ...], bound: Mapping[str, Any]) -> str:
    """Return the key of a call: the same for the same run, tool and values of these arguments.

    Raises ArgumentsError where the tool takes no such argument.
    """
    missing = [name for name in names if name not in bound]
    if missing:
        problem = f"its contract knows it again by {missing[0]!r}, which it does not take"
        raise ArgumentsError(tool, problem)
    spelled = canonical.encode(tool, {name: bound[name] for name in names})
    found = hashlib.sha256()
    for field in (_DOMAIN, run.encode(), tool.encode("utf-8", "surrogatepass"), spelled.encode()):
        found.update(len(field).to_bytes(8, "big"))
        found.update(field)
    return f"i-{found.hexdigest()[:32]}"
