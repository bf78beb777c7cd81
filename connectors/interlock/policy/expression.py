"""``when:`` in CEL: logic across fields. What cannot be evaluated is false, so the call it guards is denied. Pure.

An expression sees ``args``, ``role``, ``tool``, ``cls``, ``goal``, ``tainted`` (list of texts) and ``calls`` (tool to
how often it started). It goes through a list in one step at most, and not through long ones: see :func:`problem`.
"""

import re
from functools import lru_cache
from typing import Any, Final, cast

__all__ = ["LONGEST", "MISSING", "missing", "problem", "true"]

Json = dict[str, Any]

LONGEST: Final = 2_000
DEEPEST: Final = 24
ENTRIES: Final = 1_000
"""Entries of a list or a map of the arguments, at the most: what an agent sends decides how long CEL takes."""
MISSING: Final = "CEL is not installed in this process: pip install 'interlock[cel]'"


_STEPS: Final = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(")


class _NotThere(Exception):
    """No CEL here, or no expression."""


@lru_cache(maxsize=512)
def _program(text: str) -> Any:
    try:
        import cel
    except ImportError:
        raise _NotThere(MISSING) from None
    try:
        return cel.compile(text)
    except Exception as error:  # noqa: BLE001 - whatever CEL says of a text, the answer is that it is no expression
        raise _NotThere(f"not CEL: {error}"[:300]) from None


def missing() -> bool:
    """Return whether CEL is not installed here."""
    try:
        _program("true")
    except _NotThere:
        return True
    return False


def problem(text: str) -> str:
    """Return what is wrong with an expression, or an empty text; without CEL nothing can be said."""
    if len(text) > LONGEST:
        return f"it has more than {LONGEST} characters"
    if _depth(text) > DEEPEST:
        return f"it is nested deeper than {DEEPEST}"
    if len(_STEPS.findall(text)) > 1:
        return "it goes through a list within a list, or through two"
    try:
        _program(text)
    except _NotThere as error:
        return "" if missing() else str(error)
    return ""


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{?!-") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _longest(value: Any) -> int:
    if isinstance(value, dict):
        inside = list(cast("dict[str, Any]", value).values())
    elif isinstance(value, list | tuple):
        inside = list(cast("list[Any]", value))
    else:
        return 0
    return max(len(inside), *map(_longest, inside[: ENTRIES + 1]), 0)


def true(text: str, facts: Json) -> tuple[bool, str]:
    """Return whether the expression is true of the facts, and why it cannot be told where it cannot."""
    if _longest(facts["args"]) > ENTRIES:
        return False, f"a list or a map of its arguments has more than {ENTRIES} entries"
    try:
        found = _program(text).execute(facts)
    except _NotThere as error:
        return False, str(error)
    except Exception as error:  # noqa: BLE001 - an expression that fails denies, whatever it failed with
        return False, f"it cannot be evaluated: {error}"[:300]
    if found is True or found is False:
        return found, ""
    return False, f"it is {type(found).__name__}, not true or false"
