"""What the list and the pane say of an entry: columns, and every field of it with what vouches for it. Pure."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.text import Untrusted, visible_line
from interlock_console.record.proving import Proving
from interlock_console.trace.paper import Block

__all__ = ["EFFECTS", "blocks", "effect", "outcome", "stamp", "who"]

Json = dict[str, Any]

EFFECTS = ("permit", "outcome", "outcome.unknown", "permit.void")
"""Kinds of entries that are about one effect."""
_NAMES = ("who", "what", "why", "verdict", "outcome", "tool", "run", "permit", "order", "digest")
_LABEL = 12
_TONES = {"unknown": "fault", "failed": "fault", "deny": "fault", "ask": "held"}


def effect(entry: Json | None) -> str:
    """Return the permit of the effect an entry is about, empty where it is about none."""
    return str(entry["permit"]) if entry is not None and entry["kind"] in EFFECTS else ""


def who(entry: Json, runs: Mapping[str, RunState]) -> str:
    """Return who did it; a gate is called by the agent in it where the feed knows that."""
    name = str(entry["who"])
    state = runs.get(entry["run"]) if name.startswith("g-") else None
    return state.agent.raw if state is not None and state.agent.raw else shorten(name)


def outcome(entry: Json) -> tuple[str, str]:
    """Return what came of it, or what was decided, and its tone."""
    said = str(entry["outcome"] or entry["verdict"])
    return said, _TONES.get(said, "text")


def stamp(at: float, now: float) -> str:
    """Return the time of day of an entry of the last half day, else its date and time; eleven characters at most."""
    recent = abs(now - at) < 43_200
    return time.strftime("%H:%M:%S" if recent else "%m-%d %H:%M", time.localtime(at))


def blocks(entry: Json, full: Json | None, proof: Proving, runs: Mapping[str, RunState]) -> Sequence[Block]:
    """Return every field of an entry, its place in the chain, what covers it, and its body."""
    return [*_head(entry, runs), *_place(entry, full, proof), *_body(entry["body"])]


def _line(label: str, text: object, tone: str = "text", *, tight: bool = True) -> Block:
    return Block("", Untrusted(str(text)), tone, lead=f"{label:<{_LABEL}}", tight=tight)


def _head(entry: Json, runs: Mapping[str, RunState]) -> Iterator[Block]:
    at = float(entry["at"])
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    yield _line("at", f"{when}.{int(at % 1 * 1e6):06d}, by the hub's wall clock")
    for name in _NAMES:
        value = str(entry.get(name) or "")
        if name == "run" and value in runs:
            state = runs[value]
            value = f"{value}  agent {state.agent.raw}, role {state.role.raw}"
        if value:
            tone = _TONES.get(value, "text") if name in ("verdict", "outcome") else "text"
            yield _line(name, value, "head" if name == "what" else tone)


def _place(entry: Json, full: Json | None, proof: Proving) -> Iterator[Block]:
    yield _line("hash", entry["hash"], tight=False)
    yield _line("prev", entry["prev"])
    yield _line("chain", *_judged(entry["n"], proof))
    if full is None:
        yield _line("checkpoint", "asking the hub what covers it", "dim")
        return
    point = full["checkpoint"]
    last = full["position"]["last"]
    yield _line("place", f"entry {entry['n']:,} of {last:,}")
    if point is None:
        yield _line("checkpoint", "none signed covers it yet", "held")
        return
    yield _line(
        "checkpoint",
        f"entry {point['n']:,} was signed, epoch {point['epoch']}, and this is before it or is it",
    )
    yield _line("signed by", point["key"])


def _judged(n: int, proof: Proving) -> tuple[str, str]:
    if proof.bad and n >= proof.bad:
        return f"BROKEN at entry {proof.bad:,}: {proof.problem}", "alarm"
    if n <= proof.n:
        return "checked at this console, with every entry before it", "live"
    return "not checked at this console yet: v checks it", "held"


def _body(body: Json) -> Iterator[Block]:
    for name, value in body.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        first = name == next(iter(body))
        yield Block("", Untrusted(text), lead=f"  {visible_line(name, 24):<{_LABEL}} ", tight=not first)
