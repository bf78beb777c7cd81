"""Whether a process is gone, and the hub's figures about itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.hub.server.process import boot_id, gone, started_at
from interlock.hub.server.stats import Rate, Stops

needs_proc = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc here")


@needs_proc
def test_only_a_process_that_is_not_there_any_more_is_gone() -> None:
    """A living one is not gone, one with another start is, a zombie is, and after the end it is."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        started = started_at(child.pid)
        assert started is not None
        assert not gone(child.pid, started)
        assert gone(child.pid, started + 1)
    finally:
        child.communicate()
    assert gone(child.pid, started)


@needs_proc
def test_a_process_that_has_ended_and_was_not_waited_for_is_gone() -> None:
    """A zombie starts nothing."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert gone(child.pid, 1)
    child.wait()


@needs_proc
def test_the_boot_id_names_machine_and_namespace() -> None:
    """It is the same for two processes that share one table of pids."""
    boot, slash, space = boot_id().partition("/")
    assert len(boot) == 36
    assert slash
    assert space.startswith("pid:")


@pytest.mark.pure
def test_the_rate_is_of_the_last_five_seconds() -> None:
    """What is older does not count."""
    rate = Rate()
    rate.add(50, 0.0)
    rate.add(50, 4.0)
    assert rate.per_second(4.5) == 20.0
    assert rate.per_second(6.0) == 10.0
    assert rate.per_second(20.0) == 0.0


@pytest.mark.pure
def test_stops_say_their_middle_and_their_tail() -> None:
    """Nothing is said before there was one."""
    stops = Stops()
    assert stops.to_json() == {"count": 0, "ms": []}
    for ms in range(101):
        stops.add(float(ms))
    assert stops.to_json() == {"count": 101, "ms": [50.0, 99.0]}
