"""A test of many cases fails when one of them does, and says which."""

from __future__ import annotations

import pytest

from tests.support.cases import each

pytestmark = pytest.mark.pure


def _failures(error: ExceptionGroup[Exception]) -> list[str]:
    return ["\n".join(wrong.__notes__) for wrong in error.exceptions]


def test_every_case_that_fails_is_named_and_the_others_are_looked_at() -> None:
    """Wrong answers, errors and what pytest itself calls a failure, each with its case."""
    seen: list[int] = []

    @each([(1, "one"), (2, "two"), (3, "three"), (4, "four")])
    def check(number: int, word: str) -> None:
        seen.append(number)
        assert word != "one"
        if number == 2:
            raise LookupError(word)
        with pytest.raises(ZeroDivisionError):
            assert 1 // (number - 3)

    with pytest.raises(ExceptionGroup, match="3 of 4 cases") as caught:
        check()
    assert seen == [1, 2, 3, 4]
    assert _failures(caught.value) == [
        "in the case (1, 'one')",
        "in the case (2, 'two')",
        "in the case (4, 'four')",
    ]


def test_no_case_at_all_is_a_failure() -> None:
    """A table that has become empty proves nothing."""

    @each([])
    def check(number: int) -> None:
        assert number

    with pytest.raises(AssertionError, match="no case"):
        check()
