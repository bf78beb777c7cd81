"""Pages of what waits for people or was decided: each begins behind the last row of the one before.

A cursor says what that row was and not how many stood before it, so whatever is asked or decided between two pages,
nothing that is there all the time is left out. A call of a paused run moves back meanwhile, and may come twice.
"""

from collections.abc import Callable, Iterable
from itertools import dropwhile, islice

from interlock.hub.core.inbox import Escalation, Inbox

__all__ = ["CURSOR", "cursor", "rows"]

CURSOR = r"^[01]-[0-9]{1,18}-e-[0-9a-f]{16}$"
"""Whether it is no danger call, microseconds, and the escalation's name."""

_Place = tuple[int, int, str]


def rows(inbox: Inbox, state: str, after: str | None, mono: float) -> list[Escalation]:
    """Return what comes behind a cursor, or all: of what waits, danger first, then the least time left.

    What is approved comes as it was asked, what was decided the newest first. ``mono`` is now, by the hub's clock.
    """
    last = _read(after) if after is not None else None
    if state == "waiting":
        found = sorted((_waiting(each, mono), each) for each in inbox.open.values() if each.state == state)
        return [each for place, each in found if last is None or place > last]
    if state == "approved":
        behind = _behind(inbox.known.values(), last, lambda each, at: _micros(each.asked_at) >= at)
        return [each for each in behind if each.state == state]
    newest = (inbox.known[name] for name in reversed(inbox.decided))
    behind = _behind(newest, last, lambda each, at: _micros(each.decided_at) <= at)
    return [each for each in behind if state in ("decided", each.state)]


def cursor(last: Escalation, state: str, mono: float) -> str:
    """Return the cursor behind a row of such a list."""
    if state == "waiting":
        rank, at, name = _waiting(last, mono)
    else:
        rank, at, name = 0, _micros(last.asked_at if state == "approved" else last.decided_at), last.name
    return f"{rank}-{at}-{name}"


def _waiting(each: Escalation, mono: float) -> _Place:
    """Return its place by when its time ends, which stays the same while it runs."""
    return int(each.cls != "danger"), _micros(mono + each.left_at(mono)), each.name


def _micros(seconds: float) -> int:
    return max(0, round(seconds * 1e6))


def _read(after: str) -> _Place:
    rank, at, name = after.split("-", 2)
    return int(rank), int(at), name


def _behind(
    found: Iterable[Escalation], last: _Place | None, reached: Callable[[Escalation, int], bool]
) -> list[Escalation]:
    """Return what stands behind a row, or where that is not kept any more, behind its time."""
    kept = list(found)
    if last is None:
        return kept
    _, at, name = last
    if any(each.name == name for each in kept):
        return list(islice(dropwhile(lambda each: each.name != name, kept), 1, None))
    return list(dropwhile(lambda each: not reached(each, at), kept))
