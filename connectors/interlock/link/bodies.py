"""Long texts: what travels inside its event, and how the rest is cut into pieces named by their digest. Pure."""

import hashlib
from typing import Any, NamedTuple

import orjson

from interlock.model import BODY_INLINE

__all__ = ["INLINE_ESCAPED", "LONGEST", "Piece", "cut", "fits"]

INLINE_ESCAPED = 96 * 1024
"""Bytes an inline text may take once JSON has escaped it, so that an event of two texts fits into a frame."""
LONGEST = 64 * 1024 * 1024
"""Characters of one text that are kept; what is longer loses its end, and says so."""

_ESCAPED_MAX = 200 * 1024
_HEAD = 400


class Piece(NamedTuple):
    """One chunk: its text, and the SHA-256 of it in hex."""

    sha256: str
    data: str


def fits(text: str) -> bool:
    """Tell whether the text travels inside its event."""
    if len(text) * 6 <= BODY_INLINE:
        return True
    return len(text) <= BODY_INLINE and len(text.encode()) <= BODY_INLINE and _escaped(text) <= INLINE_ESCAPED


def cut(text: str) -> tuple[dict[str, Any], list[Piece]]:
    """Return a body reference, as plain JSON, and the pieces it names, cut between characters."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n[interlock: {len(text) - LONGEST} more characters were not kept]"
    raw = text.encode()
    pieces: list[Piece] = []
    start = 0
    while start < len(raw):
        data = _slice(raw, start, BODY_INLINE)
        if _escaped(data) > _ESCAPED_MAX:
            data = _slice(raw, start, BODY_INLINE // 2)
        encoded = data.encode()
        pieces.append(Piece(hashlib.sha256(encoded).hexdigest(), data))
        start += len(encoded)
    ref = {
        "sha256": hashlib.sha256(raw).hexdigest(),
        "size": len(raw),
        "chunks": [piece.sha256 for piece in pieces],
        "head": text[:_HEAD],
    }
    return ref, pieces


def _slice(raw: bytes, start: int, size: int) -> str:
    end = min(start + size, len(raw))
    while end < len(raw) and raw[end] & 0xC0 == 0x80:
        end -= 1
    return raw[start:end].decode()


def _escaped(text: str) -> int:
    return len(orjson.dumps(text))
