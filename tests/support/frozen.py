"""Let a child process stand still, and know that it does."""

import os
import signal

__all__ = ["freeze"]


def freeze(pid: int) -> None:
    """Return once every thread of this child has stopped: after the signal alone, on a busy box, some still run."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
