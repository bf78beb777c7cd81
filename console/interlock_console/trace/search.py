"""Search in the part of a run that is in memory. Pure and in steps, for a thread or a loop that stays responsive."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from interlock_console.trace.fold import Row

__all__ = ["search"]

Json = dict[str, Any]


def search(rows: Iterable[Row], needle: str) -> list[int]:
    """Return the numbers of the events that hold the text, upper and lower case alike, in the order of ``rows``."""
    wanted = needle.casefold()
    return list(dict.fromkeys(item["n"] for row in rows for item in row.items if _holds(item, wanted)))


def _holds(item: Json, wanted: str) -> bool:
    return any(wanted in text.casefold() for text in _texts(item["e"]["event"]))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        # The text inside of JSON is found as a person reads it, not only as it is written.
        if value[:1] in '{["' and "\\" in value:
            yield from _decoded(value)
    elif isinstance(value, dict):
        for inner in cast("Json", value).values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _texts(inner)


def _decoded(text: str) -> Iterator[str]:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(value, str):
        yield from _texts(value)
    else:
        yield value
