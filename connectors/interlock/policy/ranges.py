"""Whether any value at all can be what a bound says. Pure.

It tells what cannot be for certain: limits that cross, kinds that exclude each other, values that are listed and all
excluded. What it does not see through (two regular expressions) counts as possible.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from interlock.policy.bounds import TYPES, Clause
from interlock.policy.schemas import fits, holds, validator

__all__ = ["impossible"]

_LOW: Final = (("minimum", False), ("exclusiveMinimum", True))
_HIGH: Final = (("maximum", False), ("exclusiveMaximum", True))
_SIZES: Final = (("minLength", False),), (("maxLength", False),)
LISTED: Final = 100
"""Values that are tried one by one; a longer list counts as possible."""


def impossible(clauses: Sequence[Clause]) -> bool:
    """Return whether no value holds for all the clauses."""
    schemas = [clause.schema for clause in clauses]
    if _crossed(schemas, _LOW, _HIGH) or _crossed(schemas, *_SIZES) or _kinds(clauses):
        return True
    listed = next((values for values in map(_listed, schemas) if values), None)
    if listed is None or len(clauses) == 1 or len(listed) > LISTED:
        return False
    check = validator(holds(clauses))
    return not any(fits(check, value) or fits(check, [value]) for value in listed)


def _crossed(
    schemas: Iterable[dict[str, Any]], low: Iterable[tuple[str, bool]], high: Iterable[tuple[str, bool]]
) -> bool:
    found = list(schemas)
    lows = [(schema[key], strict) for schema in found for key, strict in low if key in schema]
    highs = [(schema[key], not strict) for schema in found for key, strict in high if key in schema]
    # Of two equal limits the strict one is the narrower: it sorts last among the low, first among the high.
    if not lows or not highs:
        return False
    (least, open_low), (most, closed_high) = max(lows), min(highs)
    return least > most or (least == most and (open_low or not closed_high))


def _kinds(clauses: Sequence[Clause]) -> bool:
    """Return whether two clauses speak of kinds of values that have none in common."""
    whole = {clause.text for clause in clauses if clause.whole and clause.text in TYPES}
    whole -= {"number"} if "integer" in whole else set()
    each = [set(clause.kinds) for clause in clauses if clause.kinds and not clause.whole]
    common = each[0].intersection(*each[1:]) if each else {"string"}
    if len(whole) > 1 or not common:
        return True
    if not whole:
        return False
    kind = {"integer": "number", "list": "array"}.get(word := whole.pop(), word)
    sized = any(clause.whole and clause.text not in TYPES for clause in clauses)
    return (sized and kind not in ("string", "array")) or bool(
        each and kind != "array" and kind not in common
    )


def _listed(schema: dict[str, Any]) -> list[Any]:
    return list(schema.get("enum", [schema["const"]] if "const" in schema else []))
