"""Search in the part of a run that is in memory. Pure and in steps, for a thread or a loop that stays responsive."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from interlock_console.trace.fold import Row

__all__ = ["found_in", "search", "unsearched"]

Json = dict[str, Any]


def search(rows: Iterable[Row], needle: str) -> list[int]:
    """Return the numbers of the rows that hold the text, upper and lower case alike, in the order of ``rows``."""
    wanted = needle.casefold()
    return [row.n for row in rows if found_in(row, wanted)]


def found_in(row: Row, wanted: str) -> bool:
    """Return whether any text of the row holds ``wanted``, which must be case-folded."""
    return any(wanted in text.casefold() for item in row.items for text in _texts(item["e"]["event"]))


def unsearched(rows: Iterable[Row]) -> int:
    """Return how many rows have a text that is only partly here: kept by reference, or shortened by the feed."""
    return sum(
        any(item.get("cut") or _by_reference(item["e"]["event"]) for item in row.items) for row in rows
    )


def _by_reference(event: Json) -> bool:
    return any(isinstance(value, dict) and "sha256" in value for value in event.values())


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
