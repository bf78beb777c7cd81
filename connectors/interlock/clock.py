"""The clock that leases, permits and check-to-start are measured by: seconds since boot, sleep included."""

import time
from collections.abc import Callable
from functools import partial

__all__ = ["boot"]


def _clock() -> Callable[[], float]:
    # Asked several times in every gated call, so without a frame of Python's own.
    if hasattr(time, "CLOCK_BOOTTIME"):
        return partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    return time.monotonic


boot = _clock()
"""Return seconds since the machine booted. Goes on while the process, or the machine, stands still.

Where the system has no such clock it is monotonic seconds, the best there is; they may stand still during a sleep.
"""
