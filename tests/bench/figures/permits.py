"""The round trip of a permit: what every write call waits for before it may start."""

from __future__ import annotations

from collections.abc import Iterable

from tests.bench.desk import Disk, Echo
from tests.bench.figures._stand import connect
from tests.bench.ground import Ground
from tests.bench.shape import Bench, Figure, Floor, p50, p99, short, spread

AGENTS, RATE, STARTING = 100, 2, 500


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield a steady fleet, and a fleet that starts all at once."""
    seconds, rounds = ground.pick((2, 3), (3, 5))
    hub = ground.hub()
    echo, disk = Echo(ground.part("echo").ask("port")), Disk(hub.folder)
    steady, starting = ground.part("crowd"), ground.part("crowd")
    connect(steady, hub, AGENTS)
    connect(starting, hub, STARTING)
    permits: list[float] = []
    together: list[float] = []
    floors: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        permits += steady.ask("permits", seconds=seconds, rate=RATE)["ms"]
        floors[0].extend(echo.ms() for _ in range(50))
        floors[1].extend(disk.ms() for _ in range(50))
        together += starting.ask("together")["ms"]
    floor = Floor("fdatasync of 1 KB", p50(floors[1]))
    both = f"TCP echo p50 {short(p50(floors[0]))}, fdatasync p50 {short(floor.value)} ms"
    name = f"{AGENTS} agents, {AGENTS * RATE} write calls/s"
    yield Figure(f"{name}, p50", p50(permits), "ms", floor, None, None, both)
    yield Figure(f"{name}, p99", p99(permits), "ms", None, 50.0, None, spread(permits))
    yield Figure(f"{STARTING} at once, p99", p99(together), "ms", None, 250.0, None, spread(together))


BENCH = Bench(
    name="permits",
    shows="from asking for a permit to having it, the intent on disk in between",
    goal="p99 50 ms with 100 agents, 250 ms with 500 starting at once",
    floor="append of 1 KB and fdatasync on the same disk; the TCP echo stands beside it",
    measure=measure,
    order=40,
)
