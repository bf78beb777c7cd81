"""What is too much, in one place: sizes, depths and waiting times, and the check of decoded JSON against them."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from interlock.wire import FRAME_MAX, WINDOW_BYTES, WINDOW_EVENTS

__all__ = [
    "BEATS",
    "BEATS_PER_S",
    "BODY_MAX",
    "BODY_SECONDS",
    "BUFFER_MAX",
    "DEPTH_MAX",
    "FRAGMENTS_MAX",
    "FRAME_MAX",
    "GATES_BURST",
    "GATES_PER_S",
    "GATES_WAITING",
    "HEAD_MAX",
    "HEAD_SECONDS",
    "IDLE_SECONDS",
    "KEYS_MAX",
    "OVERRUN_BYTES",
    "OVERRUN_EVENTS",
    "SHARE",
    "UNSTORED_MAX",
    "excess",
]

HEAD_MAX = 32 * 1024
"""Bytes of a request's first line and headers."""
BODY_MAX = 1024 * 1024
"""Bytes of a request's body."""
DEPTH_MAX = 64
KEYS_MAX = 10_000
"""Members of all objects and arrays of one document together."""
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
"""For the body to arrive whole, and for an answer to be taken once the peer's buffers are full."""
IDLE_SECONDS = 60
BEATS = 20
BEATS_PER_S = 4.0
"""Heartbeats of one connection that are answered: so many at once, and so many in a second from then on. Each costs the
hub a look at all of the gate's runs; the rest are passed over, which only keeps leases back."""
GATES_BURST = 10
GATES_PER_S = 90.0
"""Gates that are let in at once, and in a second from then on: together 100 in any second (invariant D6)."""
GATES_WAITING = 600
"""Gates that wait for that, 6.7 s the last of them; further ones are told when to come again. A gate waits longer than
that before it gives up (:mod:`interlock.link.session`), or none behind the first would ever come in."""
FRAGMENTS_MAX = 1024
"""Fragments of one WebSocket message; an empty one costs the sender six bytes and the hub an object."""
BUFFER_MAX = 4 * 1024 * 1024
"""Bytes written to an agent's socket that its process has not taken; more closes the connection."""
OVERRUN_EVENTS = 2 * WINDOW_EVENTS
OVERRUN_BYTES = 2 * WINDOW_BYTES
UNSTORED_MAX = 24 * 1024 * 1024
"""Bytes of telemetry of all gates that are not on disk yet. Past it the gate with most of them is closed: it
comes back and sends what is missing, while the others, and every order, go on."""
SHARE = 128 * 1024
"""Bytes of unstored telemetry up to which a gate is never closed for what all of them sent together."""


def excess(value: Any) -> str:
    """Return in what way a decoded JSON document is too deep or too large, or nothing."""
    seen = 0
    level: list[Any] = [value]
    for _ in range(DEPTH_MAX):
        below: list[Any] = []
        for each in level:
            members = _members(each)
            seen += len(members)
            below += [member for member in members if type(member) is dict or type(member) is list]
            if seen > KEYS_MAX:
                return f"larger than {KEYS_MAX} members"
        if not below:
            return ""
        level = below
    return f"nested deeper than {DEPTH_MAX}"


def _members(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()
