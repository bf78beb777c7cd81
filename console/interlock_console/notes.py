"""The lines of the ticker: what is said of an event, and how the same of many runs becomes one line. Pure."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.words import phrase
from interlock_console.aim import quoted
from interlock_console.reading import unbegun

__all__ = ["NOTES", "OWN", "TOGETHER", "Note", "add", "foremost", "newly_in"]

Json = dict[str, Any]
Said = tuple[str, str, str, str]
"""The text, its tone, the key under which several become one line, and what is said behind their number then."""

TOGETHER = 10.0
"""Seconds within which notes that say the same of several runs are one line."""
OWN = 8.0
"""Seconds in which only an alarm takes the place of what became of one's own act."""
_LOOK_BACK = 12
"""Notes among which one of the same key is looked for."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the ticker: when (Unix seconds, decoration), of which run, what, and in which tone."""

    at: float
    run: str
    text: str
    tone: str = "text"
    key: str = ""
    """Notes of the same key that come within :data:`TOGETHER` seconds become one line; empty never does."""
    many: str = ""
    """What is said behind the number once there are several: ``runs of role support: LOOP``."""
    count: int = 1
    own: bool = False
    """It says what became of something that was done at this console."""


def foremost(notes: "deque[Note]") -> Note | None:
    """Return the note to be shown: the newest, or what became of one's own act shortly before it."""
    if not notes:
        return None
    newest = notes[-1]
    for note in islice(reversed(notes), _LOOK_BACK):
        if note.tone == "alarm" or newest.at - note.at > OWN:
            break
        if note.own:
            return note
    return newest


def add(notes: "deque[Note]", note: Note) -> None:
    """Add a note; one that says the same as a recent one counts into it instead, and is the newest again."""
    oldest = max(0, len(notes) - _LOOK_BACK)
    for place in range(len(notes) - 1, oldest - 1, -1):
        last = notes[place]
        if note.key and last.key == note.key and note.at - last.at <= TOGETHER:
            count = last.count + 1
            note = replace(note, run="", count=count, text=f"{count} {note.many}")
            del notes[place]
            break
    notes.append(note)


def newly_in(state: RunState, now: str) -> Said:
    """Return what is said of a run that newly needs a person; ``now`` is the word line 1 counts it under."""
    role = state.role.raw
    return f"{now}: {phrase(state)}", "fault", f"{now}\0{role}", f"runs of role {quoted(role)}: {now}"


def _issued(event: Json, _state: RunState) -> Said:
    said = f"{event['verb']} by {event['by']}: {event['reason']}"
    return said, "text", f"issued\0{event['order']}", f"runs: {said}"


def _after(event: Json) -> str:
    return f"{event['ms']:.0f} ms after the order"


def _confirmed(event: Json, state: RunState) -> Said:
    if unbegun(state):
        order, role = event["order"], state.role.raw
        said = f"never began: {shorten(order)} stopped it before its first call"
        many = f"runs of role {quoted(role)} never began: {shorten(order)} stopped them"
        return said, "still", f"unbegun\0{order}\0{role}", many
    said = f"confirmed stopped {_after(event)}"
    return said, "still", f"confirmed\0{event['order']}", f"runs confirmed stopped, the last {_after(event)}"


def _drained(event: Json, _state: RunState) -> Said:
    said = f"paused and drained {_after(event)}"
    return said, "held", f"drained\0{event['order']}", f"runs paused and drained, the last {_after(event)}"


def _presumed(event: Json, state: RunState) -> Said:
    # The run's own sentence and no reason of ours: every gate may have answered while a call of one hangs.
    said = f"{event['ms'] / 1000:.1f} s after the order {phrase(state)}"
    return said, "alarm", f"presumed\0{event['order']}", "runs presumed stopped: not confirmed by every gate"


def _lost(event: Json, state: RunState) -> Said:
    role = state.role.raw
    return (
        f"lost: {event['why']}",
        "fault",
        f"LOST\0{role}",
        f"runs of role {quoted(role)}: LOST, {event['why']}",
    )


def _unknown(event: Json, state: RunState) -> Said:
    role, tool = state.role.raw, event["tool"]
    said = f"outcome unknown: {tool}, {event['why']}"
    return (
        said,
        "fault",
        f"UNKNOWN\0{role}\0{tool}",
        f"calls of {quoted(tool)} by role {quoted(role)}: outcome unknown",
    )


def _back(_event: Json, state: RunState) -> Said:
    role = state.role.raw
    return (
        "a gate of this lost run is back",
        "text",
        f"back\0{role}",
        f"lost runs of role {quoted(role)} are back",
    )


def _asks(event: Json, state: RunState) -> Said:
    role, tool, cls = state.role.raw, event["tool"], event["cls"]
    people = "a person" if event.get("needs", 1) < 2 else f"{event['needs']} people"
    # The name comes last: it is an agent's, and however long it is, the key to press stays in sight.
    said = f"{'DANGER ' if cls == 'danger' else ''}asks {people}, A opens its card: {tool}"
    many = f"calls of {quoted(tool)} by role {quoted(role)} ask {people}; 2 lists them"
    return said, "alarm" if cls == "danger" else "held", f"asks\0{role}\0{tool}", many


NOTES: dict[str, Callable[[Json, RunState], Said]] = {
    "order.issued": _issued,
    "stop.confirmed": _confirmed,
    "stop.presumed": _presumed,
    "drained": _drained,
    "run.lost": _lost,
    "run.back": _back,
    "outcome.unknown": _unknown,
    "escalation.opened": _asks,
}
"""What is said of an event: the text, its tone, the key under which several become one line, and what is said then."""
