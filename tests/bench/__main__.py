"""``python -m tests.bench [NAME...]``: ratios, each beside its floor of the same run.

Every file in ``figures`` is one bench. Exit code 0 when all that was asked for could be measured, whether or not
a goal was met (a busy neighbour is not a bug); 1 when something could not be measured; 2 for an unknown name.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
import time
import traceback
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from tests.bench.figures import found
from tests.bench.ground import Ground
from tests.bench.report import head, line, total
from tests.bench.shape import Bench, Figure


def main() -> int:
    """Run the benches named on the command line, or all of them."""
    asked = _arguments()
    known = found()
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        print(f"no bench {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    # Whoever stops this run with SIGTERM gets the same clean end as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run([known[name] for name in asked.names or known], asked)
    except KeyboardInterrupt:
        print("\nstopped; every process of this run has ended", file=sys.stderr)
        return 130


def _arguments() -> Namespace:
    parser = ArgumentParser(
        prog="python -m tests.bench", description="Ratios, each beside its floor of the same run."
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", default="default")
    size.add_argument("--long", dest="size", action="store_const", const="long")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write every figure as JSON")
    return parser.parse_args()


def _run(benches: list[Bench], asked: Namespace) -> int:
    started = time.monotonic()
    print(_machine(asked.size), flush=True)
    results: list[dict[str, Any]] = []
    figures: list[Figure] = []
    broken: list[str] = []
    for bench in benches:
        print(f"\n{head(bench)}", flush=True)
        mine: list[Figure] = []
        try:
            _measure(bench, asked.size, mine)
        except Exception:  # noqa: BLE001 - one bench that cannot be measured leaves the others standing
            broken.append(bench.name)
            traceback.print_exc()
        figures += mine
        results.append({"bench": bench.name, "figures": [figure.to_json() for figure in mine]})
    print(f"\n{total(figures)}; {time.monotonic() - started:.0f} s, load now {os.getloadavg()[0]:.1f}")
    if broken:
        print(f"could not be measured: {', '.join(broken)}", file=sys.stderr)
    if asked.json is not None:
        report = {"machine": _machine(asked.size), "benches": results, "broken": broken}
        asked.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if broken else 0


def _measure(bench: Bench, size: str, into: list[Figure]) -> None:
    with Ground(size) as ground:
        for figure in bench.measure(ground):
            into.append(figure)
            print(line(figure), flush=True)


def _machine(size: str) -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.release()}, "
        f"load average {load}, size {size}"
    )


if __name__ == "__main__":
    sys.exit(main())
