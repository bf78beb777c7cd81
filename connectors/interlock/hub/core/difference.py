"""What changed between two policies in their JSON normal form, by path. Pure."""

from collections.abc import Iterator
from typing import Any, cast

import orjson

__all__ = ["DIFF_MAX", "difference"]

DIFF_MAX = 200
"""Changes that are listed; all are counted."""
_SHOWN = 200
"""Characters of a value on one side of a change."""


def difference(was: str, now: str) -> tuple[list[dict[str, Any]], int]:
    """Return the first changes from one JSON text to another, ordered by path, and how many there are.

    Each is ``{"path", "was", "now"}``: values as JSON text, null where there is none. An empty text has nothing in it.
    """
    before, after = (dict(_leaves(orjson.loads(text), "")) if text else {} for text in (was, now))
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    listed = [
        {"path": path[:1000], "was": _shown(before.get(path)), "now": _shown(after.get(path))}
        for path in paths[:DIFF_MAX]
    ]
    return listed, len(paths)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in cast("dict[str, Any]", value).items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    else:
        yield path, orjson.dumps(value).decode()


def _shown(text: str | None) -> str | None:
    return text if text is None or len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
