"""What one command on the command line costs (P19)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from tests.bench.figures._stand import connect
from tests.bench.ground import ROOT, Ground, command, environment
from tests.bench.shape import Bench, Figure, Floor, interleave, ratio_of_rounds

EMPTY = [sys.executable, "-c", "import http.client"]


def measure(ground: Ground) -> Iterable[Figure]:
    """Yield the CPU of a command that asks the hub, and of one that only prints its help."""
    rounds, each = ground.pick((3, 2), (5, 4))
    hub = ground.hub()
    connect(ground.part("crowd"), hub, 20)
    variables = environment(hub.environment())
    ours = command("interlock")
    runs, kill, empty = interleave(
        rounds,
        each,
        _cpu([*ours, "runs"], variables),
        _cpu([*ours, "kill", "--help"], variables),
        _cpu(EMPTY, variables),
    )
    floor = Floor("python -c 'import http.client'", median(median(one) for one in empty))
    for name, took in (("interlock runs, 20 runs", runs), ("interlock kill --help", kill)):
        ratio = ratio_of_rounds(took, empty, median)
        yield Figure(
            name, median(median(one) for one in took), "ms", floor, 2.0, ratio, "CPU of the whole process"
        )


def _cpu(words: Sequence[str], variables: Mapping[str, str]) -> Callable[[], float]:
    """Return a function that runs the command and answers its CPU time in ms. It raises when the command fails."""

    def once() -> float:
        process = subprocess.Popen(words, env=variables, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{words} ended with {process.returncode}")
        return (usage.ru_utime + usage.ru_stime) * 1e3

    return once


BENCH = Bench(
    name="oneshot",
    shows="CPU of a whole one-shot command, start to end (P19)",
    goal="at most 2 times the floor",
    floor="an interpreter that imports http.client and ends, in turn with the commands",
    measure=measure,
    order=60,
)
