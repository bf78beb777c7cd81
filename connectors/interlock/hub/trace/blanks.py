"""What stays of an event and of a run's state once its texts are erased: names, ids, verdicts, figures, no free text.

Told by what may stay, never by what must go: a field that a newer peer added is dropped whole. Pure.
"""

import re
from hashlib import sha256
from typing import Any, cast

from interlock import ids
from interlock.events import EVENTS, Envelope
from interlock.runs import RunState
from interlock.text import Untrusted

__all__ = ["ERASED_MARK", "blank_event", "blank_state", "marker"]

Json = dict[str, Any]

ERASED_MARK = "[erased "
"""How every marker begins."""
_FIELDS = {str(model.model_fields["kind"].default): frozenset(model.model_fields) for model in EVENTS}
_ENVELOPE = frozenset(Envelope.model_fields) - {"event"}
_KEPT = frozenset(
    (
        "kind", "call", "parent_call", "first", "agent", "role", "author", "by", "taken_from", "edited_by", "host",
        "tool", "cls", "endpoint", "model", "asked", "served", "mode", "connector", "parent", "run", "verdict", "rule",
        "bound", "would", "policy", "level", "permit", "permits", "digest", "escalation", "order", "verb", "gate",
        "inherited_from", "claim", "outcome", "state", "plan", "how", "cause",
    )
)  # fmt: skip
"""Fields of known kinds that hold a name, an id, or a word of a fixed set."""
_INNER = {
    "findings": frozenset(("verdict", "rule", "source", "offset")),
    "in_flight": frozenset(("call", "tool", "cls", "ms", "permit")),
}
"""What stays of the objects in these lists."""
_HUB_WHY = frozenset(("run.lost", "gate.left", "outcome.unknown"))
"""Kinds whose ``why`` is a sentence of the hub's own."""
_STATE = ("goal", "success", "said", "last_note")
_SHA256 = re.compile(ids.SHA256)
_CALL = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")


def marker(erasure: str) -> str:
    """Return what stands where a text was."""
    return f"{ERASED_MARK}{erasure}]"


def blank_event(envelope: Json, mark: str) -> Json:
    """Return a stored envelope without its free texts; long ones stay named by their digests."""
    event: Json = envelope["event"]
    kind = event["kind"]
    known = _FIELDS.get(kind)
    if known is None:
        kept = {"kind": kind}
        if isinstance(call := event.get("call"), str) and _CALL.match(call):
            kept["call"] = call
    else:
        kept = {name: _field(kind, name, value, mark) for name, value in event.items() if name in known}
        args = event.get("args")
        if kind == "tool.proposed" and not event.get("digest") and isinstance(args, str):
            # Calls with other arguments stay other calls for whoever counts repeated ones.
            kept["digest"] = _digest(args)
    return {**{name: value for name, value in envelope.items() if name in _ENVELOPE}, "event": kept}


def _field(kind: str, name: str, value: Any, mark: str) -> Any:
    if name in _KEPT or (name == "why" and kind in _HUB_WHY):
        return value
    if name == "labels":
        return dict.fromkeys(value, mark)
    if name in _INNER:
        stays = _INNER[name]
        return [_inner(each, stays) for each in value]
    return _blank(value, mark)


def _inner(fields: Json, stays: frozenset[str]) -> Json:
    return {name: value for name, value in fields.items() if name in stays}


def _blank(value: Any, mark: str) -> Any:
    """Return a text as a marker, each text of a list, and of a reference the names of what it refers to."""
    if isinstance(value, str):
        return mark if value else ""
    if isinstance(value, list):
        return [_blank(each, mark) for each in cast("list[object]", value)]
    if isinstance(value, dict):
        return _ref(cast("Json", value), mark)
    return value


def _ref(value: Json, mark: str) -> Any:
    names = value.get("chunks")
    listed = cast("list[object]", names) if isinstance(names, list) else []
    named = [value.get("sha256"), *listed]
    if len(named) > 1 and all(isinstance(each, str) and _SHA256.match(each) for each in named):
        return {"sha256": named[0], "size": value.get("size", 0), "chunks": listed, "head": mark}
    return mark


def blank_state(state: RunState, mark: str) -> None:
    """Take the free texts out of a run's state. Whoever was handed it before must not be changing it meanwhile."""
    for name in _STATE:
        if getattr(state, name).raw:
            setattr(state, name, Untrusted(mark))
    state.labels = dict.fromkeys(state.labels, Untrusted(mark))
    tool, between, exact = state.signature.rpartition("\0")
    if between and not _SHA256.match(exact):
        # As the event has it from now on: see above.
        state.signature = f"{tool}\0{_digest(exact)}"


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
