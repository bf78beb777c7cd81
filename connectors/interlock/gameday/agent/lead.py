"""A lead with a sub-agent: it hands tickets to a helper in another process, whose runs are children of its own."""

import subprocess
import sys
import time

from interlock.gameday.agent.shift import Shift

__all__ = ["work"]


_PATIENCE = 20.0


def work(shift: Shift) -> None:
    """Share the morning's returns with a helper, and wait for it."""
    goal = "Clear the open returns of this morning, with a helper"
    with shift.run("lead", "support-lead", goal, "every ticket has an answer") as run:
        shift.thinks(run, "share")
        command = [sys.executable, "-P", "-m", "interlock.gameday.agent", "helper"]
        command += ["--seed", f"{shift.seed}-helper", "--pace", str(shift.pace), "--rounds", "2"]
        helper = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=run.child_env())
        try:
            while helper.poll() is None:
                run.check_cancelled()
                order = "A-1004" if int(time.time()) % 2 else "A-1010"
                row = shift.desk.lookup_order(order)
                shift.thinks(run, "inform", **row)
                shift.rests(1.0, 2.0)
        finally:
            _leave(helper)
        run.finish("done", "the morning's returns are answered")
    shift.rests(3.0, 6.0)


def _leave(helper: "subprocess.Popen[bytes]") -> None:
    """Let the helper come to its own end; a kill of the lead reaches its runs by the hub, not from here."""
    try:
        helper.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        helper.terminate()
        helper.wait()
