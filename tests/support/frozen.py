"""Let a process of a test stand still, and know that it does."""

import os
import signal
import time

import psutil

__all__ = ["freeze"]

GUARD = 30.0


def freeze(pid: int) -> None:
    """Return once every thread of this process has stopped: after the signal alone, on a busy box, some still run."""
    os.kill(pid, signal.SIGSTOP)
    try:
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    except ChildProcessError:  # no child of this process, see forked.py
        _seen_still(pid)


def _seen_still(pid: int) -> None:
    until = time.monotonic() + GUARD
    process = psutil.Process(pid)
    while not all(
        psutil.Process(thread.id).status() == psutil.STATUS_STOPPED for thread in process.threads()
    ):
        if time.monotonic() > until:
            raise AssertionError(f"process {pid} did not stop within {GUARD:.0f} s")
        time.sleep(0.001)
