"""What the card says above and below its page: what it is and how long it waits, what keys do, what came of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from interlock.ids import shorten
from interlock_console import allowed
from interlock_console.inbox import words
from interlock_console.inbox.closed import closed, needs_of, voted
from interlock_console.output import age, line
from interlock_console.trace.gist import body_text
from interlock_console.trace.paper import wrapped
from interlock_console.widgets.ink import Pieces, cells_of, said

if TYPE_CHECKING:
    from interlock_console.screens.approvals_card import CardDialog

__all__ = ["foot", "head"]

Json = dict[str, Any]

_LABEL = 10
_PROBLEM = 6
"""Lines a problem takes at most: the hub's sentences are shorter, and the page must stay in sight."""
_CLASSES = {"danger": "alarm", "write": "held"}


def head(card: "CardDialog", width: int) -> list[Pieces]:
    """Return what asks, of which class, and how long it has left; below it who asks."""
    found = card.found
    if found is None:
        problem = line(card.watching.problem, max(4, width - 4))
        return [[(f" {problem or 'asking the hub'}", "alarm" if problem else "held")]]
    many = f"{len(card.others) + 1} IDENTICAL  " if card.others else ""
    left = _left(card, found)
    right = f"{card.stale + '  ' if card.stale else ''}{left[0]} "
    cls = str(found["cls"])
    front: Pieces = [(f" {line(cls).upper()} ", _CLASSES.get(cls, "text")), (many, "held")]
    tool = said(str(found["tool"]), max(6, width - cells_of(front) - len(right) - 2))
    title: Pieces = [*front, (tool, "head")]
    gap = " " * max(1, width - cells_of(title) - len(right))
    who = f" {line(found['agent'])} as {line(found['role'])}"
    name = f"{shorten(str(found['id']))} "
    who = said(who, max(4, width - len(name) - 1))
    return [
        [*title, (gap, "text"), (right, left[1])],
        [(who, "text"), (" " * max(1, width - cells_of([(who, "")]) - len(name)), "text"), (name, "dim")],
    ]


def _left(card: "CardDialog", found: Json) -> tuple[str, str]:
    if found["state"] != "waiting":
        return words.state(found), words.tone(found)
    if found["held"]:
        return "its clock stands still: the run is paused", "held"
    rest = card.watching.left(str(found["id"])) or 0.0
    return f"{age(rest)} left of {age(found['wait_s'])}", "alarm" if rest < 60 else "text"


def foot(card: "CardDialog", width: int) -> list[Pieces]:
    """Return what there is to know and to do below the page."""
    found = card.found
    rule: Pieces = [("-" * width, "dim")]
    if found is None:
        return [rule, [(" q ", "key"), ("close", "text")]]
    lines: list[Pieces] = [_rule(card, width)]
    if card.said and not card.sent:
        lines += _wrapped("", card.said, "alarm", width)
    if card.sent or found["state"] != "waiting":
        lines += _became(card, found, width)
    else:
        lines += _asks(card, found, width)
    return lines


def _rule(card: "CardDialog", width: int) -> Pieces:
    """Return the line under the page, with how much of it is below."""
    below = card.page.below
    told = f" {below} more line{'s' * (below != 1)} below: space " if below else ""
    return [("-" * max(0, width - len(told) - 2), "dim"), (told, "held"), ("--", "dim")]


def _asks(card: "CardDialog", found: Json, width: int) -> Iterable[Pieces]:
    stand = card.stand()
    if needs := needs_of(found, stand.me):
        yield from _wrapped("people", needs, "held", width)
    if card.station.looks_only:
        yield from _wrapped("", card.station.off("approver", "deciding"), "held", width)
        return
    if lacks := allowed.missing(card.station.head().hub, "approver", "deciding"):
        yield from _wrapped("", lacks, "held", width)
    if voted(found, stand.me) and not stand.edited:
        yield from _keyed("x", "reject: it decides for all, your own vote with it", "text", width)
        yield from _keyed("E", "edit: other arguments, on which nobody has voted yet", "text", width)
        return
    proof = card.proof
    if proof is not None and not card.together:
        what = "the last four of the digest" if found["cls"] == "danger" else "how many are approved"
        yield [(" type ", "key"), (f" {what}, {proof.expected}: ", "text"), (proof.told, "mark")]
    why = card.together or closed(stand)
    if why:
        yield from _keyed("y", f"does nothing yet: {why}", "dim", width)
    else:
        waits = "" if card.armed else "  (keys count in a moment)"
        yield from _keyed("y", _does(card, found) + waits, "live" if card.armed else "dim", width)


def _does(card: "CardDialog", found: Json) -> str:
    if card.others:
        return f"approve all {len(card.others) + 1}, each as it is shown"
    what = "approve with YOUR arguments" if card.edited is not None else "approve exactly this"
    last = found["needs"] - len(words.voters(found)) <= 1
    return what if last or card.edited is not None else f"{what}; it goes on waiting for somebody else"


def _became(card: "CardDialog", found: Json, width: int) -> Iterable[Pieces]:
    for decision in card.sent:
        if decision.waiting or decision.problem or len(card.sent) > 1 or found["state"] == "waiting":
            yield from _wrapped("", decision.said, "alarm" if decision.problem else "held", width)
    if found["state"] == "waiting":
        return
    yield from _wrapped("now", words.decided(found), words.tone(found), width)
    for one in card.others:
        yield from _wrapped(shorten(str(one["id"])), words.state(one), words.tone(one), width)
    yield from _end(card, found, width)


def _end(card: "CardDialog", found: Json, width: int) -> Iterable[Pieces]:
    event = card.watching.ends.get(str(found["id"]))
    if event is None:
        return
    late = "late " if event.get("late") else ""
    for label, body in ((f"{late}result", event.get("result")), (f"{late}error", event.get("error"))):
        text = body_text(body).strip()
        if text:
            first, _, more = text.partition("\n")
            told = said(first, max(4, width - _LABEL - 3 - (4 if more else 0)))
            yield [(f" {label:<{_LABEL}}", "dim"), (told, "text"), ("  ..." if more else "", "dim")]


def _keyed(key: str, text: str, tone: str, width: int) -> Iterable[Pieces]:
    for at, part in enumerate(wrapped(text, max(4, width - 5))):
        yield [("   " if at else f" {key} ", "key"), (f" {part}", tone)]


def _wrapped(label: str, text: str, tone: str, width: int) -> Iterable[Pieces]:
    lead = _LABEL if label else 0
    for at, part in enumerate(wrapped(text, max(4, width - lead - 2))):
        if at == _PROBLEM:
            return
        yield [(f" {'' if at else label:<{lead}}", "dim"), (part, tone)]
