"""From an agent's emit to the console: stored on the way, at 5,000 events a second (P8, P10, P11)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.bench.desk import Operator, cpu_s, peak_mib
from tests.bench.figures._stand import connect
from tests.bench.ground import Ground, Hub, Part
from tests.bench.shape import Bench, Figure, Floor, p50, p99, spread

RATE, AGENTS, CONSOLES = 5000, 500, 3
WORK_LIMIT = 50.0
CATCH_UP_S = 60.0


@dataclass(frozen=True)
class Ran:
    """One flow: its events, how late each console saw each, and the hub's CPU time over it."""

    sent: dict[str, Any]
    seen: dict[str, Any]
    cpu: float
    loop: float
    """The part of ``cpu`` that the hub's first thread, its loop, took."""
    after: float
    """Seconds from the end of the flow until the last event was at every console."""

    @property
    def us(self) -> float:
        return self.cpu * 1e6 / float(self.sent["sent"])

    @property
    def share(self) -> float:
        return 100 * self.cpu / float(self.sent["seconds"])


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield the latency, the hub's CPU and its memory: events by calls of five, then one a frame."""
    seconds = ground.pick(5, 20, 60)
    hub = ground.hub()
    crowd, watcher = ground.part("crowd"), ground.part("watcher")
    connect(crowd, hub, AGENTS)
    watcher.ask("connect", consoles=CONSOLES, port=hub.port, token=hub.operator_token)
    _settle(hub)
    for burst, name, part in ((5, "a call's 5 events a frame", 1.0), (1, "one event a frame", 0.5)):
        floor = _plain_us(ground, burst, max(3.0, seconds / 5))
        ran = _flow(hub, crowd, watcher, burst, seconds * part)
        yield from _figures(ran, name, floor)
    yield Figure("hub's largest size under this load", peak_mib(hub.pid), "MiB", None, 512.0)


def _figures(ran: Ran, name: str, floor: Floor) -> Iterable[Figure]:
    ms = ran.seen["ms"]
    late = f"the load was up to {ran.sent['behind_ms']:.0f} ms late"
    held = f"{ran.sent['sent']:,} events, all at all {CONSOLES} consoles; {late}"
    yield Figure(
        f"{name}: the last, after the end", ran.after, "s", None, 1.0, None, "held, if that is short"
    )
    yield Figure(f"{name}: p50", p50(ms), "ms", None, None, None, held)
    yield Figure(f"{name}: p99", p99(ms), "ms", None, 50.0, None, spread(ms))
    loop = ran.loop * 1e6 / float(ran.sent["sent"])
    split = f"the loop {loop:.0f} us, writers and other threads {ran.us - loop:.0f} us"
    yield Figure(f"{name}: hub, % of a core", ran.share, "%", None, WORK_LIMIT)
    yield Figure(f"{name}: hub, us an event", ran.us, "us", floor, None, None, split)


def _settle(hub: Hub) -> None:
    """Wait until the hub has nothing left to do for the agents that just came."""
    with Operator(hub) as operator:
        before = -1
        while (now := operator.get("/v1/status")["pos"]) != before:
            before = now
            time.sleep(0.5)


def _flow(hub: Hub, crowd: Part, watcher: Part, burst: int, seconds: float) -> Ran:
    watcher.ask("seen")
    before, loop = cpu_s(hub.pid), cpu_s(hub.pid, str(hub.pid))
    crowd.ask("flow", rate=RATE, burst=burst, seconds=seconds)
    sent = crowd.ask("flowed", timeout=seconds + 60)
    ended = time.monotonic()
    while min(watcher.ask("items")) < sent["sent"] and time.monotonic() < ended + CATCH_UP_S:
        time.sleep(0.02)
    after = time.monotonic() - ended
    cpu, loop = cpu_s(hub.pid) - before, cpu_s(hub.pid, str(hub.pid)) - loop
    seen = watcher.ask("seen")
    byes = crowd.ask("byes")
    if byes["down"] or seen["down"]:
        raise RuntimeError(f"connections were lost: agents {byes}, consoles {seen['down']}")
    if any(items != sent["sent"] for items in seen["items"]):
        raise RuntimeError(f"sent {sent['sent']}, consoles saw {seen['items']} and gaps of {seen['gaps']}")
    return Ran(sent, seen, cpu, loop, after)


def _plain_us(ground: Ground, burst: int, seconds: float) -> Floor:
    """Return the CPU of a plain uvloop TCP receiver an event: same sockets, frames, bytes and pace."""
    sink, sender = ground.part("plain", "sink"), ground.part("plain", "send")
    port = sink.ask("port")
    before = cpu_s(sink.pid)
    sent = sender.ask("flow", port=port, sockets=AGENTS, rate=RATE, burst=burst, seconds=seconds)["sent"]
    return Floor("plain TCP receiver", (cpu_s(sink.pid) - before) * 1e6 / sent)


BENCH = Bench(
    name="emit",
    shows=f"{RATE:,} events/s of 1 KB from {AGENTS} agents, stored, then at {CONSOLES} consoles (P8, P10, P11); the"
    " delay begins at the emit and has the up to 20 ms in it that a gate waits to fill a batch",
    goal="held with p99 50 ms; the hub at most half a core; nothing lost; 512 MiB",
    floor="CPU of a plain uvloop TCP receiver of the same bytes, sockets and pace",
    measure=measure,
    order=50,
)
