"""Budgets by the clock of the test: exact, sliding, given back where nothing happened."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.gate.budget import Purse, amount

pytestmark = pytest.mark.pure


def test_money_is_counted_exactly() -> None:
    """Ten times ten cents is one, not a little less: the eleventh is refused, and nothing was taken for it."""
    purse = Purse(Decimal(1), "run")
    ten = amount(0.1)
    assert ten is not None
    assert all(purse.take(float(n), ten) for n in range(10))
    assert purse.take(11.0, ten) is None
    assert purse.used == Decimal("1.0")
    assert purse.left(11.0, ten) is None


def test_a_window_slides_and_says_when_there_is_more() -> None:
    """What was taken a minute ago is there again; before that the budget says how long it will be."""
    purse = Purse(Decimal(2), "minute")
    assert purse.take(0.0, Decimal(1))
    assert purse.take(30.0, Decimal(1))
    assert purse.take(59.0, Decimal(1)) is None
    assert purse.left(59.0, Decimal(1)) == 1.0
    assert purse.take(60.0, Decimal(1))
    assert purse.left(60.0, Decimal(3)) is None


def test_what_did_not_happen_is_given_back_once() -> None:
    """A call that failed has its money there again; what has worn off meanwhile is not counted twice."""
    purse = Purse(Decimal(5), "minute")
    taken = purse.take(0.0, Decimal(5))
    assert taken
    assert purse.take(10.0, Decimal(5)) is None
    purse.back(taken, Decimal(5))
    assert purse.used == 0
    again = purse.take(10.0, Decimal(5))
    assert again
    assert purse.take(100.0, Decimal(5))
    purse.back(again, Decimal(5))
    assert purse.used == 5


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 9)), max_size=200))
def test_a_window_never_lets_more_through_than_it_says(steps: list[tuple[float, int]]) -> None:
    """Over any minute the sum of what was taken is at most the limit, however calls fall."""
    purse = Purse(Decimal(20), "minute")
    now, taken = 0.0, list[tuple[float, int]]()
    for wait, asked in steps:
        now += wait * 20
        if purse.take(now, Decimal(asked)):
            taken.append((now, asked))
        assert sum(amount for at, amount in taken if at > now - 60) <= 20


@pytest.mark.parametrize("value", [True, None, "ten", "NaN", "Infinity", -1, "-0.01", [], 1e400])
def test_what_is_no_amount_is_none(value: object) -> None:
    """Below zero would give money back, and what is no number cannot be counted."""
    assert amount(value) is None


@pytest.mark.parametrize(("value", "exact"), [(0.1, "0.1"), ("12.50", "12.50"), (10**20, "1E+20"), (0, "0")])
def test_an_amount_is_what_is_spelled(value: object, exact: str) -> None:
    """Floats count by their shortest spelling, texts as they are written."""
    assert amount(value) == Decimal(exact)
