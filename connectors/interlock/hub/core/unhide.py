"""Edited arguments as they shall run: read once, with the secrets that nobody was shown back where they were."""

import re
from collections.abc import Callable
from typing import Any, cast

from interlock import canonical
from interlock.errors import ArgumentsError

__all__ = ["unhide"]

_MARK = re.compile(r"\[secret:[0-9a-f]{16}\]")


def unhide(tool: str, text: str, exact: str, redact: Callable[[str], str]) -> str:
    """Return the canonical text of edited arguments.

    ``exact`` are those that were asked for, and ``redact`` what was shown of them. A shown digest of a secret stands
    for the secret as long as its whole value is where it was. Raises ArgumentsError for anything that is not plain
    and unambiguous JSON, and for such a digest in another place: it would be taken for the secret, and run as text.
    """
    edited = canonical.decode(tool, text)
    was: Any = canonical.decode(tool, exact)
    shown: Any = canonical.decode(tool, redact(exact))
    return canonical.encode(tool, _back(tool, edited, shown, was))


def _back(tool: str, edited: Any, shown: Any, was: Any) -> Any:
    if isinstance(edited, str):
        return _text(tool, edited, shown, was)
    if isinstance(edited, dict):
        fields = cast("dict[str, Any]", edited)
        if any(_MARK.search(key) for key in fields):
            raise ArgumentsError(
                tool, "the name of a field holds a secret; approve or reject it as it was asked"
            )
        return {key: _back(tool, value, _at(shown, key), _at(was, key)) for key, value in fields.items()}
    if isinstance(edited, list):
        items: list[Any] = edited  # pyright: ignore[reportUnknownVariableType]
        return [_back(tool, value, _nth(shown, n), _nth(was, n)) for n, value in enumerate(items)]
    return edited


def _text(tool: str, edited: str, shown: Any, was: Any) -> Any:
    if edited == shown:
        return was
    if _MARK.search(edited):
        problem = (
            "the digest of a secret was moved or changed, and only the whole value it was in can stand for it"
        )
        raise ArgumentsError(tool, problem)
    return edited


def _at(value: Any, key: str) -> Any:
    return cast("dict[str, Any]", value).get(key) if isinstance(value, dict) else None


def _nth(value: Any, n: int) -> Any:
    if not isinstance(value, list):
        return None
    items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
    return items[n] if n < len(items) else None
