"""What a question costs in a trace of 5 M events, beside the same question in one of 1 M (P15)."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from interlock.hub.trace import Line, Trace
from tests.bench.ground import Ground
from tests.bench.parts import past
from tests.bench.shape import Bench, Figure, Floor, flat, interleave, p50, ratio_of_rounds, spread

ROUNDS, EACH = 5, 12
LIMIT = 1.3
_SLO = (
    "SELECT agent, role, sum(done), sum(failed), sum(calls), sum(errors) FROM rollup "
    "WHERE size = 3600 AND at >= ? GROUP BY agent, role"
)


class Side:
    """One trace, and the questions a screen asks of it."""

    def __init__(self, folder: Path) -> None:
        self.trace = Trace.open(folder)
        self._pick = random.Random(5)
        self._seq = 0

    def fleet(self) -> Any:
        """The newest hundred runs."""
        return self.trace.states(limit=100)

    def page(self) -> Any:
        """Two hundred events from anywhere in the run of 100,000."""
        after = self._pick.randrange(past.BIG - 200)
        return self.trace.page(past.run_id(1), after=after, limit=200, max_bytes=1 << 20)

    def month(self) -> Any:
        """An SLO over 30 days, from the hours."""
        return self.trace._reader.rows(_SLO, (int(past.BEGUN),))

    def mark(self) -> Any:
        """The next failed call from anywhere."""
        return self.trace.marks(past.run_id(1), "error", after=self._pick.randrange(past.BIG - 200), limit=1)

    def search(self) -> Any:
        """Two thousand events searched in vain, then a hit: one request of a search."""
        return self.trace.search(
            past.run_id(1), "No Stock", after=self._pick.randrange(past.BIG // 2), limit=20
        )

    def write(self) -> Any:
        """A batch of a hundred events of a run that began now."""
        run = "r-" + "f" * 16
        lines = []
        for _ in range(100):
            self._seq += 1
            lines.append(Line(run, "g-2", past._event(run, self._seq)))
        return self.trace.write(lines)


QUESTIONS: tuple[tuple[str, Callable[[Side], Any]], ...] = (
    ("fleet page", Side.fleet),
    ("page of a run of 100,000", Side.page),
    ("30 days of rollups", Side.month),
    ("next error in a run of 100,000", Side.mark),
    ("search page", Side.search),
    ("append of 100 events", Side.write),
)


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield each question at both sizes, in turn."""
    small, large = ground.pick((200_000, 400_000), (1_000_000, 5_000_000), (1_000_000, 5_000_000))
    folder, more = ground.folder("past"), ground.folder("longer")
    past.begin(folder)
    past.grow(folder, small)
    shutil.copytree(folder, more, dirs_exist_ok=True)
    past.grow(more, large)
    sides = Side(folder), Side(more)
    for what, ask in QUESTIONS:
        for side in sides:
            ask(side)
        floor, ours = interleave(ROUNDS, EACH, *(_timed(ask, side) for side in sides))
        base = Floor(f"{small:,} events", p50(flat(floor)))
        ratio = ratio_of_rounds(ours, floor)
        yield Figure(what, p50(flat(ours)), "ms", base, LIMIT, ratio, spread(flat(ours)))
    for side in sides:
        side.trace.close()


def _timed(ask: Callable[[Side], Any], side: Side) -> Callable[[], float]:
    def once() -> float:
        begun = time.perf_counter()
        ask(side)
        return (time.perf_counter() - begun) * 1e3

    return once


BENCH = Bench(
    name="queries",
    shows="what each screen asks of the trace, with 5 M events stored and with 1 M",
    goal="5 M events cost at most 1.3 times as much as 1 M",
    floor="the same question in the smaller trace, in turn",
    measure=measure,
    order=85,
)
