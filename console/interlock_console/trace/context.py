"""What a model was given at a turn, as the difference to the turn before: message by message, then line by line. Pure.

Nothing is guessed. A context that no event carries is *not recorded*; one whose text is late or shortened says so. A
message that is gone is shown as gone: what an agent no longer sees explains more than what it does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, cast

from interlock.text import Untrusted
from interlock_console.trace.fold import Row
from interlock_console.trace.paper import Block

__all__ = ["Change", "Given", "changes", "given", "messages", "told"]

Json = dict[str, Any]

_LINES = 4000
"""Lines of one message up to which it is compared line by line; longer ones are shown whole, as gone and as new."""
_MATCHED = 1500
"""Messages that differ up to which they are matched with each other; more are all shown as gone and as new."""


@dataclass(frozen=True, slots=True)
class Given:
    """The context of one turn: its ``body`` as the event has it (text, a reference, or None), and whether it is cut."""

    body: Any
    cut: bool = False

    @property
    def digest(self) -> str:
        """The digest of a context kept by reference."""
        return str(cast("Json", self.body)["sha256"]) if isinstance(self.body, dict) else ""


@dataclass(frozen=True, slots=True)
class Change:
    """One message that is ``new``, ``gone`` or ``changed``; ``lines`` are (sign, text) with the signs + - and blank."""

    what: str
    who: str
    lines: tuple[tuple[str, str], ...]


def given(row: Row, snapshots: Mapping[str, Json]) -> Given:
    """Return the context of a model turn: its own, else the snapshot that names its call, else none."""
    for item in row.items:
        event = item["e"]["event"]
        if event["kind"] == "model.started" and event.get("messages") is not None:
            return Given(event["messages"], bool(item.get("cut")))
    named = snapshots.get(row.call)
    return Given(None) if named is None else Given(named["e"]["event"]["messages"], bool(named.get("cut")))


def messages(text: str) -> list[tuple[str, str]]:
    """Return a context as (who, what) messages; a text that is no list of messages is one message of nobody."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return [("context", text)]
    if not isinstance(value, list):
        return [("context", text)]
    return [_message(message) for message in cast("list[object]", value)]


def _message(value: object) -> tuple[str, str]:
    if not isinstance(value, dict):
        return "", value if isinstance(value, str) else _json(value)
    message = dict(cast("Json", value))
    who, content = str(message.pop("role", "")), message.pop("content", "")
    said = content if isinstance(content, str) else _json(content)
    return who, f"{said}\n{_json(message)}" if message else said


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def changes(before: str, after: str) -> tuple[list[Change], int]:
    """Return what differs between two contexts, in the order of the newer one, and how many messages are the same."""
    old, new = messages(before), messages(after)
    found: list[Change] = []
    same = 0
    for what, first, last, start, stop in _matched(old, new):
        if what == "equal":
            same += last - first
            continue
        pairs = min(last - first, stop - start) if what == "replace" else 0
        for step in range(pairs):
            found += _changed(old[first + step], new[start + step])
        found += [_whole("gone", message) for message in old[first + pairs : last]]
        found += [_whole("new", message) for message in new[start + pairs : stop]]
    return found, same


def _matched(old: Sequence[object], new: Sequence[object]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield what difflib does, over what is left between the same beginning and the same end."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    tail = next((at for at in range(most - head) if old[-1 - at] != new[-1 - at]), most - head)
    if head:
        yield "equal", 0, head, 0, head
    first, last = old[head : len(old) - tail], new[head : len(new) - tail]
    if first and last and max(len(first), len(last)) > _MATCHED:
        yield "delete", head, len(old) - tail, head, head
        yield "insert", len(old) - tail, len(old) - tail, head, len(new) - tail
    elif first or last:
        for what, one, two, three, four in SequenceMatcher(None, first, last, autojunk=False).get_opcodes():
            yield what, head + one, head + two, head + three, head + four
    if tail:
        yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def _whole(what: str, message: tuple[str, str]) -> Change:
    sign = "-" if what == "gone" else "+"
    return Change(what, message[0], tuple((sign, line) for line in message[1].split("\n")))


def _changed(old: tuple[str, str], new: tuple[str, str]) -> list[Change]:
    first, last = old[1].split("\n"), new[1].split("\n")
    if old[0] != new[0] or max(len(first), len(last)) > _LINES or not _alike(first, last):
        return [_whole("gone", old), _whole("new", new)]
    lines: list[tuple[str, str]] = []
    for what, one, two, three, four in _matched(first, last):
        if what == "equal":
            lines += _quiet(first[one:two])
        else:
            lines += [("-", line) for line in first[one:two]]
            lines += [("+", line) for line in last[three:four]]
    return [Change("changed", new[0], tuple(lines))]


def _alike(first: Sequence[str], last: Sequence[str]) -> bool:
    """Whether two messages are one that was edited: they share a line that is not empty."""
    return any(line.strip() for line in set(first) & set(last))


def _quiet(lines: Sequence[str]) -> list[tuple[str, str]]:
    if len(lines) <= 3:
        return [(" ", line) for line in lines]
    return [(" ", lines[0]), (" ", f"({len(lines) - 2} lines are the same)"), (" ", lines[-1])]


_TONES = {"+": "live", "-": "fault", " ": "dim"}


def told(found: Sequence[Change], same: int, against: str) -> list[Block]:
    """Return the difference as blocks to read; ``against`` says to what."""
    counts = {what: sum(change.what == what for change in found) for what in ("new", "gone", "changed")}
    parts = [f"{count} {what}" for what, count in counts.items() if count]
    head = ", ".join(parts) or "nothing changed"
    blocks = [Block(f"context against {against}", Untrusted(f"messages: {head}, {same} the same"))]
    for change in found:
        blocks.append(
            Block(f"{_SIGNS[change.what]} message {change.what}", Untrusted(f"[{change.who}]"), "head")
        )
        blocks += _runs(change.lines)
    return blocks


_SIGNS = {"new": "+", "gone": "-", "changed": "~"}


def _runs(lines: Sequence[tuple[str, str]]) -> Iterator[Block]:
    """Yield neighbouring lines of one sign as one block, the sign before each line."""
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or lines[at][0] != lines[start][0]:
            sign = lines[start][0]
            text = "\n".join(f"{sign} {line}" for _, line in lines[start:at])
            yield Block("", Untrusted(text), _TONES[sign], tight=True)
            start = at
