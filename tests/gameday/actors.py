"""Agents of the sandbox's tests, run as ``python actors.py KIND``. Each prints its run's id once the run is open."""

import sys
import time
from typing import Any

from interlock import Run, RunKilled, connect
from interlock.errors import CallTimedOut, InterlockError
from interlock.gameday.agent.desk import Desk
from interlock.gameday.till import Till

GATE = connect()
DESK = Desk(GATE, Till.found())
STAY = 600.0
"""Seconds that nobody waits out: whoever stays is ended by its test."""


def open_run() -> Run:
    """Return a new run of this process."""
    return GATE.run(agent="refunds", role="support-agent", goal="refund A-1009")


def told(run: Run) -> None:
    """Say which run it is."""
    sys.stdout.write(f"{run.id}\n")
    sys.stdout.flush()


def loop() -> None:
    """Refund the same order again and again, whatever goes wrong."""
    with open_run() as run:
        told(run)
        while True:
            try:
                DESK.refund("A-1009", 1.0)
            except Exception:  # noqa: BLE001 - what a framework that swallows everything does
                time.sleep(0.05)
            time.sleep(0.02)


def late() -> None:
    """Make one refund that outlives its time limit in its thread, and wait long after it."""
    with open_run() as run:
        told(run)
        try:
            DESK.refund(sys.argv[2], 2.0)
        except CallTimedOut:
            time.sleep(STAY)


def once() -> None:
    """Make one refund, then stay."""
    with open_run() as run:
        told(run)
        DESK.refund(sys.argv[2], 3.0)
        time.sleep(STAY)


def share() -> None:
    """Join another process's run and stay."""
    with GATE.join(sys.argv[2]) as run:
        told(run)
        time.sleep(STAY)


KINDS: dict[str, Any] = {"loop": loop, "late": late, "once": once, "share": share}

if __name__ == "__main__":
    try:
        KINDS[sys.argv[1]]()
    except RunKilled:
        sys.exit(0)
    except InterlockError as error:
        sys.exit(str(error))
