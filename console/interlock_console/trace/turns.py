"""The context at one decision, as far as it is recorded and here: what to show of it now, and what to ask for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interlock.text import Untrusted
from interlock_console.trace.blocks import size_word
from interlock_console.trace.bodies import Fetched
from interlock_console.trace.context import Given, given, messages
from interlock_console.trace.fold import Row
from interlock_console.trace.paper import Block
from interlock_console.trace.window import Window

__all__ = ["DECISIONS", "Comparison", "Plan", "plan"]

Json = dict[str, Any]

DECISIONS = ("model", "context")
"""Kinds of rows that may carry what the model was given."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two contexts that are here in full: ``before`` is the one of the turn that ``against`` names."""

    before: str
    after: str
    against: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to show now, or what to compare; and what is missing for it."""

    blocks: tuple[Block, ...] = ()
    compare: Comparison | None = None
    digests: tuple[str, ...] = ()
    full: tuple[int, ...] = ()
    """Events the feed had shortened, to be asked for in full."""
    earlier: bool = False
    """Whether the turn before the window is needed."""


def plan(row: Row, window: Window, bodies: Mapping[str, Fetched], earlier: Mapping[int, Json | None]) -> Plan:
    """Return what is to be done for the context of this row."""
    if row.kind not in DECISIONS:
        return _says("this is no model turn: { and } go to one, d shows its text again")
    snapshots = _snapshots(window)
    own = _of(row, snapshots)
    if own.body is None:
        return _says("context not recorded: the agent reported no messages for this turn")
    text, why = _text(own, bodies)
    if text is None or own.cut:
        return _waits(
            row, own, f"the context of this turn: {why or 'shortened by the feed, asking for all of it'}"
        )
    before, skipped = _before(row, window, snapshots)
    if before is None:
        return _first(text, window, bodies, earlier, skipped)
    return _against(text, before, _of(before, snapshots), bodies, skipped)


def _against(text: str, before: Row, other: Given, bodies: Mapping[str, Fetched], skipped: int) -> Plan:
    old, why = _text(other, bodies)
    if old is None or other.cut:
        said = why or "shortened by the feed, asking for all of it"
        return _waits(before, other, f"the context of the turn before, event {before.n}: {said}")
    return Plan(compare=Comparison(old, text, f"the turn at event {before.n}{_skipped(skipped)}"))


def _first(
    text: str,
    window: Window,
    bodies: Mapping[str, Fetched],
    earlier: Mapping[int, Json | None],
    skipped: int,
) -> Plan:
    """Return the plan for a turn before which no recorded context is loaded."""
    if window.at_start:
        return _whole(text, f"the first one that is recorded in this run{_skipped(skipped)}")
    if window.first not in earlier:
        return Plan(blocks=_said("asking the hub for the turn before"), earlier=True)
    item = earlier[window.first]
    if item is None:
        return _whole(text, "no model call came before it in this run")
    other = Given(item["e"]["event"].get("messages"))
    if other.body is None:
        return _whole(text, f"the context of the turn before, event {item['n']}, is not recorded")
    return _against(text, Row(item["n"], 0.0, "model", [item]), other, bodies, skipped)


def _of(row: Row, snapshots: Mapping[str, Json]) -> Given:
    if row.kind == "context":
        item = row.items[-1]
        return Given(item["e"]["event"].get("messages"), bool(item.get("cut")))
    return given(row, snapshots)


def _snapshots(window: Window) -> dict[str, Json]:
    """Return the snapshots that name a call, by it."""
    found: dict[str, Json] = {}
    for item in window.items.values():
        event = item["e"]["event"]
        if event["kind"] == "context.snapshot" and event.get("call"):
            found[event["call"]] = item
    return found


def _before(row: Row, window: Window, snapshots: Mapping[str, Json]) -> tuple[Row | None, int]:
    """Return the nearest decision before this one whose context is recorded, and how many without were passed over."""
    skipped = 0
    for n in reversed(window.trace.rows):
        other = window.trace.rows[n]
        if n >= row.n or other.kind not in DECISIONS or _same_call(other, row, snapshots):
            continue
        if _of(other, snapshots).body is not None:
            return other, skipped
        skipped += 1
    return None, skipped


def _same_call(one: Row, other: Row, snapshots: Mapping[str, Json]) -> bool:
    """Whether one of them is the snapshot of the other's own call."""
    for snapshot, turn in ((one, other), (other, one)):
        if snapshot.kind == "context" and turn.call and snapshots.get(turn.call) in snapshot.items:
            return True
    return False


def _text(context: Given, bodies: Mapping[str, Fetched]) -> tuple[str | None, str]:
    if not context.digest:
        return str(context.body), ""
    got = bodies.get(context.digest)
    if got is None:
        return None, "asking the hub for it"
    if got.text is None or got.problem:
        return None, got.problem
    if not got.whole:
        return None, f"{size_word(len(got.text))} of {size_word(got.total)} characters here"
    return got.text, ""


def _skipped(count: int) -> str:
    return f" ({count} turns between have no recorded context)" if count else ""


def _waits(row: Row, context: Given, said: str) -> Plan:
    full = tuple(item["n"] for item in row.items if item.get("cut")) if context.cut else ()
    return Plan(blocks=_said(said), digests=(context.digest,) if context.digest else (), full=full)


def _whole(text: str, why: str) -> Plan:
    blocks = [Block("context, whole", Untrusted(""), note=why)]
    blocks += [Block(f"[{who}]", Untrusted(what)) for who, what in messages(text)]
    return Plan(blocks=tuple(blocks))


def _says(text: str) -> Plan:
    return Plan(blocks=_said(text))


def _said(text: str) -> tuple[Block, ...]:
    return (Block("context", Untrusted(text), "held"),)
