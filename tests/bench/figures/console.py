"""The console in a terminal: first frame, keystroke to changed cell, keystroke to closed gate (P1, P20)."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from psutil import Process

from tests.bench.desk import Echo, peak_mib
from tests.bench.figures._stand import connect
from tests.bench.ground import Ground, Hub, Part, command, environment
from tests.bench.shape import Bench, Figure, Floor, flat, interleave, p50, p99, ratio_of_rounds, spread
from tests.bench.terminal import Piece, Terminal

AGENTS, RUNS, UPDATES = 200, 50, 200
BARE = [sys.executable, "-m", "tests.bench.parts.bare"]
RUNS_SAID = f"{AGENTS * RUNS:,} runs, {UPDATES} updates/s"
WAIT_S, LOAD_S, DIALOG_S = 30.0, 180.0, 0.6
STALL_S = 10.0

_ID = re.compile(r"r-[0-9a-f]{6,16}")


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield the first frame, the keys that move, and the key that stops."""
    hub = ground.hub()
    crowd = ground.part("crowd")
    variables = environment(hub.environment())
    yield from _first(ground, variables)
    connect(crowd, hub, AGENTS, RUNS)
    crowd.ask("flow", rate=UPDATES, burst=1, seconds=600)
    terminal = Terminal(command("interlock"), variables, 160, 45)
    try:
        begun = time.monotonic()
        full = f"of {AGENTS * RUNS} runs"
        at = terminal.wait_for(lambda lines: any(full in row for row in lines), LOAD_S)
        yield Figure(f"whole fleet of {AGENTS * RUNS:,} on screen", at - begun, "s")
        terminal.wait_for(lambda lines: under_cursor(lines) is not None, WAIT_S)
        yield from _keys(ground, terminal)
        yield _stops(ground, hub, crowd, terminal)
        yield from _stalled(crowd, terminal)
        size = peak_mib(terminal.process.pid)
        yield Figure(f"console's largest size, {AGENTS * RUNS:,} runs", size, "MiB", None, 300.0)
    finally:
        terminal.stop()


def _paused(crowd: Part) -> dict[str, tuple[float, str]]:
    """Return which runs were paused since the last question; a resume of before may still have been on its way."""
    return {run: found for run, found in crowd.ask("closed").items() if found[1] == "pause"}


def _stalled(crowd: Part, terminal: Terminal) -> Iterable[Figure]:
    """Read nothing of the terminal for a while: a key still closes a gate, and afterwards the screen is current."""
    terminal.collect(0.5)
    crowd.ask("closed")
    time.sleep(STALL_S)
    at = terminal.press(b"p")
    time.sleep(1.0)
    closed = _paused(crowd)
    if len(closed) != 1:
        raise RuntimeError(f"p closed {len(closed)} gates while the terminal took nothing, not 1")
    said = f"nothing was read for {STALL_S:.0f} s before and while it was pressed"
    ms = (next(iter(closed.values()))[0] - at) * 1e3
    yield Figure("p to closed gate, terminal stalled", ms, "ms", None, 150.0, None, said)
    before = under_cursor(terminal.draw((0.0, b"")))
    begun = terminal.press(b"j")
    seen = terminal.wait_for(lambda lines: under_cursor(lines) not in (before, None), WAIT_S)
    said = "from when it is read again and a key is pressed to the changed cell"
    yield Figure("first key after the stall", (seen - begun) * 1e3, "ms", None, 150.0, None, said)


def _first(ground: Ground, variables: Mapping[str, str]) -> Iterable[Figure]:
    rounds = ground.pick(3, 9)
    ours, bare = interleave(rounds, 1, _frame(command("interlock"), variables), _frame(BARE, variables))
    ratio = ratio_of_rounds(ours, bare, median)
    floor = Floor("bare Textual app", median(flat(bare)))
    yield Figure(
        "first frame", median(flat(ours)), "ms", floor, 1.4, ratio, f"{spread(flat(ours))}, from exec"
    )


def _frame(words: Sequence[str], variables: Mapping[str, str]) -> Callable[[], float]:
    """Return a function that starts the program and answers when its last line had text, in ms from its start."""

    def once() -> float:
        terminal = Terminal(words, variables)
        try:
            return (terminal.wait_for(lambda lines: bool(lines[-1].strip()), WAIT_S) - terminal.started) * 1e3
        finally:
            terminal.stop()

    return once


def _keys(ground: Ground, terminal: Terminal) -> Iterable[Figure]:
    """Move the cursor down and up, and see when the row under it became another one."""
    count = ground.pick(30, 100)
    ms: list[float] = []
    program = Process(terminal.process.pid)
    spent, begun = program.cpu_times(), time.monotonic()
    for number in range(count):
        at = terminal.press(b"j" if number % 20 < 10 else b"k")
        ms.append((_changed(terminal, terminal.collect(0.5)) - at) * 1e3)
    now, took = program.cpu_times(), time.monotonic() - begun
    share = (now.user + now.system - spent.user - spent.system) / took * 100
    yield Figure("key to changed cell, p50", p50(ms), "ms", None, 50.0, None, f"{RUNS_SAID}; {spread(ms)}")
    yield Figure("key to changed cell, p99", p99(ms), "ms", None, 150.0, None, RUNS_SAID)
    yield Figure("console's share of a core", share, "%", None, None, None, f"{RUNS_SAID}, a key each 500 ms")


def _changed(terminal: Terminal, pieces: list[Piece]) -> float:
    """Draw the pieces and return when the row under the cursor became another run."""
    before, found = under_cursor(terminal.draw((0.0, b""))), 0.0
    for piece in pieces:
        now = under_cursor(terminal.draw(piece))
        if not found and now is not None and now != before:
            found = piece[0]
    if not found:
        raise RuntimeError(f"no key moved the cursor from {before}:\n" + "\n".join(terminal.draw((0.0, b""))))
    return found


def _stops(ground: Ground, hub: Hub, crowd: Part, terminal: Terminal) -> Figure:
    """Press K on one run after another: the gate of the run under the cursor closes at once, before any dialog."""
    echo = Echo(ground.part("echo").ask("port"))
    ours: list[float] = []
    floor: list[float] = []
    crowd.ask("closed")
    for _ in range(ground.pick(8, 20)):
        at = terminal.press(b"K")
        terminal.collect(DIALOG_S)
        closed = _paused(crowd)
        if len(closed) != 1:
            raise RuntimeError(f"K closed {len(closed)} gates, not 1")
        ours.append((next(iter(closed.values()))[0] - at) * 1e3)
        for _ in range(5):
            time.sleep(0.003)
            floor.append(echo.ms())
        for key in (b"q", b"r", b"j"):
            terminal.press(key)
            terminal.collect(0.2)
        crowd.ask("closed")
    echo.close()
    return Figure(
        "K pressed to closed gate", p50(ours), "ms", Floor("TCP echo", p50(floor)), 10.0, None, spread(ours)
    )


def under_cursor(lines: Sequence[str]) -> str | None:
    """Return the id in the row that carries the cursor's mark, None when no row does."""
    for row in lines:
        if row.startswith(">") and (found := _ID.search(row)):
            return found[0]
    return None


BENCH = Bench(
    name="console",
    shows="the console in a terminal of its own, judged by the bytes it writes (P1, P20)",
    goal="first frame at most 1.4 times the floor; key to changed cell p50 50 ms, p99 150 ms; K to closed gate"
    " at most 10 times a TCP echo",
    floor="a bare Textual app with the same widgets; for K a TCP echo",
    measure=measure,
    order=70,
)
