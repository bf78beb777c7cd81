"""POST kill to closed gate, at 1, 100 and 1,000 agents, alone and beside 5,000 events a second (P1)."""

from __future__ import annotations

from collections.abc import Iterable

from tests.bench.figures._stand import Stand, gated, load, stand
from tests.bench.ground import Ground
from tests.bench.shape import Bench, Figure, Floor, flat, interleave, p50, p99, ratio_of_rounds, spread

LIMIT = 5.0


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield a line for each number of agents, without and with the load."""
    rounds, each = ground.pick((3, 10), (5, 30), (5, 60))
    for agents in (1, 100, 1000):
        ready = stand(ground, agents, 2 * rounds * each)
        name = f"{agents:,} agent{'s' if agents > 1 else ''}"
        yield _cell(ready, f"{name}, nothing beside", rounds, each)
        with load(ground, ready.hub):
            yield _cell(ready, f"{name}, 5,000 events/s beside", rounds, each)
        ground.clear()
    yield _cell(gated(ground, rounds * each), "one agent with the real gate", rounds, each)


def _cell(ready: Stand, what: str, rounds: int, each: int) -> Figure:
    kills, floor = interleave_kills(ready, rounds, each)
    ms, echo = flat(kills), flat(floor)
    return Figure(
        what,
        p50(ms),
        "ms",
        Floor("TCP echo", p50(echo)),
        LIMIT,
        ratio_of_rounds(kills, floor),
        f"{spread(ms)}; echo {spread(echo)}; p99 x {p99(ms) / p99(echo):.1f}",
    )


def interleave_kills(ready: Stand, rounds: int, each: int) -> tuple[list[list[float]], list[list[float]]]:
    """Return the rounds of kills (ms to the closed gate) and of echoes, taken in turn."""
    kills, floor = interleave(rounds, each, ready.kill, ready.echo_ms)
    return ready.closed_ms(kills), floor


BENCH = Bench(
    name="kill",
    shows="from the first byte of POST /v1/orders to the agent's flag, another process on the same clock (P1)",
    goal="p50 at most 5 times the floor with 1,000 agents and 5,000 events/s",
    floor="round trip of as many bytes to an asyncio TCP echo process, in turn with the kills",
    measure=measure,
    order=10,
)
