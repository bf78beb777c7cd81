"""Turns what an agent reported into an envelope's bytes: secrets out, long texts by reference. Link thread only."""

from typing import Any, NamedTuple

import orjson

from interlock import canonical, ids
from interlock.link.bodies import Piece, cut, fits
from interlock.link.member import Member
from interlock.redact import Redactor
from interlock.text import encodable

__all__ = ["SHED_ABOVE", "Item", "Scribe", "read_started"]

Json = dict[str, Any]

SHED_ABOVE = 512
"""Characters of a text that may stay in its event under back pressure; the rest is sent last."""

_BODIES = frozenset(
    [
        "goal",
        "output",
        "error",
        "messages",
        "text",
        "result",
        "args",
        "reason",
        "success",
        "value",
        "endpoint",
    ]
)
_WHOLE = frozenset(["reason", "success", "value", "endpoint"])
"""Texts that are always short, and never travel by reference."""
_BULK = frozenset(["reasoning", "message", "context.snapshot"])
_ENDS = frozenset(["tool.finished", "model.finished"])


class Item(NamedTuple):
    """One report of the agent. ``call`` names the span it belongs to; bytes in ``args`` are a JSON snapshot."""

    member: Member
    at: float
    call: str | None
    recorded: int | None
    event: Json


def read_started(event: Json) -> tuple[Json, ...]:
    """Return the three events of a read that passed the gate; its fast path reports them as one."""
    call = event["call"]
    return (
        {
            "kind": "tool.proposed",
            "call": call,
            "tool": event["tool"],
            "cls": "read",
            "args": event["args"],
            "digest": None,
        },
        {
            "kind": "gate.decided",
            "call": call,
            "verdict": "allow",
            "rule": event.get("rule") or "class read",
            "waited_ms": 0.0,
        },
        {"kind": "tool.started", "call": call},
    )


class Scribe:
    """Writes envelopes. ``redactor`` comes with the hub's welcome."""

    def __init__(self) -> None:
        self.redactor: Redactor | None = None
        self._spans: dict[tuple[str, str], str] = {}

    def write(self, item: Item, seq: int, *, pressed: bool) -> tuple[bytes, list[Piece]]:
        """Return the envelope's JSON, and the pieces of the texts in it that travel by reference.

        ``pressed``: the hub takes less than comes, so that texts of thoughts travel by reference early.
        """
        member, event = item.member, item.event
        pieces = self.texts(event, pressed=pressed and event["kind"] in _BULK)
        envelope: Json = {"v": 1, "run": member.run, "seq": seq, "at": item.at, "trace": member.trace}
        if item.call is None:
            envelope["span"] = member.span
            if member.parent_span is not None:
                envelope["parent"] = member.parent_span
        else:
            envelope["span"] = self._span(member.run, item.call, ends=event["kind"] in _ENDS)
            envelope["parent"] = member.span
        if item.recorded is not None:
            envelope["recorded"] = item.recorded
        envelope["event"] = event
        return orjson.dumps(envelope), pieces

    def _span(self, run: str, call: str, *, ends: bool) -> str:
        key = (run, call)
        if ends:
            return self._spans.get(key) or ids.new_span()
        span = self._spans.get(key)
        if span is None:
            span = self._spans[key] = ids.new_span()
            if len(self._spans) > 4096:
                self._spans.pop(next(iter(self._spans)))
        return span

    def texts(self, event: Json, *, pressed: bool = False) -> list[Piece]:
        """Clean the event's texts in place, and put references where they are too long; return the pieces."""
        if "digest" in event and event["digest"] is None:
            event["args"] = canonical.encode(event["tool"], orjson.loads(event["args"]))
            event["digest"] = canonical.digest(event["tool"], event["args"])
        found: list[Piece] = []
        for key in [key for key in event if key in _BODIES]:
            text = event[key]
            if not isinstance(text, str):
                continue
            clean = self.clean(text, args=key == "args")
            if key not in _WHOLE and (not fits(clean) or (pressed and len(clean) > SHED_ABOVE)):
                event[key], pieces = cut(clean)
                found += pieces
            else:
                event[key] = clean
        return found

    def clean(self, text: str, *, args: bool = False) -> str:
        """Return the text as it may leave the process."""
        text = encodable(text)
        if self.redactor is None:
            return text
        return self.redactor.args(text) if args else self.redactor.text(text)
