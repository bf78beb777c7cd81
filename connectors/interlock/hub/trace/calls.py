"""The events of single calls, found in one pass over a run."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import orjson

__all__ = ["AT_ONCE", "calls_of"]

Json = dict[str, Any]
Rows = Callable[[int, int], list[tuple[Any, ...]]]
"""First and last number of a stretch of a run -> its rows, each looked over; the fourth column is the event."""

AT_ONCE = 2000
"""Events read together: the connection is free for others in between."""
_CALL = re.compile(rb'"call":"([A-Za-z0-9._:-]+)"')


def calls_of(rows: Rows, last: int, calls: Collection[str]) -> Iterator[Json]:
    """Yield the events of these calls, ascending, of a run that has ``last`` events."""
    wanted = {call.encode() for call in calls}
    for first in range(1, last + 1, AT_ONCE):
        for row in rows(first, min(last, first + AT_ONCE - 1)):
            if not wanted.isdisjoint(_CALL.findall(row[3])):
                event: Json = orjson.loads(row[3])["event"]
                if event.get("call") in calls:
                    yield event
