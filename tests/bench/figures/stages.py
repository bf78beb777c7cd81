"""Kill recorded, confirmed and presumed, with 500 agents (P3, DESIGN 10)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable

from tests.bench.figures._stand import Kill, Stand, connect, stand
from tests.bench.ground import Ground
from tests.bench.shape import Bench, Figure, Floor, flat, interleave, p50, p99, spread
from tests.support.frozen import freeze

AGENTS, CUT_OFF = 500, 20


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield the three stages."""
    rounds, each = ground.pick((3, 10), (5, 20))
    ready = stand(ground, AGENTS, rounds * each)
    kills, disk = interleave(rounds, each, ready.kill, ready.disk_ms)
    yield from _recorded(ready, flat(kills), flat(disk), flat(ready.closed_ms(kills)))
    yield _confirmed(ready, flat(kills))
    yield _presumed(ground, ready)


def _recorded(ready: Stand, kills: list[Kill], disk: list[float], closed: list[float]) -> Iterable[Figure]:
    answered = [kill.answered_ms for kill in kills]
    floor = Floor("fdatasync of 1 KB", p50(disk))
    more = p50(answered) - p50(closed)
    yield Figure("recorded, after the gate closed", more, "ms", floor, 6.0, None, f"fdatasync {spread(disk)}")
    yield Figure(
        "recorded, p99 of the whole answer", p99(answered), "ms", None, 100.0, None, spread(answered)
    )


def _confirmed(ready: Stand, kills: list[Kill]) -> Figure:
    ms = [reached(ready, kill.run, "confirmed") for kill in kills]
    return Figure("confirmed, nothing in flight, p99", p99(ms), "ms", None, 1000.0, None, spread(ms))


def _presumed(ground: Ground, ready: Stand) -> Figure:
    """Stop a whole process of agents with SIGSTOP, kill their runs, and wait for the last of them."""
    frozen = ground.part("crowd")
    runs = connect(frozen, ready.hub, CUT_OFF)
    # Only a gate that holds a lease can be presumed: a second has its first heartbeat in it.
    time.sleep(1.5)
    freeze(frozen.pid)
    try:
        order = ready.operator.order("kill", runs).body["receipts"][0]["order"]
        ready.operator.get(f"/v1/orders/{order}?wait=presumed&timeout=15")
        ms = [reached(ready, run, "presumed") for run in runs]
    finally:
        os.kill(frozen.pid, signal.SIGCONT)
    return Figure("presumed, agents cut off, the last", max(ms), "ms", None, 6000.0, None, spread(ms))


def reached(ready: Stand, run: str, stage: str) -> float:
    """Return when the run's receipt reached the stage, in ms after the hub got the order."""
    receipts = ready.operator.get(f"/v1/runs/{run}")["receipts"]
    found = [s["ms"] for receipt in receipts for s in receipt["stages"] if s["stage"] == stage]
    if not found:
        raise RuntimeError(f"{run} never was {stage}: {receipts}")
    return float(found[0])


BENCH = Bench(
    name="stages",
    shows="how long a kill takes to be recorded, confirmed and, of agents that stand still, presumed (P3)",
    goal="recorded p99 100 ms and 6 times the floor after the closed gate; confirmed 1 s; presumed 6 s; 500 agents",
    floor="append of 1 KB and fdatasync on the same disk, in turn with the kills",
    measure=measure,
    order=20,
)
