"""Bounds as JSON Schema: one validator says whether nothing at all is the matter with a call's arguments. Pure.

Two questions have schemas. *Holds*: every clause of the bound is true of the value. *Clear*: an ``ask_when`` is surely
false of it. Both fail for values of a kind the clause cannot judge, so what nobody can tell is denied, or asked.
jsonschema-rs with Rust's regular expressions takes linear time, whatever the pattern.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

from interlock.policy.bounds import Clause

__all__ = ["Validator", "bad_regex", "clear", "clear_at", "fits", "holds", "holds_at", "merged", "validator"]

Json = dict[str, Any]
Validator = jsonschema_rs.Draft202012Validator

_REGEX: Final = jsonschema_rs.RegexOptions(size_limit=1 << 20, dfa_size_limit=1 << 20)
_NOTHING: Final[Json] = {"type": "null"}


def validator(schema: Json) -> Validator:
    """Compile a schema."""
    return jsonschema_rs.Draft202012Validator(schema, pattern_options=_REGEX)


@lru_cache(maxsize=1024)
def bad_regex(pattern: str) -> str:
    """Return what to do about a pattern that cannot be compiled, or an empty text."""
    try:
        validator({"pattern": pattern})
    except ValueError:
        return "it has no look-around and no back-references, closes what it opens, and stays small"
    return ""


def fits(compiled: Validator, value: Any) -> bool:
    """Return whether the value is valid; what is no JSON is not."""
    try:
        return bool(compiled.is_valid(value))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


def holds(clauses: Sequence[Clause]) -> Json:
    """Return the schema of the values that every clause holds for. Clauses about the goal have none."""
    whole = [clause.schema for clause in clauses if clause.whole]
    each = [clause.schema for clause in clauses if not clause.whole and not clause.goal]
    return merged([*whole, _each(merged(each))] if each else whole)


def clear(clauses: Sequence[Clause]) -> Json:
    """Return the schema of the values of which the conjunction of these clauses is surely false."""
    whole = [_false(clause) for clause in clauses if clause.whole]
    each = [_false(clause) for clause in clauses if not clause.whole and not clause.goal]
    said = [*whole, _each(_either(each))] if each else whole
    return _either([_NOTHING, *said])


def _false(clause: Clause) -> Json:
    if not clause.kinds:
        return {"not": clause.schema}
    return {"type": list(clause.kinds), "not": clause.schema}


def _each(schema: Json) -> Json:
    """Return the schema for a value, or for each entry of a list of them."""
    return {"if": {"type": "array"}, "then": {"items": schema}, "else": schema}


def _either(schemas: list[Json]) -> Json:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def merged(schemas: list[Json]) -> Json:
    """Return the schema of what all of them accept."""
    if len(schemas) == 1:
        return schemas[0]
    return {"allOf": schemas} if schemas else {}


def holds_at(path: Sequence[str], schema: Json, optional: bool) -> Json:
    """Return ``schema`` at a path into the arguments; a path that is not there is wrong, unless it is optional."""
    if not path:
        return schema
    inner = holds_at(path[1:], schema, optional)
    if optional:
        inner = _either([_NOTHING, inner])
    there: Json = {} if optional else {"required": [path[0]]}
    return _step(path[0], inner, there)


def clear_at(path: Sequence[str], schema: Json) -> Json:
    """Return ``schema`` at a path into the arguments; a path that is not there is clear."""
    if not path:
        return schema
    return _step(path[0], _either([_NOTHING, clear_at(path[1:], schema)]), {})


def _step(name: str, inner: Json, there: Json) -> Json:
    found: Json = {"type": "object", "properties": {name: inner}, **there}
    if name != "items":
        return found
    return {"if": {"type": "array"}, "then": {"items": inner}, "else": found}
