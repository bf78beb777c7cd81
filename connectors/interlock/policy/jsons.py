"""The JSON normal form as nodes. Pure; needs no YAML: this is what gates get."""

import json
from typing import Any, cast

from interlock.errors import PolicyError, Problem
from interlock.policy.nodes import Node, Report, Scalar
from interlock.policy.yamls import DEPTH, NODES, SIZE

__all__ = ["read"]


def read(text: str, report: Report) -> Node:
    """Return the tree of a JSON text. Keys that stand twice are refused here too."""
    left = [NODES]
    root = Node(None)
    if len(text) > 2 * SIZE:
        report.add(root, f"the policy has more than {2 * SIZE} characters", "split it by role")
        return root

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = dict(found)
        if len(made) < len(found):
            report.add(root, "a key stands twice", "keep one of the two")
        return made

    try:
        return _tree(json.loads(text, object_pairs_hook=pairs, parse_constant=_refused), 1, left)
    except (ValueError, RecursionError) as error:
        raise PolicyError(
            (Problem(0, 0, f"not the JSON of a policy: {error}"[:200], "push its YAML again"),)
        ) from None


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _tree(value: object, depth: int, left: list[int]) -> Node:
    left[0] -= 1
    if depth > DEPTH or left[0] < 0:
        raise ValueError("too deep, or too much of it")
    if isinstance(value, dict):
        inside = cast("dict[str, object]", value)
        return Node({key: _tree(inner, depth + 1, left) for key, inner in inside.items()})
    if isinstance(value, list):
        entries = cast("list[object]", value)
        return Node([_tree(inner, depth + 1, left) for inner in entries])
    return Node(cast("Scalar", value))
