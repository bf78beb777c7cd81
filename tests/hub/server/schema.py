"""A small JSON Schema checker: the words the API document uses, and an error for any other."""

import re
from collections.abc import Callable
from typing import Any

Json = Any

_PLAIN = {"title", "description", "default", "$defs", "discriminator", "examples"}
_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def check(value: Json, schema: Json, root: Json, place: str = "$") -> list[str]:
    """Return what is wrong with a value, one line each; ``root`` is the document references point into."""
    if schema is True:
        return []
    found: list[str] = []
    for word, wanted in schema.items():
        if word not in _PLAIN:
            assert word in _WORDS, f"{place}: the document uses {word!r}, which nothing here checks"
            found += _WORDS[word](value, wanted, schema, root, place)
    return found


def _ref(value: Json, wanted: Json, _schema: Json, root: Json, place: str) -> list[str]:
    target = root
    for step in wanted.removeprefix("#/").split("/"):
        target = target[step]
    return check(value, target, root, place)


def _type(value: Json, wanted: Json, _schema: Json, _root: Json, place: str) -> list[str]:
    return [] if _TYPES[wanted](value) else [f"{place}: {str(value)[:60]!r} is no {wanted}"]


def _properties(value: Json, wanted: Json, _schema: Json, root: Json, place: str) -> list[str]:
    known = wanted if isinstance(value, dict) else {}
    return [
        problem
        for name in known
        if name in value
        for problem in check(value[name], known[name], root, f"{place}.{name}")
    ]


def _additional(value: Json, wanted: Json, schema: Json, root: Json, place: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    odd = [name for name in value if name not in schema.get("properties", {})]
    if wanted is False:
        return [f"{place}: {name!r} is not in the document" for name in odd]
    return [problem for name in odd for problem in check(value[name], wanted, root, f"{place}.{name}")]


def _required(value: Json, wanted: Json, _schema: Json, _root: Json, place: str) -> list[str]:
    return [
        f"{place}: {name!r} is missing" for name in wanted if isinstance(value, dict) and name not in value
    ]


def _items(value: Json, wanted: Json, _schema: Json, root: Json, place: str) -> list[str]:
    inner = value if isinstance(value, list) else []
    return [p for n, each in enumerate(inner) for p in check(each, wanted, root, f"{place}[{n}]")]


def _prefix(value: Json, wanted: Json, _schema: Json, root: Json, place: str) -> list[str]:
    inner = value if isinstance(value, list) else []
    pairs = enumerate(zip(inner, wanted, strict=False))
    return [p for n, (each, schema) in pairs for p in check(each, schema, root, f"{place}[{n}]")]


def _any(value: Json, wanted: Json, _schema: Json, root: Json, place: str) -> list[str]:
    tries = [check(value, each, root, place) for each in wanted]
    return [] if not all(tries) else [f"{place}: fits none of {len(tries)}: {min(tries, key=len)[:2]}"]


def _that(test: Callable[[Any, Any], bool], says: str) -> Callable[[Json, Json, Json, Json, str], list[str]]:
    def judge(value: Json, wanted: Json, _schema: Json, _root: Json, place: str) -> list[str]:
        return [] if test(value, wanted) else [f"{place}: {str(value)[:60]!r} {says} {wanted!r}"]

    return judge


def _sized(kind: Any, test: Callable[[int, int], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: not isinstance(value, kind) or test(len(value), wanted)


def _counted(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: not _TYPES["number"](value) or test(value, wanted)


_WORDS: dict[str, Callable[[Json, Json, Json, Json, str], list[str]]] = {
    "$ref": _ref,
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "prefixItems": _prefix,
    "anyOf": _any,
    "oneOf": _any,
    "const": _that(lambda value, wanted: value == wanted, "is not"),
    "enum": _that(lambda value, wanted: value in wanted, "is none of"),
    "pattern": _that(
        lambda value, wanted: not isinstance(value, str) or bool(re.search(wanted, value)), "does not match"
    ),
    "minLength": _that(_sized(str, lambda size, least: size >= least), "is shorter than"),
    "maxLength": _that(_sized(str, lambda size, most: size <= most), "is longer than"),
    "minItems": _that(_sized(list, lambda size, least: size >= least), "has fewer than"),
    "maxItems": _that(_sized(list, lambda size, most: size <= most), "has more than"),
    "maxProperties": _that(_sized(dict, lambda size, most: size <= most), "has more than"),
    "minimum": _that(_counted(lambda value, least: value >= least), "is less than"),
    "maximum": _that(_counted(lambda value, most: value <= most), "is more than"),
}
