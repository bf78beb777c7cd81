"""Agents of the rig, run as ``python agents.py KIND SEED``. What they open they tell, a line ``RUN PARENT`` each.

``pair`` opens a run with a child, both write at full speed until they are killed, then it opens the next pair.
``tree`` opens a run for each line ``PARENT`` that it reads (``-`` for none), and each writes until it is killed.
"""

import contextlib
import sys
import threading
import time

from interlock import Run, RunKilled, connect
from interlock.errors import InterlockError, KillSignal
from interlock.gameday.agent.desk import Desk
from interlock.gameday.till import Till

GATE = connect()
DESK = Desk(GATE, Till.found())
ORDERS = ("A-1009", "A-1010", "A-1011")
TELLING = threading.Lock()


def told(run: Run, parent: str) -> None:
    """Say which run it is, before the hub hears of it."""
    with TELLING:
        sys.stdout.write(f"{run.id} {parent}\n")
        sys.stdout.flush()


def write(number: int) -> None:
    """Write again and again, whatever goes wrong but a kill."""
    while True:
        try:
            DESK.change_order(ORDERS[number % len(ORDERS)], "open")
        except RunKilled:
            raise
        except Exception:  # noqa: BLE001 - what a framework that swallows everything does
            time.sleep(0.01)


def live(parent: str, number: int) -> None:
    """Open a run below this parent and write until it is killed."""
    run = GATE.run(agent="rig", role="writer", goal="write", parent=None if parent == "-" else parent)
    told(run, parent)
    with contextlib.suppress(RunKilled, KillSignal, InterlockError), run:
        write(number)


def pair() -> None:
    """Open one pair after another."""
    while True:
        with (
            contextlib.suppress(RunKilled, KillSignal),
            GATE.run(agent="rig", role="root", goal="lead") as run,
        ):
            child = threading.Thread(target=live, args=(run.id, 1))
            child.start()
            told(run, "-")
            try:
                write(0)
            finally:
                child.join()


def tree() -> None:
    """Open what is asked for."""
    for number, line in enumerate(sys.stdin):
        threading.Thread(target=live, args=(line.strip(), number), daemon=True).start()


if __name__ == "__main__":
    {"pair": pair, "tree": tree}[sys.argv[1]]()
