"""The one spelling of a tool call's arguments, and the digest a permit is bound to. Pure.

Canonical text is JSON with sorted keys, no blanks and no escapes but those JSON demands. Numbers are spelled as
Python spells them: integers exactly, whatever their size, floats by their shortest ``repr``; so ``1`` and ``1.0``
are two values, and so are ``0.0`` and ``-0.0``. What could be read in two ways is refused.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

from interlock.errors import ArgumentsError

__all__ = ["DEPTH", "decode", "digest", "encode"]

DEPTH = 64
"""Containers within containers; the arguments themselves are the first."""

_DOMAIN = b"interlock.call.v1"


def encode(tool: str, args: Any) -> str:
    """Return the canonical JSON text of ``args``, which are ``tool``'s (the name is for the error only).

    Raises ArgumentsError for anything that is no plain JSON value: other types, keys that are not text, NaN and
    infinities, lone surrogates, and nesting beyond :data:`DEPTH`. Tuples are written as lists.
    """
    _check(tool, args, 1)
    text = json.dumps(args, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ArgumentsError(tool, "a text holds half of a surrogate pair") from None
    return text


def _check(tool: str, value: Any, depth: int) -> None:
    if value is None or isinstance(value, str | int):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ArgumentsError(tool, f"{value!r} is not a number JSON can hold")
        return
    if not isinstance(value, dict | list | tuple):
        raise ArgumentsError(tool, f"a {type(value).__name__} is not plain JSON")
    if depth > DEPTH:
        raise ArgumentsError(tool, f"nested deeper than {DEPTH}")
    for inner in _inside(tool, cast("dict[object, Any] | list[Any]", value)):
        _check(tool, inner, depth + 1)


def _inside(tool: str, value: dict[object, Any] | list[Any]) -> Iterable[Any]:
    if not isinstance(value, dict):
        return value
    for key in value:
        if not isinstance(key, str):
            raise ArgumentsError(tool, f"the key {key!r} is a {type(key).__name__}, not a text")
    return value.values()


def decode(tool: str, text: str) -> dict[str, Any]:
    """Return the arguments that a JSON text spells; the name is for the error only.

    What :func:`encode` would refuse is refused, and so is a key that comes twice in one object: readers differ about
    which of them counts. Raises ArgumentsError.
    """
    try:
        args = json.loads(
            text, object_pairs_hook=partial(_once, tool), parse_constant=partial(_no_number, tool)
        )
    except json.JSONDecodeError as error:
        raise ArgumentsError(
            tool, f"not JSON ({error.msg}, line {error.lineno} column {error.colno})"
        ) from None
    except RecursionError:
        raise ArgumentsError(tool, f"nested deeper than {DEPTH}") from None
    except ValueError:
        raise ArgumentsError(tool, "a number has too many digits to be read") from None
    if not isinstance(args, dict):
        raise ArgumentsError(
            tool, f"a {type(args).__name__} at the top, where an object of arguments belongs"
        )
    encode(tool, args)
    return cast("dict[str, Any]", args)


def _once(tool: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ArgumentsError(tool, f"the key {twice[:80]!r} comes twice")
    return found


def _no_number(tool: str, word: str) -> float:
    raise ArgumentsError(tool, f"{word} is not a number JSON can hold")


def digest(tool: str, args: str) -> str:
    """Return the SHA-256, in hex, over a domain tag, the tool's name and its canonical arguments.

    Each field is preceded by its length, so that no two calls share their bytes.
    """
    fields = (_DOMAIN, tool.encode("utf-8", "surrogatepass"), args.encode())
    return hashlib.sha256(b"".join(len(field).to_bytes(8, "big") + field for field in fields)).hexdigest()
