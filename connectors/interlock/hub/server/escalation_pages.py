"""Pages of what waits for people or was decided: each begins behind the last row of the one before.

A cursor says what that row was and not how many stood before it, so whatever is asked or decided between two pages,
nothing that is there all the time is left out. Time left is as of the first page, which the cursor says, too: of calls
that stand still some would else come on every page. One that goes on again meanwhile moves back, and may come twice.
"""

from collections.abc import Callable, Iterable
from itertools import dropwhile, islice

from interlock.hub.core.inbox import Escalation, Inbox

__all__ = ["CURSOR", "cursor", "rows"]

CURSOR = r"^[0-9]{1,18}-[01]-[0-9]{1,18}-e-[0-9a-f]{16}$"
"""When the first page was, whether it is no danger call, its place (both in microseconds), and its name."""

_Place = tuple[int, int, str]


def rows(inbox: Inbox, state: str, after: str | None, mono: float) -> list[Escalation]:
    """Return what comes behind a cursor, or all: of what waits, danger first, then the least time left.

    What is approved comes as it was asked, what was decided the newest first. ``mono`` is now, by the hub's clock.
    """
    began, last = _read(after) if after is not None else (_micros(mono), None)
    if state == "waiting":
        found = sorted((_waiting(each, began), each) for each in inbox.open.values() if each.state == state)
        return [each for place, each in found if last is None or place > last]
    if state == "approved":
        behind = _behind(inbox.known.values(), last, lambda each, at: _micros(each.asked_at) >= at)
        return [each for each in behind if each.state == state]
    newest = (inbox.known[name] for name in reversed(inbox.decided))
    behind = _behind(newest, last, lambda each, at: _micros(each.decided_at) <= at)
    return [each for each in behind if state in ("decided", each.state)]


def cursor(last: Escalation, state: str, after: str | None, mono: float) -> str:
    """Return the cursor behind a row of such a list, which was asked for with ``after`` at ``mono``."""
    began = _micros(mono) if after is None else _read(after)[0]
    if state == "waiting":
        rank, at, name = _waiting(last, began)
    else:
        rank, at, name = 0, _micros(last.asked_at if state == "approved" else last.decided_at), last.name
    return f"{began}-{rank}-{at}-{name}"


def _waiting(each: Escalation, began: int) -> _Place:
    """Return its place by when its time ends, had it gone on when the first page was, or when it stopped after that."""
    since = _micros(each.since)
    ends = (max(began, since) if each.held else since) + _micros(each.left)
    return int(each.cls != "danger"), ends, each.name


def _micros(seconds: float) -> int:
    return max(0, round(seconds * 1e6))


def _read(after: str) -> tuple[int, _Place]:
    began, rank, at, name = after.split("-", 3)
    return int(began), (int(rank), int(at), name)


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
