"""What a call gave back, and what a model was given, as text: taken at once, because objects change."""

from typing import Any

import orjson

__all__ = ["plain", "told_error"]

_OPTIONS = orjson.OPT_NON_STR_KEYS


def plain(value: Any) -> str:
    """Return a text as it is, anything JSON can hold as JSON, and the rest as its ``repr``."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=_shown, option=_OPTIONS).decode()
    except (TypeError, ValueError, RecursionError):
        return _shown(value)


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a value that cannot be shown is named by its type
        return f"<{type(value).__name__}>"


def told_error(error: str | BaseException | None) -> str | None:
    """Return an error as text: its class and what it says."""
    if error is None or isinstance(error, str):
        return error
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an error whose text cannot be made is still an error
        return type(error).__name__
