"""The value of a reason, short. What it shows is from the agent: untrusted, as everything of it. Pure."""

import json
import re
from typing import Final

__all__ = ["SHOWN", "told"]

SHOWN: Final = 80

_LITERAL: Final = re.compile(r"|true|false|null|[-+]?[0-9]{1,40}(?:\.[0-9]{0,30})?")


def told(value: object) -> str:
    """Return a value as JSON, cut to :data:`SHOWN` characters; a text has quotes only where it reads as a number."""
    if isinstance(value, str):
        text = f'"{value}"' if _LITERAL.fullmatch(value) else value[: SHOWN + 1]
    else:
        text = _spelled(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}\u2026"


def _spelled(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**SHOWN:
        return "a number of very many digits"
    try:
        return json.dumps(value, ensure_ascii=False, default=lambda other: f"a {type(other).__name__}")
    except (TypeError, ValueError, RecursionError):
        return f"a {type(value).__name__} that is no JSON"
