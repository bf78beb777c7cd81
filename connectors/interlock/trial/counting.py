"""Counting effects outside of the tool: a command that prints how many there are."""

import shlex
import subprocess
from collections.abc import Callable

from interlock.errors import ConfigError

__all__ = ["counter"]

SECONDS = 20.0


def counter(command: str) -> Callable[[], int]:
    """Return what runs the command and reads the number in its last line. No shell is asked.

    It raises ConfigError where the command fails or its last line is no number.
    """
    words = shlex.split(command)
    fix = "give --effects a command whose last line is a number, such as 'wc -l effects.jsonl'"
    if not words:
        raise ConfigError("nothing counts the effects", fix=fix)

    def count() -> int:
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=True)
            return int(done.stdout.strip().splitlines()[-1].split()[0])
        except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
            what = f"the effects cannot be counted ({type(error).__name__})"
            raise ConfigError(what, value=command, fix=fix) from None

    return count
