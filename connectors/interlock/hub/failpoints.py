"""Named places at which a crash test may end this process.

``INTERLOCK_FAILPOINT=NAME`` ends it with SIGKILL the first time it passes the place of that name, ``NAME@K`` the
K-th time. Without the variable a place costs one call of an empty function.
"""

import os
import signal
from collections.abc import Callable

__all__ = ["VARIABLE", "passing"]

VARIABLE = "INTERLOCK_FAILPOINT"


def _nothing(_: str) -> None:
    """Go on."""


def _armed(setting: str) -> Callable[[str], None]:
    name, _, count = setting.partition("@")
    left = int(count or 1)

    def place(here: str) -> None:
        nonlocal left
        if here == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return place


passing: Callable[[str], None] = _armed(os.environ[VARIABLE]) if VARIABLE in os.environ else _nothing
"""Called with the name of the place."""
