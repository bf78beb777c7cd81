"""Ages as people write them: ``45s``, ``90m``, ``12h``, ``30d``."""

import re

from interlock.errors import ConfigError

__all__ = ["age"]

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_AGE = re.compile(r"([0-9]{1,6})([smhd])")


def age(text: str) -> float:
    """Return an age in seconds. Raises ConfigError."""
    found = _AGE.fullmatch(text)
    if found is None or not int(found[1]):
        raise ConfigError("not an age", value=text, fix="write a number and s, m, h or d, such as 30d")
    return int(found[1]) * _UNITS[found[2]]
