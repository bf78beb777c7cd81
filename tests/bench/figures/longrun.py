"""A run of 100,000 events in a terminal: until its newest page is there, keys in it, its first event, a search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from interlock import ids
from interlock.hub.trace import Line, Trace
from tests.bench.ground import Ground, Hub, command, environment
from tests.bench.shape import Bench, Figure, Floor, p50, p99, spread
from tests.bench.terminal import Terminal

EVENTS, SHORT = 100_000, 200
WAIT_S, BATCH = 30.0, 5000
NEEDLE = "a needle in it"

_NUMBER = re.compile(r"> +(\d+) ")


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield how long a long run takes to open beside a short one, then what reading in it takes."""
    folder = ground.folder("long")
    _fill(folder / "data", (SHORT, EVENTS))
    hub = ground.adopt(Hub(folder))
    terminal = Terminal(command("interlock"), environment(hub.environment()), 160, 45)
    try:
        terminal.wait_for(lambda lines: any("> " in row and "r-" in row for row in lines), WAIT_S)
        yield _opened(ground, terminal)
        yield from _keys(ground, terminal)
        yield from _far(terminal)
    finally:
        terminal.stop()


def _opened(ground: Ground, terminal: Terminal) -> Figure:
    """Open the long run, the cursor's own, and the short one below it, in turn."""
    long, short = list[float](), list[float]()
    for _ in range(ground.pick(3, 10)):
        long.append(_open(terminal, f"of {EVENTS:,} events"))
        terminal.press(b"q")
        _rest(terminal, 0.3)
        terminal.press(b"j")
        _rest(terminal, 0.3)
        short.append(_open(terminal, f"all {SHORT} events"))
        terminal.press(b"q")
        _rest(terminal, 0.3)
        terminal.press(b"k")
        _rest(terminal, 0.3)
    _open(terminal, f"of {EVENTS:,} events")
    floor = Floor(f"a run of {SHORT} events", median(short))
    return Figure(f"a run of {EVENTS:,} events on screen", median(long), "ms", floor, 1.5, None, spread(long))


def _open(terminal: Terminal, full: str) -> float:
    at = terminal.press(b"\r")
    seen = terminal.wait_for(lambda lines: any(full in row for row in lines), WAIT_S)
    _rest(terminal, 0.3)
    return (seen - at) * 1e3


def _keys(ground: Ground, terminal: Terminal) -> Iterable[Figure]:
    """Move up and down in the trace, and see when another row carries the cursor."""
    ms: list[float] = []
    for number in range(ground.pick(30, 100)):
        at = terminal.press(b"k" if number % 20 < 10 else b"j")
        ms.append((terminal.wait_for(_elsewhere(_cursor(terminal.draw((0.0, b"")))), WAIT_S) - at) * 1e3)
        _rest(terminal, 0.15)
    yield Figure("key to changed row in it, p50", p50(ms), "ms", None, 50.0, None, spread(ms))
    yield Figure("key to changed row in it, p99", p99(ms), "ms", None, 150.0)


def _rest(terminal: Terminal, seconds: float) -> None:
    """Let the program draw for a while, and draw with it: the next look needs the whole screen."""
    for piece in terminal.collect(seconds):
        terminal.draw(piece)


def _elsewhere(was: str | None) -> Callable[[list[str]], bool]:
    """Return what tells that the cursor is on another row."""
    return lambda lines: _cursor(lines) not in (was, None)


def _far(terminal: Terminal) -> Iterable[Figure]:
    """Go to the run's first event, then look for a text that stands in its middle."""
    at = terminal.press(b"g")
    seen = terminal.wait_for(lambda lines: _cursor(lines) == "1", WAIT_S)
    yield Figure("g to the run's first event", (seen - at) * 1e3, "ms", None, 500.0)
    for key in f"/{NEEDLE}".encode():
        terminal.press(bytes([key]))
    _rest(terminal, 0.3)
    at = terminal.press(b"\r")
    seen = terminal.wait_for(lambda lines: _cursor(lines) == str(EVENTS // 2), WAIT_S)
    yield Figure("search to the one hit, in the middle", (seen - at) * 1e3, "ms", None, 3000.0)


def _cursor(lines: list[str]) -> str | None:
    return next((found[1] for row in lines if (found := _NUMBER.match(row))), None)


def _fill(folder: Path, sizes: Iterable[int]) -> None:
    """Store one run of each size, the last the newest."""
    folder.mkdir(mode=0o700)
    trace, gate = Trace.open(folder), ids.new_gate()
    for size in sizes:
        run, lines = ids.new_run(), list[Line]()
        for seq in range(1, size + 1):
            event = {
                "kind": "message",
                "role": "user",
                "text": NEEDLE if seq == size // 2 else f"word {seq} " * 20,
            }
            if seq == 1:
                event = {
                    "kind": "run.started",
                    "agent": "reader",
                    "role": "support",
                    "goal": f"{size} events",
                }
            elif seq == size:
                event = {"kind": "run.finished", "claim": "done"}
            envelope = {"v": 1, "run": run, "seq": seq, "at": 1e9 + size + seq / 100, "trace": "0" * 31 + "1"}
            lines.append(Line(run, gate, {**envelope, "span": "2" * 16, "event": event}))
            if len(lines) == BATCH or seq == size:
                trace.write(lines)
                lines = []
    trace.close()


BENCH = Bench(
    name="longrun",
    shows=f"a run of {EVENTS:,} events in a terminal of its own, judged by the bytes it writes",
    goal="opened in at most 1.5 times what a short one takes; key to changed row p50 50 ms, p99 150 ms",
    floor=f"the same with a run of {SHORT} events",
    measure=measure,
    order=75,
)
