"""One order that kills 1,000 runs: until the last gate has closed (P4)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from statistics import median

from tests.bench.desk import Operator
from tests.bench.figures._stand import connect
from tests.bench.ground import Ground
from tests.bench.shape import Bench, Figure, Floor, short

FLEET = 1000


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield the fleet kill beside the plain push, in turn."""
    rounds = ground.pick(3, 5)
    hub = ground.hub()
    crowd = ground.part("crowd")
    runs = connect(crowd, hub, FLEET, rounds)
    pusher, listeners = ground.part("plain", "push"), ground.part("plain", "listen")
    listeners.ask("connect", many=FLEET, port=pusher.ask("port"))
    while pusher.ask("many") < FLEET:
        time.sleep(0.05)
    ours: list[float] = []
    floor: list[float] = []
    size = _size(runs[0])
    with Operator(hub) as operator:
        for number in range(rounds):
            begun = pusher.ask("push", size=size)
            time.sleep(0.5)
            floor.append((_last(listeners.ask("last")) - begun) * 1e3)
            sent = operator.order("kill", runs[number * FLEET : (number + 1) * FLEET]).sent
            time.sleep(0.5)
            closed = crowd.ask("closed")
            ours.append((max(at for at, _ in closed.values()) - sent) * 1e3)
            if len(closed) != FLEET:
                raise RuntimeError(f"{len(closed)} of {FLEET} gates closed within half a second")
    ratio = median(mine / plain for mine, plain in zip(ours, floor, strict=True))
    said = f"kills {', '.join(map(short, ours))}; pushes {', '.join(map(short, floor))} ms"
    yield Figure(
        "1,000 runs, last gate closed", median(ours), "ms", Floor("push", median(floor)), 2.5, ratio, said
    )


def _size(run: str) -> int:
    """Return about how many bytes the hub sends to one gate for its order."""
    return 200 + len(run)


def _last(said: dict[str, float]) -> float:
    if said["missing"]:
        raise RuntimeError(f"{said['missing']} sockets got nothing within half a second")
    return said["at"]


BENCH = Bench(
    name="fleet",
    shows="from the first byte of one POST that kills 1,000 runs to the last agent's flag (P4)",
    goal="at most 2.5 times the floor",
    floor="a plain asyncio process that pushes as many bytes to 1,000 TCP sockets",
    measure=measure,
    order=30,
)
