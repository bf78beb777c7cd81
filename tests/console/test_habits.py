"""What one run does and no other of its role: a count, told as one, and silent where there is little to compare."""

import random

import pytest

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.habits import COLLEAGUES, Habits
from tests.console.feed import run_id

pytestmark = pytest.mark.pure


def _run(number: int, *tools: str, role: str = "support", mode: str = "live") -> RunState:
    named = [Untrusted(tool) for tool in tools]
    return RunState(run_id(number), role=Untrusted(role), mode=mode, tools=named)


def _many(count: int = COLLEAGUES, start: int = 1) -> list[RunState]:
    return [_run(number, "look", "mail") for number in range(start, start + count)]


def _habits(*states: RunState) -> Habits:
    habits = Habits()
    for state in states:
        habits.put(state)
    return habits


def test_a_tool_that_one_run_of_many_calls_is_named() -> None:
    """The run that calls it is alone with it, in how many is said, and its colleagues are alone with nothing."""
    odd, plain = _run(99, "look", "export"), _many()
    habits = _habits(*plain, odd)
    assert habits.alone(odd) == [Untrusted("export")]
    assert habits.size(odd) == COLLEAGUES + 1
    assert not any(habits.alone(state) for state in plain)
    assert habits.odd() == {odd.run}
    assert habits.rarest(odd) < min(habits.rarest(state) for state in plain)


def test_two_that_do_the_same_are_not_alone_but_still_rare() -> None:
    """As soon as a second run calls it the claim is gone, and both still stand before the others."""
    one, other = _run(98, "look", "export"), _run(99, "look", "export")
    habits = _habits(*_many(), one, other)
    assert habits.alone(one) == habits.alone(other) == []
    assert habits.rarest(one) < habits.rarest(_many()[0])
    habits.drop(other.run)
    assert habits.alone(one) == [Untrusted("export")]


def test_nothing_is_said_of_few_of_another_role_or_of_a_recording() -> None:
    """Too few runs to compare with, another role's tools, and recorded runs make nobody stand out."""
    odd = _run(99, "look", "export")
    assert _habits(*_many(COLLEAGUES - 2), odd).alone(odd) == []
    elsewhere = _run(99, "look", "export", role="stock")
    assert _habits(*_many(), elsewhere).alone(elsewhere) == []
    recorded = _run(99, "look", "export", mode="replay")
    assert _habits(*_many(), recorded).alone(recorded) == []


def test_counts_follow_every_change() -> None:
    """After any order of changes and losses the counts are those of the runs that are there."""
    chance = random.Random(5)
    habits, there = Habits(), dict[str, RunState]()
    for _ in range(600):
        number = chance.randrange(40)
        before = there.get(run_id(number))
        if before is not None and chance.random() < 0.3:
            habits.drop(before.run)
            del there[before.run]
            continue
        more = [tool.raw for tool in before.tools] if before else []
        more += [tool for tool in chance.sample("abcdefgh", 1) if tool not in more]
        state = there[run_id(number)] = _run(number, *more)
        habits.put(state)
    fresh = _habits(*there.values())
    for state in there.values():
        assert habits.alone(state) == fresh.alone(state)
        assert habits.rarest(state) == fresh.rarest(state)
    assert habits.odd() == fresh.odd() == {state.run for state in there.values() if fresh.alone(state)}
    assert len(there) > COLLEAGUES
