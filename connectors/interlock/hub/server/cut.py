"""Shorten an event for the feed: a console's list needs the beginning of a text, the run's page has it all."""

from collections.abc import Sequence
from typing import Any, cast

import orjson

from interlock.events import EVENTS

__all__ = ["BODY_SHOWN", "ITEM_MAX", "encode_item", "shorten"]

Json = dict[str, Any]

BODY_SHOWN = 2000
"""Characters of one text that travel in the feed."""
ITEM_MAX = 64 * 1024
"""Bytes of one encoded item; whatever is still longer after shortening keeps little more than its own fields."""
FIELDS_KEPT = 16
"""Fields of an event of unknown kind, labels, and entries of a list that are left in an item that is too long."""
TEXT_KEPT = 300
"""Characters of each text in such an item."""

_OWN = {str(model.model_fields["kind"].default): frozenset(model.model_fields) for model in EVENTS}
_REF = ("sha256", "size", "chunks", "head")


def encode_item(item: Json) -> bytes:
    """Return ``{"pos", "n", "e"}`` as JSON, with ``cut: true`` where something of the event was left out."""
    envelope = item["e"]
    event = shorten(envelope["event"])
    if event is envelope["event"]:
        encoded = _encoded({"pos": item["pos"], "n": item["n"], "e": envelope})
        if len(encoded) <= ITEM_MAX:
            return encoded
    short: Json = {"pos": item["pos"], "n": item["n"], "e": {**envelope, "event": event}, "cut": True}
    encoded = _encoded(short)
    if len(encoded) <= ITEM_MAX:
        return encoded
    known = {key: envelope[key] for key in ("v", "run", "seq", "at", "trace", "span")}
    return _encoded({**short, "e": {**known, "event": _few(event)}})


def _encoded(item: Json) -> bytes:
    """Return JSON of its own length: what orjson returns keeps several times the room, and the ring keeps these."""
    return bytes(memoryview(orjson.dumps(item)))


def _few(event: Json) -> Json:
    """Return an event that surely fits, with every field of its kind: a console folds what is in its feed.

    What an agent added goes first. Of a kind nobody knows only the first plain fields are left.
    """
    own = _OWN.get(event["kind"])
    if own is not None:
        return {key: _small(value) for key, value in event.items() if key in own}
    plain = {
        key: _small(value)
        for key, value in event.items()
        if not isinstance(value, dict | list) and len(key) <= 128 and key != "kind"
    }
    return {"kind": event["kind"], **dict(list(plain.items())[:FIELDS_KEPT])}


def _small(value: Any) -> Any:
    if isinstance(value, str):
        return value[:TEXT_KEPT]
    if isinstance(value, list):
        return cast("Sequence[Any]", value)[:FIELDS_KEPT]
    if not isinstance(value, dict):
        return value
    fields = cast("Json", value)
    if "sha256" in fields:
        return {key: fields[key] for key in _REF if key in fields}
    texts = [(key[:100], text[:200]) for key, text in fields.items() if isinstance(text, str)]
    return dict(texts[:FIELDS_KEPT])


def shorten(value: Any) -> Any:
    """Return JSON with every long text cut to BODY_SHOWN characters; the very same object when nothing was.

    A reference to a long body keeps its digest, size and head, and the first of its pieces.
    """
    if type(value) is str:
        return value[:BODY_SHOWN] if len(value) > BODY_SHOWN else value
    if isinstance(value, dict):
        return _shorten_members(cast("Json", value))
    if isinstance(value, list):
        before = cast("Sequence[Any]", value)
        after: Any = [shorten(each) for each in before]
        return after if any(a is not b for a, b in zip(after, before, strict=True)) else cast("Any", before)
    return value


def _shorten_members(value: Json) -> Json:
    changed: Json | None = None
    for key, inner in value.items():
        if type(inner) is str:
            if len(inner) <= BODY_SHOWN:
                continue
            short: Any = inner[:BODY_SHOWN]
        elif key == "chunks" and "sha256" in value and isinstance(inner, list):
            pieces = cast("Sequence[Any]", inner)
            short = pieces if len(pieces) == 1 else pieces[:1]
        else:
            short = shorten(inner)
        if short is not inner:
            changed = {**value} if changed is None else changed
            changed[key] = short
    return value if changed is None else changed
