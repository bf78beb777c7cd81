"""Texts of a trace on one line: short, visible, and cut early however long they are."""

import re
from typing import Any, cast

from interlock.text import visible_line

__all__ = ["HEAD", "Piece", "body_text", "gist"]

Piece = tuple[str, str]
"""A visible text and its tone."""

HEAD = 400
_SPACES = re.compile("[ \n\t]+")


def gist(text: object, limit: int = HEAD) -> str:
    """Return the beginning of a text as one visible line; line breaks and runs of blanks become one blank."""
    raw = str(text)
    return visible_line(_SPACES.sub(" ", raw[: limit * 2]).strip()[:limit])


def body_text(body: Any) -> str:
    """Return what an event carries of a body: the text itself, or the beginning of one kept by reference."""
    if isinstance(body, dict):
        ref = cast("dict[str, Any]", body)
        return f"{ref.get('head', '')} ... ({ref.get('size', '?')} bytes)"
    return body or ""
