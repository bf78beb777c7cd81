"""What a bench is, and the arithmetic of its figures. Pure: no process, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tests.bench.ground import Ground

T = TypeVar("T")

MET, NOT_MET, NO_GOAL = "met", "NOT met", ""


@dataclass(frozen=True)
class Floor:
    """What the same machine does at best in the same run: its name, and its median in the figure's unit."""

    name: str
    value: float


@dataclass(frozen=True)
class Figure:
    """One measured line. ``value`` is the number the goal is about, in ``unit``; ``said`` is what stands around it.

    With a ``floor`` the goal is judged on ``ratio`` (by default value over floor), otherwise on the value.
    """

    what: str
    value: float
    unit: str
    floor: Floor | None = None
    limit: float | None = None
    ratio: float | None = None
    said: str = ""

    @property
    def judged(self) -> float:
        """The number that is held against the limit."""
        if self.ratio is not None:
            return self.ratio
        return self.value if self.floor is None else self.value / self.floor.value

    @property
    def word(self) -> str:
        """``met``, ``NOT met``, or nothing where DESIGN 10 has no goal for this line."""
        if self.limit is None:
            return NO_GOAL
        return MET if self.judged <= self.limit else NOT_MET

    def to_json(self) -> dict[str, Any]:
        """Return the figure with its judgement, for ``--json``."""
        return {**asdict(self), "judged": self.judged, "word": self.word}


@dataclass(frozen=True)
class Bench:
    """One bench: what it shows, the goal it is held against, the floor beside it, and how it is measured."""

    name: str
    shows: str
    goal: str
    floor: str
    measure: Callable[[Ground], Iterable[Figure]]
    order: int = 50
    """Benches run from the lowest to the highest."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of ``values`` do not exceed.

    Nearest rank: always a value that was measured. Raises ValueError without values.
    """
    if not values:
        raise ValueError("no values: nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def p50(values: Sequence[float]) -> float:
    """Return the median by nearest rank."""
    return percentile(values, 0.5)


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile by nearest rank."""
    return percentile(values, 0.99)


def spread(values: Sequence[float], unit: str = "ms") -> str:
    """Return ``p50 0.42 p99 1.80 ms (n 200)``."""
    return f"p50 {short(p50(values))} p99 {short(p99(values))} {unit} (n {len(values)})"


def short(value: float) -> str:
    """Return a number with three significant digits and without an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3 if size >= 0.1 else 4
    return f"{value:,.{places}f}"


def interleave(rounds: int, each: int, *contenders: Callable[[], Any]) -> list[list[list[Any]]]:
    """Call the contenders in turn, ``each`` times a round, and return their answers as [contender][round].

    Every second turn goes the other way round, so that none of them always follows the same one.
    """
    answers: list[list[list[Any]]] = [[[] for _ in range(rounds)] for _ in contenders]
    for number in range(rounds):
        for turn in range(each):
            order = list(enumerate(contenders))
            for index, contender in reversed(order) if turn % 2 else order:
                answers[index][number].append(contender())
    return answers


def ratio_of_rounds(
    ours: Sequence[Sequence[float]],
    floor: Sequence[Sequence[float]],
    of: Callable[[Sequence[float]], float] = p50,
) -> float:
    """Return the median over the rounds of ``of(ours) / of(floor)`` of the same round."""
    return median(of(mine) / of(theirs) for mine, theirs in zip(ours, floor, strict=True))


def flat(rounds: Iterable[Iterable[T]]) -> list[T]:
    """Return all answers of all rounds in one list."""
    return [value for one in rounds for value in one]
