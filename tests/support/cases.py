"""Many cases in one test: where each is a line, an item of pytest's for each costs more than what it looks at."""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest

LONGEST = 80


def each(cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Make one test of a check and its cases. It goes through all of them and names every one that fails.

    A case is the check's argument; a tuple is its arguments. A test so made takes no fixtures, and its checks leave
    nothing behind: they share one turn. Without any case it fails. What it raises is an ExceptionGroup with the
    failure of each case, whose note says which it was.
    """
    table = list(cases)

    def made(check: Callable[..., None]) -> Callable[[], None]:
        @wraps(check)
        def test() -> None:
            assert table, "there is no case to look at"
            wrong = [error for case in table if (error := _problem(check, case)) is not None]
            if wrong:
                raise ExceptionGroup(f"{len(wrong)} of {len(table)} cases", wrong)

        # The check's own parameters are no fixtures.
        test.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
        return test

    return made


def _problem(check: Callable[..., None], case: Any) -> Exception | None:
    try:
        check(*(case if type(case) is tuple else (case,)))
    except (Exception, pytest.fail.Exception) as raised:  # noqa: BLE001 - the cases after it are looked at, too
        # A failure of pytest's own, such as of `raises`, fits into no ExceptionGroup.
        error = (
            raised
            if isinstance(raised, Exception)
            else AssertionError(str(raised)).with_traceback(raised.__traceback__)
        )
        shown = repr(case)
        error.add_note(f"in the case {shown if len(shown) <= LONGEST else shown[:LONGEST] + '...'}")
        return error
    return None
