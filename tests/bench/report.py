"""The table ``make bench`` prints: each figure beside its floor and its goal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from tests.bench.shape import MET, NOT_MET, Bench, Figure, short

WIDTH = 118


def head(bench: Bench) -> str:
    """Return the lines above a bench's figures."""
    about = textwrap.wrap(f"{bench.shows}. Floor: {bench.floor}. Goal: {bench.goal}.", WIDTH - 2)
    return "\n".join([bench.name, *(f"  {line}" for line in about)])


def line(figure: Figure) -> str:
    """Return one figure as one line: what, value, floor, ratio, goal, met or NOT met, and what stands around it."""
    floor = "" if figure.floor is None else f"floor {short(figure.floor.value)}"
    ratio = "" if figure.floor is None and figure.ratio is None else f"x {short(figure.judged)}"
    goal = "" if figure.limit is None else f"<= {short(figure.limit)}"
    value = f"{short(figure.value)} {figure.unit}"
    said = f"  {figure.said}" if figure.said else ""
    return f"  {figure.what:<46}{value:>12}  {floor:<13}{ratio:<8}{goal:<9}{figure.word:<8}{said}".rstrip()


def total(figures: Iterable[Figure]) -> str:
    """Return the last line: how many goals were met, and which were not."""
    words = [(figure.what, figure.word) for figure in figures]
    met = sum(word == MET for _, word in words)
    missed = [what for what, word in words if word == NOT_MET]
    tail = f"; NOT met: {', '.join(missed)}" if missed else ""
    return f"{met} of {met + len(missed)} goals met{tail}"
