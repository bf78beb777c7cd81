"""What the gate adds to a call in the agent's own process (P6)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from statistics import median
from typing import Any

from tests.bench.desk import Echo
from tests.bench.ground import Ground
from tests.bench.shape import Bench, Figure, Floor, p50, spread


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield the read call against its floors, the same with a hub that stands still, and a write call."""
    rounds = ground.pick(10, 30)
    hub = ground.hub()
    gated = ground.part("gated", variables=hub.environment())
    gated.ask("enter")
    gated.ask("calls", rounds=2)
    took = gated.ask("calls", rounds=rounds)
    yield from _read(took)
    yield _awaited(gated.ask("awaited", rounds=rounds))
    os.kill(hub.pid, signal.SIGSTOP)
    try:
        # Shorter than a lease: a read call that asked anybody anything would stand still, too.
        away = gated.ask("reads", rounds=3)
    finally:
        os.kill(hub.pid, signal.SIGCONT)
    still = median(away["gate"])
    said = "nothing is waited for: no round trip, no I/O"
    yield Figure("read call while the hub stands still", still, "us", None, 5.0, None, said)
    yield _write(ground, gated.ask("writes", calls=ground.pick(30, 100))["ms"])
    yield _refusal(gated.ask("refusals", rounds=rounds))


def _read(took: dict[str, Any]) -> Iterable[Figure]:
    ours, key, plain = (median(took[name]) for name in ("gate", "key", "plain"))
    wall = f"CPU of the calling thread; {took['wall']:.1f} us by the clock with the link's thread beside it"
    whole = f"the whole process, reporting of the call included, {took['whole']:.0f} us"
    yield Figure("read call, everything on", ours, "us", None, 5.0, None, wall)
    yield Figure(
        "the same, against orjson + blake2b", ours, "us", Floor("its own key", key), 2.5, None, whole
    )
    yield Figure("the same, against a plain call", ours, "us", Floor("plain call", plain))


def _awaited(took: dict[str, Any]) -> Figure:
    ours, plain = median(took["gate"]), median(took["plain"])
    said = "and a kill ends it while it waits"
    return Figure("read call, awaited", ours, "us", Floor("plain await", plain), None, None, said)


def _refusal(took: dict[str, Any]) -> Figure:
    ours, bare = median(took["breaker"]), median(took["raise"])
    said = "told to the trace, arguments and all; no round trip: the downstream is not asked"
    return Figure("call at an open breaker", ours, "us", Floor("a bare raise", bare), None, None, said)


def _write(ground: Ground, ms: list[float]) -> Figure:
    echo = Echo(ground.part("echo").ask("port"))
    floor = p50([echo.ms() for _ in range(100)])
    echo.close()
    said = f"{spread(ms)}; permit on disk before the effect"
    return Figure(
        "write call of one agent, gate and permit", p50(ms), "ms", Floor("TCP echo", floor), None, None, said
    )


BENCH = Bench(
    name="gate",
    shows="what one gated call costs in the agent's process, with every check and every report (P6)",
    goal="a read call at most 5 us, and at most 2.5 times its own idempotency key; no I/O",
    floor="orjson + blake2b of the same arguments; a plain call; for the write call a TCP echo",
    measure=measure,
    order=5,
)
