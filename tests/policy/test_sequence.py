"""Bounds on what a run did before: order, counts, windows and pairs."""

from __future__ import annotations

import pytest

from interlock.policy import History
from tests.policy.samples import policy

pytestmark = pytest.mark.pure

TOOLS = "{pay: {class: write}, look: {class: read}, get_a: {class: read}, get_b: {class: read}}"


def _verdict(made: object, history: History, now: float = 0.0, tool: str = "pay") -> str:
    """Return the verdict on one call."""
    return made.decide("clerk", tool, None, {}, history, now=now).verdict  # type: ignore[attr-defined,no-any-return]


def test_only_after_wants_a_call_that_was_done() -> None:
    """A call that failed, is unknown or is still going on is not done; each name of the list must be."""
    made = policy("{only_after: [look, 'get_*']}", tools=TOOLS)
    history = History()
    for outcome in ("started", "failed", "unknown"):
        history.note("look", 1.0, outcome)
        assert _verdict(made, history) == "deny"
    history.note("look", 2.0, "done")
    assert made.decide("clerk", "pay", None, {}, history).bound == "get_*"
    history.note("get_b", 3.0, "done")
    assert _verdict(made, history) == "allow"


def test_never_after_counts_what_started_whatever_became_of_it() -> None:
    """A forbidden predecessor that only started, or failed, is one."""
    made = policy("{never_after: ['get_*']}", tools=TOOLS)
    for outcome in ("started", "done", "failed", "unknown"):
        history = History()
        assert _verdict(made, history) == "allow"
        history.note("get_a", 1.0, outcome)
        found = made.decide("clerk", "pay", None, {}, history)
        assert (found.rule, found.value) == ("roles.clerk.tools.pay.never_after", "get_a was called")


def test_a_forbidden_pair_holds_in_both_orders() -> None:
    """Of two tools that never go together whichever came first shuts the other one out."""
    made = policy("allow", tools=TOOLS, role="never_together: [[pay, look]]")
    for first, second in (("pay", "look"), ("look", "pay")):
        history = History()
        history.note(first, 1.0, "done")
        assert _verdict(made, history, tool=first) == "allow"
        found = made.decide("clerk", second, None, {}, history)
        assert (found.verdict, found.rule) == ("deny", "roles.clerk.never_together")


def test_at_most_counts_the_run_the_minute_and_the_day() -> None:
    """Each limit stands by itself, windows slide, and a call that is still going on counts."""
    made = policy("{at_most: [2 per minute, 3 per run]}")
    history = History()
    assert _verdict(made, history, 0.0) == "allow"
    history.note("pay", 0.0, "started")
    history.note("pay", 10.0, "started")
    found = made.decide("clerk", "pay", None, {}, history, now=59.0)
    assert (found.verdict, found.bound, found.value) == ("deny", "2 per minute", "2 already")
    assert _verdict(made, history, 60.1) == "allow"
    history.note("pay", 60.1, "done")
    history.note("pay", 60.1, "done")
    assert made.decide("clerk", "pay", None, {}, history, now=500.0).verdict == "allow"
    history.note("pay", 500.0, "done")
    assert made.decide("clerk", "pay", None, {}, history, now=9000.0).bound == "3 per run"
    day = policy("{at_most: 1 per day}")
    assert (_verdict(day, history, 86_899.0), _verdict(day, history, 86_901.0)) == ("deny", "allow")


def test_a_name_with_a_star_counts_all_it_stands_for() -> None:
    """``get_*: {at_most: 2 per run}`` is two calls of all of them together."""
    made = policy("allow\n      'get_*': {at_most: 2 per run}", tools=TOOLS)
    history = History()
    history.note("get_a", 1.0, "done")
    assert _verdict(made, history, tool="get_b") == "allow"
    history.note("get_b", 1.0, "failed")
    assert _verdict(made, history, tool="get_a") == "deny"


def test_a_call_noted_at_its_start_and_its_end_counts_once() -> None:
    """Started and done are one call, done alone is one, and one that was withdrawn is none."""
    history = History()
    history.note("pay", 1.0, "started")
    history.note("pay", 2.0, "done")
    history.note("pay", 3.0, "unknown")
    assert history.counts == {"pay": 2}
    history.note("pay", 4.0, "started")
    history.withdraw("pay")
    history.withdraw("pay")
    assert history.counts == {"pay": 2}
    assert history.within(["pay"], 2.5) == 1


def test_time_that_goes_back_frees_nothing() -> None:
    """A clock that was set back does not move calls out of their window."""
    made = policy("{at_most: 1 per minute}")
    history = History()
    history.note("look", 1000.0, "done")
    history.note("pay", 10.0, "done")
    assert history.at == 1000.0
    assert _verdict(made, history, 1059.0) == "deny"


def test_made_up_names_do_not_fill_the_memory() -> None:
    """An agent that calls ten thousand tools by made-up names leaves a bounded history, and real ones still count."""
    history = History()
    history.note("pay", 0.0, "done")
    for number in range(10_000):
        history.note(f"tool-{number}", float(number), "failed")
    history.note("pay", 1.0, "done")
    assert len(history.counts) <= 4_097
    assert history.counts["pay"] == 2


def test_a_history_goes_on_in_another_process() -> None:
    """Its JSON reads as a history that judges alike; anything else is refused."""
    made = policy("{at_most: 2 per minute, only_after: [look]}")
    history = History()
    history.note("look", 1.0, "done")
    history.note("pay", 2.0, "started")
    again = History.from_json(history.to_json())
    again.note("pay", 3.0, "done")
    assert again.counts == {"look": 1, "pay": 1}
    for one in (history, again):
        assert _verdict(made, one, 4.0) == "allow"
    for text in ("", "[]", "{}", '{"at": 1, "counts": 3, "done": [], "flying": {}, "times": {}}'):
        with pytest.raises(ValueError, match=r"not a history|Expecting value"):
            History.from_json(text)
