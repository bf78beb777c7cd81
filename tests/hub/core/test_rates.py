"""An agent that asks people and lets go comes to an end: orders are recorded behind what it sends (L2, A9)."""

from __future__ import annotations

import pytest

from interlock.hub.core.rates import AGENT_RATE, AGENTS_MAX, ALL_RATE, Rates
from interlock.wire import Drop
from tests.hub.core.office import office

pytestmark = pytest.mark.pure


def test_an_agent_that_asks_and_lets_go_is_slowed_down() -> None:
    """Past the rate nothing is written for it; once time has gone by it may ask again."""
    most, seconds = AGENT_RATE
    made = office()
    for n in range(3 * most):
        made.wants(f"c-{n}")
        made.drops(f"c-{n}")
    assert (len(made.facts("escalation")), made.last(1, "refused").code) == (most, "limit")
    made.wait(seconds)
    assert made.waits("later").state == "waiting"


def test_many_agents_are_slowed_down_together_and_nobody_is_kept() -> None:
    """Names are cheap, so there is a rate for all of them; who has not asked of late is forgotten."""
    most, seconds = ALL_RATE
    rates = Rates()
    said = [rates.over(f"agent-{n}", 1.0) for n in range(2 * most)]
    assert [bool(each) for each in said] == [False] * most + [True] * most
    assert f"{most} calls of all" in said[-1]
    for n in range(2 * AGENTS_MAX):
        rates.over(f"later-{n}", 100.0 + n * seconds)
    assert len(vars(rates)["_agents"]) <= AGENTS_MAX + 1


def test_what_another_policy_made_void_is_asked_again_at_any_rate() -> None:
    """Pushes in a row refuse no call that waits already, whoever was faster; what an agent lets go of itself counts."""
    made = office()
    most, _ = AGENT_RATE
    known = made.waits("c-x")
    for number in range(2 * most):
        made.law.name = f"{number:064x}"
        if number % 2:
            made.frame(1, Drop(run=known.run, req=known.req, why="it is to be decided anew"))
        else:
            made.wait(0.1)
        before, known = known, made.waits("c-x", req=f"again-{number}")
        assert (before.state, known.state, known.name != before.name) == ("void", "waiting", True)
    for n in range(most):
        made.wants(f"c-{n}")
        made.drops(f"c-{n}")
    assert (len(made.facts("escalation")), made.last(1, "refused").code) == (3 * most, "limit")
