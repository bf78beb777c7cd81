"""What stands in for a started process in the tests behaves like one that was started."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import forked

BOTH = pytest.mark.parametrize("run", [subprocess.run, forked.run], ids=["started", "forked"])
SAYING = """
import atexit, os, sys
atexit.register(print, "at exit")
print(sys.argv, os.getcwd() == sys.argv[1], os.environ.get("SAID"), os.environ.get("HOME"), __name__, flush=True)
print(input(), file=sys.stderr)
print(sorted(int(fd) for fd in os.listdir("/dev/fd"))[:3], os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())
sys.exit(7)
"""


@BOTH
def test_it_gets_words_place_environment_and_streams_and_tells_how_it_ended(run: Any, tmp_path: Path) -> None:
    """Nothing of the process it was forked from is in what it sees of itself."""
    done = run(
        [sys.executable, "-P", "-c", SAYING, str(tmp_path)],
        cwd=tmp_path,
        env={"SAID": "yes", **{name: os.environ[name] for name in os.environ if name.startswith("PYTHON")}},
        input="hey\n",
        start_new_session=True,
        capture_output=True,
        text=True,
    )
    said = f"['-c', '{tmp_path}'] True yes None __main__\n[0, 1, 2] True True\nat exit\n"
    assert (done.returncode, done.stdout, done.stderr) == (7, said, "hey\n")


@BOTH
def test_what_goes_wrong_in_it_is_said_on_stderr(run: Any) -> None:
    """An exception nobody takes ends it with 1 and its last line; a module that is not there, too."""
    done = run([sys.executable, "-P", "-c", "1 / 0"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "ZeroDivisionError: division by zero")
    done = run([sys.executable, "-P", "-m", "interlock.no_such"], capture_output=True, text=True)
    assert (done.returncode, "no_such" in done.stderr) == (1, True)


def test_a_signal_ends_it_and_a_descriptor_reaches_it() -> None:
    """It is found by its pid, waited for with a time limit, killed, and has the descriptors it was given alone."""
    reading, writing = os.pipe()
    code = f"import os, time; os.write({writing}, b'here'); time.sleep(60)"
    with forked.Popen([sys.executable, "-P", "-c", code], pass_fds=[writing]) as process:
        os.close(writing)
        assert os.read(reading, 9) == b"here"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == process.poll() == -signal.SIGKILL
    assert os.read(reading, 9) == b""
    os.close(reading)


@pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning", "ignore:unclosed:ResourceWarning")
def test_one_that_was_forgotten_while_it_ran_keeps_no_other_from_starting() -> None:
    """A red test may drop a process in a circle of references, which closes its line: the next one starts."""
    forgotten = forked.Popen([sys.executable, "-P", "-c", "import time; time.sleep(60)"])
    pid, circle = forgotten.pid, list[object]()
    circle += [circle, forgotten]
    del circle, forgotten
    gc.collect()
    try:
        assert forked.run([sys.executable, "-P", "-c", "print(1)"], capture_output=True).stdout == b"1\n"
    finally:
        os.kill(pid, signal.SIGKILL)


def test_what_a_fork_cannot_be_is_started() -> None:
    """Another interpreter's option is not lost, and neither is a variable that shapes the interpreter."""
    hot = [sys.executable, "-X", "utf8=0", "-c", "import sys; print(sys.flags.utf8_mode, sys._xoptions)"]
    assert forked.run(hot, capture_output=True, text=True).stdout == "0 {'utf8': '0'}\n"
    optimised = [sys.executable, "-P", "-c", "import sys; print(sys.flags.optimize)"]
    assert (
        forked.run(optimised, env=os.environ | {"PYTHONOPTIMIZE": "2"}, capture_output=True).stdout == b"2\n"
    )
