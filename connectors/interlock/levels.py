"""The levels of the dial, lowest first. Pure, and free of everything heavy: one-shot commands import it."""

from typing import Literal, get_args

__all__ = ["LEVELS", "Level", "lowest"]

Level = Literal["stopped", "read-only", "shadow", "ask", "auto"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""From nothing at all to everything that the policy allows."""


def lowest(*levels: Level) -> Level:
    """Return the lowest of these levels; ``auto`` for none."""
    return min(levels, key=LEVELS.index) if levels else "auto"
