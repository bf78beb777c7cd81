"""The check of the ledger's file against a receipt: it sees every effect too late, and every clock set meanwhile."""

import pytest

from interlock.gameday.proof import Reading, effects_of, judge

pytestmark = pytest.mark.pure

CONFIRMED = 1_000_100.0
"""By the wall clock; the boot-time clock reads 100 then."""
TOLD = Reading(1_000_100.2, 100.2, 1)


def effect(boot: float, n: int = 1) -> dict[str, object]:
    """Return an effect stamped at a time."""
    return {"n": n, "kind": "refund", "order": "A-1009", "run": "r-1", "boot": boot}


def test_effects_before_the_confirmation_speak_for_it() -> None:
    """Nothing is wrong when all effects are older and none came since."""
    assert judge([effect(99.9)], CONFIRMED, TOLD, Reading(1_000_103.2, 103.2, 1)) == []


def test_an_effect_after_the_confirmation_is_named() -> None:
    """One that was stamped a moment after confirmed, and before the receipt was read, is found by its stamp."""
    problems = judge([effect(100.05)], CONFIRMED, TOLD, Reading(1_000_103.2, 103.2, 1))
    assert len(problems) == 1
    assert "effect 1" in problems[0]
    assert "50 ms after confirmed" in problems[0]


def test_an_effect_after_the_receipt_was_read_is_counted() -> None:
    """One that came later still is found by the count as well."""
    problems = judge([effect(99.9), effect(101.0, 2)], CONFIRMED, TOLD, Reading(1_000_103.2, 103.2, 2))
    assert [problem.split()[0] for problem in problems] == ["1", "effect"]


def test_a_wall_clock_that_was_set_proves_nothing() -> None:
    """Where the clocks have moved against each other the check says so instead of comparing."""
    problems = judge([effect(99.9)], CONFIRMED, TOLD, Reading(1_000_203.2, 103.2, 1))
    assert "wall clock was set" in problems[0]


def test_a_receipt_from_the_future_is_not_believed() -> None:
    """A confirmation later than the moment it was read is a problem of its own."""
    assert judge([effect(99.9)], CONFIRMED + 60, TOLD, Reading(1_000_103.2, 103.2, 1)) != []


def test_only_the_named_runs_count() -> None:
    """Effects of other runs say nothing about these."""
    assert effects_of([effect(1.0), {**effect(2.0), "run": "r-2"}], ["r-2"])[0]["boot"] == 2.0
