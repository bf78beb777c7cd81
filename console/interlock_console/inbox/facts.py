"""The arguments of a call that waits, decoded from their exact text: every leaf, numbers as written. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from interlock.text import visible_line

__all__ = ["deciding", "differences", "leaves", "named_first", "object_of", "pretty"]

Json = dict[str, Any]

_PLAIN = re.compile(r"[^\s.=\[\]\"]+")
"""A key that can be taken for nothing else where it stands in a path."""


class _Spelled(str):
    """A number as it is written."""


def _read(text: str) -> object:
    return json.loads(text, parse_float=_Spelled, parse_int=_Spelled)


def leaves(text: str) -> Iterator[tuple[str, str]]:
    """Yield path and value of every leaf of a JSON text, in full and visible; a text that is none is one leaf.

    Numbers are spelled as they stand there.
    """
    try:
        found = _read(text)
    except (ValueError, RecursionError):
        yield "(all)", visible_line(text)
        return
    yield from _leaves("", found)


def _leaves(path: str, value: object) -> Iterator[tuple[str, str]]:
    leaf = value
    if isinstance(value, dict) and value:
        for key, inner in cast("Json", value).items():
            name = visible_line(key) if _PLAIN.fullmatch(key) else f'"{visible_line(key)}"'
            yield from _leaves(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list) and value:
        for n, inner in enumerate(cast("list[object]", value)):
            yield from _leaves(f"{path}[{n}]", inner)
    else:
        yield path or "(all)", _value(leaf)


def _value(value: object) -> str:
    if isinstance(value, _Spelled):
        return visible_line(str(value))
    if isinstance(value, str):
        return f'"{visible_line(value)}"'
    # What is left is true, false, null, or empty.
    return visible_line(json.dumps(value))


def differences(was: str, now: str) -> list[tuple[str, str, str]]:
    """Return (path, value then, value now) of every leaf that is another; empty where both texts mean the same."""
    then, here = dict(leaves(was)), dict(leaves(now))
    gone = "(not there)"
    return [
        (path, then.get(path, gone), here.get(path, gone))
        for path in then | here
        if then.get(path) != here.get(path)
    ]


def named_first(found: Json, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return arguments, those first that the rules name which ask."""
    named = {str(row["rule"]).rpartition(".")[2] for row in found["why"]}
    return sorted(pairs, key=lambda pair: pair[0].partition(".")[0].partition("[")[0] not in named)


def deciding(found: Json) -> str:
    """Return the arguments on one line for a list, those first that the rules name which ask."""
    short = len(found["args"]) <= 4000
    pairs = named_first(found, leaves(found["args"])) if short else [("", found["args"][:400])]
    return visible_line("  ".join(f"{path}={value[:200]}" if path else value for path, value in pairs)[:400])


def object_of(text: str) -> str:
    """Return what keeps a text from being arguments, as a sentence; empty where it is a JSON object."""
    try:
        found = _read(text)
    except RecursionError:
        return "it is nested too deeply"
    except ValueError as error:
        return f"it is no JSON: {visible_line(str(error), 160)}; E goes on with what you wrote"
    return "" if isinstance(found, dict) else "arguments are one JSON object; E goes on with what you wrote"


def pretty(text: str) -> str:
    """Return a JSON text set out over lines to be edited: in ASCII, so that nothing in it acts or hides.

    Numbers are spelled as they stand there. A text that is no JSON comes back as it is, visible.
    """
    try:
        return "".join(_set(_read(text), "")) + "\n"
    except (ValueError, RecursionError):
        return visible_line(text) + "\n"


def _set(value: object, indent: str) -> Iterator[str]:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        pairs = cast("Json", value).items()
        yield from _rows("{", [(json.dumps(key) + ": ", each) for key, each in pairs], inner)
        yield f"{indent}}}"
    elif isinstance(value, list) and value:
        yield from _rows("[", [("", each) for each in cast("list[object]", value)], inner)
        yield f"{indent}]"
    else:
        yield str(value) if isinstance(value, _Spelled) else json.dumps(value)


def _rows(opens: str, rows: Sequence[tuple[str, object]], inner: str) -> Iterator[str]:
    yield f"{opens}\n"
    for at, (lead, value) in enumerate(rows):
        yield inner + lead
        yield from _set(value, inner)
        yield ",\n" if at + 1 < len(rows) else "\n"
