"""What the load is made of: the events of one tool call, 1 KB each on average, as bytes ready to send."""

from __future__ import annotations

import json
from typing import Any

from interlock import ids

FILL = "The parcel never arrived; the policy allows a refund up to the amount paid. "
BATCH_S = 0.02
"""A gate sends at most this long after an event: the first event of a batch waits for it, the last does not."""


def _text(size: int) -> str:
    return (FILL * (size // len(FILL) + 1))[:size]


def _call(call: str) -> list[dict[str, Any]]:
    args = json.dumps({"order_id": "A-1009", "note": _text(1270)})
    return [
        {"kind": "reasoning", "text": _text(1340)},
        {"kind": "tool.proposed", "call": call, "tool": "lookup_order", "cls": "read", "args": args},
        {"kind": "gate.decided", "call": call, "verdict": "allow", "rule": "class read"},
        {"kind": "tool.started", "call": call},
        {"kind": "tool.finished", "call": call, "outcome": "done", "result": _text(1300), "ms": 3.1},
    ]


class Script:
    """One run's events, one tool call after another. ``frames`` tells how they leave the gate."""

    CALL = 5

    def __init__(self, run: str) -> None:
        self.run, self.seq, self._calls = run, 1, 0
        self.stored = 1
        """The last ``seq`` that the hub said to have on disk."""
        self._trace, self._span = ids.new_trace(), ids.new_span()
        # Encoded once; a percent sign stands for itself nowhere in these texts.
        self._templates = [self._template(event) for event in _call("c%d")]

    def _envelope(self, event: dict[str, Any], seq: int, at: float) -> dict[str, Any]:
        place = {"v": 1, "run": self.run, "seq": seq, "at": at}
        return {**place, "trace": self._trace, "span": self._span, "event": event}

    def _template(self, event: dict[str, Any]) -> bytes:
        text = json.dumps(self._envelope(event, -1, -2.0), separators=(",", ":"))
        return text.replace('"seq":-1', '"seq":%d').replace('"at":-2.0', '"at":%.6f').encode()

    def first(self, at: float, **more: Any) -> dict[str, Any]:
        """Return the envelope of ``run.started`` for an ``open`` frame."""
        event = {"kind": "run.started", "agent": "bench", "role": "load", "goal": _text(200), **more}
        return self._envelope(event, 1, at)

    def event(self, at: float) -> bytes:
        """Return the next event, emitted at ``at`` (Unix seconds)."""
        which = (self.seq - 1) % self.CALL
        self._calls += which == 0
        self.seq += 1
        template = self._templates[which]
        return template % ((self.seq, at, self._calls) if which else (self.seq, at))

    def batch(self, size: int, now: float) -> bytes:
        """Return a frame of ``size`` events sent ``now``, emitted evenly over the batch's waiting time."""
        waits = (BATCH_S * (1 - (i + 1) / size) for i in range(size)) if size > 1 else (0.0,)
        events = b",".join(self.event(now - wait) for wait in waits)
        return b'{"kind":"events","batch":[' + events + b"]}"
