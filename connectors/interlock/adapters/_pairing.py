"""Which result belongs to which call, in recordings that do not say so reliably. Pure.

Call ids are missing, empty, or used again within a run. So results are paired in order: with the oldest open call
of the same id, and one without an id with the oldest open call of the same tool. What is left over stays alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interlock.adapters._recording import Recorded

__all__ = ["Pairs", "pair"]

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Pairs:
    """``call_of``: seq of a result -> seq of its call. ``ids``: seq of a call -> an id that is one of a kind."""

    call_of: dict[int, int]
    ids: dict[int, str]
    unanswered: tuple[int, ...]
    """Calls without a result, by seq."""
    uncalled: tuple[int, ...]
    """Results without a call, by seq."""


def pair(events: Sequence[Recorded]) -> Pairs:
    """Return how the calls and results of one run belong together."""
    waiting: list[Recorded] = []
    call_of: dict[int, int] = {}
    uncalled: list[int] = []
    for event in events:
        if event.kind == "tool_call":
            waiting.append(event)
        elif event.kind == "tool_result":
            call = next((open_ for open_ in waiting if _match(open_, event)), None)
            if call is None:
                uncalled.append(event.seq)
            else:
                waiting.remove(call)
                call_of[event.seq] = call.seq
    return Pairs(call_of, _ids(events), tuple(call.seq for call in waiting), tuple(uncalled))


def _match(call: Recorded, result: Recorded) -> bool:
    if result.call_id and call.call_id:
        return result.call_id == call.call_id
    return result.tool == call.tool


def _ids(events: Sequence[Recorded]) -> dict[int, str]:
    """Keep the recording's own ids where they are usable and not used before, and make one up elsewhere."""
    used: set[str] = set()
    ids: dict[int, str] = {}
    for event in events:
        if event.kind == "tool_call":
            own = event.call_id
            name = own if _ID.fullmatch(own) and own not in used else f"seq-{event.seq}"
            used.add(name)
            ids[event.seq] = name
    return ids
