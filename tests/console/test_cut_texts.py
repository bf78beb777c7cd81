"""A text that has no room ends in an ellipsis: a sentence that merely stops reads as if that were all of it."""

from __future__ import annotations

import pytest

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.widgets.facts import Facts
from interlock_console.widgets.ink import Pieces, cells_of
from interlock_console.widgets.preview import Preview
from tests.support.cases import each

pytestmark = pytest.mark.pure


def _run() -> RunState:
    long = Untrusted("what the customer of the order is to have at the end of it, and nothing else, " * 4)
    return RunState(
        "r-1", agent=Untrusted("clerk"), role=Untrusted("clerk"), goal=long, success=long, calls=1234, errors=567,
        denied=891, tokens_in=1_234_000, tokens_out=567_000, cost=123.45, started_at=1.0, last_at=2.0, n=9,
    )  # fmt: skip


def _line(lines: list[Pieces], label: str) -> str:
    (found,) = (line for line in lines if line and line[0][0].strip() == label)
    return "".join(text for text, _ in found)


@each([80, 160])
def test_a_success_criterion_that_is_cut_says_so(width: int) -> None:
    """The line above a run's trace fits the screen and ends in an ellipsis."""
    facts = Facts()
    facts.state = _run()
    line = _line(facts.lines(width, 5), "success")
    assert line.endswith("\u2026")
    assert cells_of([(line, "")]) <= width


def test_what_a_run_did_and_spent_stands_in_full_beside_the_list() -> None:
    """At the width of the preview of a wide screen, with counts of four digits."""
    preview = Preview()
    preview.state, preview.now = _run(), 3.0
    lines = preview.lines(48, 40)
    assert _line(lines, "calls").endswith(" 1234, 567 failed, 891 denied")
    assert _line(lines, "spent").endswith(" out, $123")
    assert [line for line in lines if cells_of(line) > 48] == []
