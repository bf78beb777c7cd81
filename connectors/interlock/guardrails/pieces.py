"""The texts of a request, each with where it came from: what a person configured, and what came from outside. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

__all__ = ["Piece", "pieces", "result"]

_OWN = frozenset({"system", "developer", "assistant"})
"""Roles of messages that the agent's owner or its own model wrote; everything else came from outside."""
_DEPTH = 16


class Piece(NamedTuple):
    """One text. ``source`` names where it came from; ``outside`` says that nobody of ours wrote it."""

    source: str
    text: str
    outside: bool


def pieces(messages: object) -> Iterator[Piece]:
    """Yield the texts of what a model is given: a text, a list of messages, or anything that holds such.

    Messages are mappings with ``role`` and ``content``, as the common providers have them; a ``content`` may be a text
    or a list of parts. What has no role came from outside.
    """
    if isinstance(messages, list | tuple):
        for number, message in enumerate(cast("list[object]", messages)):
            yield from _message(message, number)
    else:
        yield from _message(messages, 0)


def result(tool: str, call: str, text: str) -> Piece:
    """Return what a tool gave back, as a piece from outside."""
    return Piece(f"result of {tool} ({call})", text, True)


def _message(message: object, number: int) -> Iterator[Piece]:
    if not isinstance(message, Mapping):
        for text in _texts(message, 0):
            yield Piece(f"message {number}", text, True)
        return
    fields = cast("Mapping[str, Any]", message)
    role = str(fields.get("role", "") or fields.get("type", ""))
    source, outside = _source(fields, role, number), role not in _OWN
    content = fields.get("content", fields.get("text", fields.get("parts")))
    for text in _texts(content, 0):
        yield Piece(source, text, outside)


def _source(fields: Mapping[str, Any], role: str, number: int) -> str:
    name = fields.get("name") or fields.get("tool_call_id") or ""
    return f"message {number}, {role or 'no role'}" + (f" {name}" if name else "")


def _texts(content: object, depth: int) -> Iterator[str]:
    """Yield every text inside; images and the like have none."""
    if isinstance(content, str):
        yield content
    elif depth < _DEPTH and isinstance(content, Mapping):
        for value in cast("Mapping[str, object]", content).values():
            yield from _texts(value, depth + 1)
    elif depth < _DEPTH and isinstance(content, list | tuple):
        for value in cast("list[object]", content):
            yield from _texts(value, depth + 1)
