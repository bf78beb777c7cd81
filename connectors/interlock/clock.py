"""The clock that leases, permits and check-to-start are measured by: seconds since boot, sleep included."""

import time

__all__ = ["boot"]

if hasattr(time, "CLOCK_BOOTTIME"):

    def boot() -> float:
        """Return seconds since the machine booted. Goes on while the process, or the machine, stands still."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:

    def boot() -> float:
        """Return monotonic seconds, the best there is on this system; they may stand still while it sleeps."""
        return time.monotonic()
