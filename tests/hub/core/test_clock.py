"""Wall time is decoration (invariant D9): whatever a clock does, orders, leases and permits are the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from interlock.hub.core.effects import Append, Effect, Moment
from tests.hub.core.plant import Plant, flying

pytestmark = pytest.mark.pure

HOUR, DAY, YEARS = 3600.0, 86_400.0, 10 * 365.25 * 86_400.0
Wall = Callable[[int], float]

SCHEDULES: dict[str, Wall] = {
    f"{way}{name}": (lambda n, step=step, sign=sign: sign * step if n > 20 else 0.0)  # type: ignore[misc]
    for name, step in (("an hour", HOUR), ("a day", DAY), ("ten years", YEARS))
    for way, sign in (("on by ", 1), ("back by ", -1))
}
SCHEDULES |= {
    "to and fro at every look": lambda n: YEARS if n % 2 else -DAY,
    "back an hour at every look": lambda n: -HOUR * n,
    "slower and slower": lambda n: -0.9 * n,
}


@dataclass
class Adrift(Plant):
    """A hub whose wall clock is off by what a schedule says; each look at it counts."""

    wall: Wall = lambda _: 0.0
    looks: int = 0
    story: list[Any] = field(default_factory=list)

    @property
    def now(self) -> Moment:
        """Now: the clock that decides, and the one that is shown."""
        self.looks += 1
        return Moment(self.time, 1_700_000_000.0 + self.time + self.wall(self.looks))

    def _take(self, effect: Effect) -> None:
        self.story.append(_bare(effect))
        super()._take(effect)


def _bare(value: Any) -> Any:
    """Return a value without what a wall clock wrote into it."""
    if isinstance(value, Append):
        return "append", [
            (fact.kind, fact.run, fact.order, fact.permit, _bare(fact.body)) for fact in value.facts
        ]
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if name != "at"}
    if hasattr(value, "model_dump"):
        return _bare(value.model_dump(mode="json"))
    if hasattr(value, "__dataclass_fields__"):
        return type(value).__name__, {
            name: _bare(getattr(value, name)) for name in value.__dataclass_fields__ if name != "at"
        }
    if isinstance(value, list | tuple):
        return [_bare(inner) for inner in value]
    return value


def lived(wall: Wall) -> tuple[list[Any], list[Any]]:
    """Return what a hub did with two runs over a minute of work, and what it did after it died and came back."""
    plant = Adrift(wall=wall)
    for gate in (1, 2):
        plant.hello(gate, gate)
        plant.open(gate, gate)
        plant.beat(gate)
    first = plant.permit(1, 1, "a")
    plant.wait(1.5)
    plant.outcome(1, 1, first, "a")
    plant.order(1, "pause", 1)
    plant.answer(1, 1, 1)
    plant.ask(1, 1, "held")
    plant.beat(1, 1)
    plant.wait(3.0)
    plant.order(2, "resume", 1)
    plant.answer(1, 2, 1)
    plant.beat(2, 1)
    plant.permit(2, 2, "b")
    plant.order(3, "kill", 2)
    plant.close(2)
    for _ in range(12):
        plant.wait(1.0)
        plant.beat(1, 9)
    before, plant.story = plant.story, []
    plant.order(4, "kill", 1)
    plant.crash()
    plant.wait(8.0)
    plant.hello(3, 1)
    plant.open(3, 1, again=True)
    plant.answer(3, 4, 1, flying("c"))
    plant.wait(1.0)
    plant.answer(3, 4, 1)
    plant.wait(4.0)
    return before, [*plant.story, plant.stages(3, 2), plant.stages(4, 1)]


TRUE = lived(lambda _: 0.0)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_clock_that_jumps_changes_nothing_that_counts(name: str) -> None:
    """Frames, facts, grants and stages come in the same order at the same monotonic moments, restart included."""
    before, after = lived(SCHEDULES[name])
    assert before == TRUE[0]
    assert _timeless(after) == _timeless(TRUE[1])


def _timeless(story: Any) -> Any:
    """Leave out the milliseconds of an order that is older than the hub: only wall clocks span a restart."""
    if isinstance(story, dict):
        return {name: _timeless(inner) for name, inner in story.items() if name != "ms"}
    if isinstance(story, list | tuple):
        return [_timeless(inner) for inner in story]
    return story


def test_the_story_has_what_clocks_could_change() -> None:
    """Permits, a held request, a resume, a presumed and a confirmed stop are in it: equal stories mean something."""
    told = repr(TRUE)
    for part in ("granted", "stop.presumed", "stop.confirmed", "drained", "run.lost", "'verb': 'resume'"):
        assert part in told, part
