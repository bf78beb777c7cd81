"""Agents of the herd, run as ``python herd.py COUNT``: so many gates with a run each, until stdin ends.

It says ``ready`` once all have opened their runs, and ``back N LATEST`` for each line it reads: how many gates are
connected now, and the monotonic time of the last one's coming back.
"""

import sys
import time

from interlock import connect


def main(count: int) -> None:
    """Keep the gates, and answer how they are."""
    gates = [connect(timeout=60.0) for _ in range(count)]
    runs = [gate.run(agent="herd", role="rig", goal="come back") for gate in gates]
    for run in runs:
        run.__enter__()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        until = time.monotonic() + float(line)
        while time.monotonic() < until and not all(gate.connected for gate in gates):
            time.sleep(0.02)
        back = sum(gate.connected for gate in gates)
        sys.stdout.write(f"back {back} {time.monotonic()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
