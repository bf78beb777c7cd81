"""What a history of the rig was: seed, schedule and counts. Pytest shows it with a red test, ``-s`` always."""

import sys

__all__ = ["say"]


def say(text: str) -> None:
    """Write one line."""
    sys.stdout.write(f"{text}\n")
