"""The card of a call that waits as lines of a width: facts first and in full, the agent's own words last, framed. Pure.

Nothing is cut. A text that is too long for a line goes on below its beginning, behind a bar, so that no line of it can
be taken for one of the console's own.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from interlock.text import cells, visible_line
from interlock_console.inbox.facts import differences, leaves, named_first
from interlock_console.inbox.words import because, close_to
from interlock_console.output import age, clock
from interlock_console.trace.paper import wrapped

__all__ = ["Line", "page"]

Json = dict[str, Any]
Line = list[tuple[str, str]]
"""Pieces of (visible text, tone)."""

_LABEL = 14
_NARROW = 44
"""Cells of a line under which labels have a line of their own."""
_BREAK = "\u240a"
"""How a line break inside a text is shown; what comes after it begins a line."""
_SHORT = 120
_CHARACTERS = 12
"""Of a digest, where it stands beside others."""


def page(found: Json, width: int, *, edited: str | None = None, others: Sequence[Json] = ()) -> list[Line]:
    """Return every line. ``edited`` are the arguments a person wants to run instead, ``others`` identical requests."""
    lines: list[Line] = []
    for part in (
        _arguments(found, width, edited),
        _why(found, width),
        _like(found, width),
        _after(found, width),
        _people(found, width),
        _source(found, width),
        _others(others, width),
        _words((found, *others), width),
    ):
        lines += part
    return lines


# How a line is set.


def _set(label: str, text: str, width: int, tone: str = "text") -> Iterator[Line]:
    """Yield a visible text behind its label, over as many lines as it takes."""
    lead = 1 if width < _NARROW else _LABEL
    if width < _NARROW and label:
        yield [(f" {label}", "dim")]
    for at, line in enumerate(_broken(text, max(4, width - lead - 2))):
        front = f" {label:<{lead - 1}}" if not at and lead > 1 else " " * lead
        yield [(front, "dim"), ("| " if at else "", "dim"), (line, tone)]


def _broken(text: str, room: int) -> Iterator[str]:
    """Yield a visible text in lines of so many cells, a new one after each line break that is in it."""
    for at, part in enumerate(parts := text.split(_BREAK)):
        yield from _hung(part + _BREAK * (at + 1 < len(parts)), room)


def _hung(text: str, room: int) -> Iterator[str]:
    """Yield lines with the blank between two of them at the end of the first: nothing is cut, and all begin alike."""
    before: str | None = None
    # A digest has no blank, and takes the line to its end.
    for line in wrapped(text, max(1, room - (" " in text))):
        hangs = before is not None and line.startswith(" ") and not before.endswith(" ")
        if before is not None:
            yield before + " " * hangs
        before = line[1:] if hangs else line
    if before is not None:
        yield before


def _title(text: str, tone: str = "head") -> Line:
    return [(f" {text}", tone)]


def _leaf(path: str, value: str, width: int, tone: str = "text") -> Iterator[Line]:
    """Yield one argument: its path, and its value in full."""
    room = max(4, width - 5)
    if cells(path) + 3 > room // 2:
        for at, line in enumerate(wrapped(path, room)):
            yield [("   ", "dim"), ("| " if at else "", "dim"), (line, "key")]
        first, lead = "   = ", "   | "
    else:
        first = f"   {path} = "
        lead = "   | "
    lines = list(_broken(value, max(4, width - cells(first) - 1)))
    head = first if first == "   = " else ""
    for at, line in enumerate(lines):
        if at:
            yield [(lead.ljust(cells(first)) if cells(first) < width // 2 else lead, "dim"), (line, tone)]
        elif head:
            yield [(head, "dim"), (line, tone)]
        else:
            yield [("   ", "dim"), (path, "key"), (" = ", "dim"), (line, tone)]


# What it says.


def _arguments(found: Json, width: int, edited: str | None) -> Iterator[Line]:
    hidden = "; [secret:...] stands for a secret, the same one always alike" if found["hidden"] else ""
    if edited is None:
        told = "ARGUMENTS, decoded from the bytes that would run" + hidden
    else:
        told = "YOUR ARGUMENTS, which would run instead" + hidden
    yield from ([(f" {line}", "head")] for line in wrapped(told, max(4, width - 2)))
    changes = differences(found["args"], edited) if edited is not None else []
    changed = {path for path, _, _ in changes}
    for path, value in named_first(found, leaves(found["args"] if edited is None else edited)):
        yield from _leaf(path, value, width, "held" if path in changed else "text")
    if found["state"] != "waiting" and len(found["args"]) >= 4096:
        yield from _set("", "it is decided: the hub keeps the first 4,096 characters", width, "dim")
    if edited is not None:
        yield []
        yield _title(f"CHANGED BY YOU: {len(changes)}" if changes else "YOU CHANGED NOTHING", "held")
        yield from _changes(changes, width)
        yield []
        yield _title("WHAT THE AGENT ASKED FOR", "dim")
    else:
        yield []


def _changes(changes: Iterable[tuple[str, str, str]], width: int) -> Iterator[Line]:
    for path, was, now in changes:
        yield from _leaf(path, was, width, "dim")
        yield from _set("   becomes", _or_above(now), width, "held")


def _or_above(value: str) -> str:
    """Return a value, or where it stands in full already: nobody reads a long one twice."""
    return value if len(value) <= _SHORT else "what stands above, in full"


def _why(found: Json, width: int) -> Iterator[Line]:
    for label, rows in (("asks because", found["why"]), ("close to", close_to(found))):
        for at, row in enumerate(rows):
            yield from _set(
                "" if at else label, because(row), width, "held" if label == "asks because" else "text"
            )
    if not found["why"]:
        yield from _set("asks because", "its class asks a person", width, "held")
    for at, text in enumerate(found["taint"]):
        yield from _set("" if at else "from outside", _line(text), width, "fault")
    if found["override"]:
        yield from _set(
            "note", "the agent's gate would have let it go; the hub's own check asks", width, "fault"
        )


def _like(found: Json, width: int) -> Iterator[Line]:
    like = found["last_like"]
    if not like:
        yield from _set(
            "last one", "none of this role and tool was approved before, as far as is kept", width, "dim"
        )
        return
    head = f"{_line(like['escalation'])}, approved by {_line(like['by'])} at {clock(like['at'])}"
    changes = differences(like["args"], found["args"])
    yield from _set("last one", head + ("; this differs:" if changes else "; the same arguments"), width)
    for path, was, now in changes:
        yield from _leaf(path, was, width, "dim")
        yield from _set("   now", _or_above(now), width)


def _after(found: Json, width: int) -> Iterator[Line]:
    cls, tool = _line(found["reversible"]["cls"]), found["reversible"]["compensate"]
    if tool:
        yield from _set("reversible", f"{cls}: {_line(tool)} is declared to make it good", width)
    elif cls == "read":
        yield from _set("reversible", "read: it is said to change nothing", width)
    else:
        yield from _set(
            "reversible", f"{cls}: cannot be undone, nothing is declared that makes it good", width, "fault"
        )
    if found["state"] == "waiting":
        yield from _set("a reject", _line(found["on_reject"]), width)
        yield from _set(
            "a time-out", f"after {age(found['wait_s'])} it is rejected, and the agent is told so", width
        )


def _people(found: Json, width: int) -> Iterator[Line]:
    many = (
        f"{found['needs']} different people have to approve" if found["needs"] > 1 else "one person approves"
    )
    yield from _set("people", many, width, "held" if found["needs"] > 1 else "text")
    for vote in found["votes"]:
        what = "approved" if vote["digest"] == found["digest"] else "approved what it was before an edit"
        how = ", after editing it" if vote["edited"] else ""
        yield from _set("", f"{_line(vote['by'])} {what} at {clock(vote['at'])}{how}", width)
    who = found["requester"]
    owner = f", owned by {_line(who['owner'])}, whose approval does not count" if who["owner"] else ""
    yield from _set("asked for by", f"{_line(who['agent'])}{owner}", width)
    if found["edited"]:
        yield from _set("edited", "a person changed the arguments since the agent asked", width, "held")


def _source(found: Json, width: int) -> Iterator[Line]:
    yield from _set("run", f"{_line(found['run'])}, {_line(found['agent'])} as {_line(found['role'])}", width)
    yield from _set(
        "call", f"{_line(found['call'])}, asked at {clock(found['asked_at'])}, {_line(found['id'])}", width
    )
    yield from _set("digest", _line(found["digest"]), width)
    yield from _set("definition", f"{_line(found['definition']) or 'not told'}", width, "dim")
    yield from _set("policy", _line(found["policy"]) or "none", width, "dim")


def _others(others: Sequence[Json], width: int) -> Iterator[Line]:
    if others:
        yield []
        yield _title(f"AND {len(others)} MORE OF EXACTLY THESE ARGUMENTS", "held")
    for other in others:
        told = f"{_line(other['agent'])} as {_line(other['role'])}, run {_line(other['run'])}"
        yield from _set(
            _line(other["id"])[:12], f"{told}, digest {_line(other['digest'])[:_CHARACTERS]}", width
        )
        for text in other["taint"]:
            yield from _set("from outside", _line(text), width, "fault")


def _words(said: Sequence[Json], width: int) -> Iterator[Line]:
    yield []
    rule = "-" * max(4, min(60, width - 2))
    yield from (
        [(f" {line}", "dim")]
        for line in wrapped("THE AGENT'S OWN WORDS; nothing checks them", max(4, width - 2))
    )
    yield [(f" {rule}", "dim")]
    for found in said:
        for label, text in (("goal", found["goal"]), ("says", found["says"])):
            yield from _framed(label, str(text or ""), width)
    yield [(f" {rule}", "dim")]


def _framed(label: str, text: str, width: int) -> Iterator[Line]:
    if not text:
        return
    for part in text.split("\n"):
        for line in _hung(visible_line(part), max(4, width - len(label) - 6)):
            yield [(f" | {label}  ", "dim"), (line, "quiet")]
            label = " " * len(label)


def _line(text: object) -> str:
    return visible_line(str(text))
