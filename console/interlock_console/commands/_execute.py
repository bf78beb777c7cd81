"""Commands that are programs of their own: this process becomes them, so signals and exit codes are theirs."""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from interlock.errors import ConfigError

__all__ = ["become", "program"]


def program(module: str, words: Sequence[str]) -> list[str]:
    """Return the command line that runs a module with this interpreter, whatever lies in the working folder."""
    return [sys.executable, "-P", "-m", module, *words]


def become(module: str, words: Sequence[str], *, needs: str, extra: str) -> int:
    """Replace this process by a module's program. Raises ConfigError that names the extra if it is not installed."""
    if find_spec(needs) is None:
        raise ConfigError(
            f"{needs} is not installed, and this needs it", fix=f"pip install 'interlock[{extra}]'"
        )
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, program(module, words))
