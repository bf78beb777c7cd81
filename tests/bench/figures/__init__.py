"""One bench a file: each defines ``BENCH``, and being in this folder is all it takes to be run."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.bench.shape import Bench


def found() -> dict[str, Bench]:
    """Return every bench by its name, in the order they run in."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    benches: list[Bench] = [import_module(f"{__name__}.{name}").BENCH for name in names]
    return {bench.name: bench for bench in sorted(benches, key=lambda bench: (bench.order, bench.name))}
