"""Circuit breakers by the clock of the test: when one opens, whom it lets probe, and what its end says."""

import pytest

from interlock.contract import Breaking
from interlock.gate.breaker import MOST, Breaker, Breakers

pytestmark = pytest.mark.pure

RULE = Breaking(3, 5, 10.0)


def _end(breaker: Breaker, now: float, *, failed: bool | None) -> bool:
    entered = breaker.enter(now)
    assert entered.ticket
    return breaker.leave(entered.ticket, now, failed=failed)


def _opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(RULE)
    changes = [_end(breaker, now, failed=True) for _ in range(3)]
    assert changes == [False, False, True]
    return breaker


def test_it_opens_at_the_failures_of_the_last_calls_and_refuses_until_then() -> None:
    """Three failures among five calls open it for the window; a call before that time learns how long."""
    breaker = _opened(100.0)
    assert breaker.state == "open"
    refused = breaker.enter(103.0)
    assert (refused.ticket, refused.left) == (0, 7.0)


def test_failures_that_are_old_or_far_back_do_not_count() -> None:
    """Two failures, then either time or good calls pass: the third does not open it."""
    late, busy = Breaker(RULE), Breaker(RULE)
    for breaker in (late, busy):
        for _ in range(2):
            _end(breaker, 0.0, failed=True)
    _end(late, 10.1, failed=True)
    for _ in range(4):
        _end(busy, 1.0, failed=False)
    _end(busy, 1.0, failed=True)
    assert (late.state, busy.state) == ("closed", "closed")


def test_one_call_probes_and_the_others_wait_for_it() -> None:
    """Once its time is up one call is let through; the next ones are refused while it is under way."""
    breaker = _opened()
    probe = breaker.enter(10.0)
    assert probe.ticket
    assert probe.changed
    assert breaker.enter(10.1).ticket == 0
    assert breaker.leave(probe.ticket, 11.0, failed=False)
    assert breaker.state == "closed"
    assert breaker.enter(11.0).ticket


def test_a_probe_that_fails_opens_it_anew() -> None:
    """The window begins again at the end of the probe, and what was counted before is not forgotten."""
    breaker = _opened()
    probe = breaker.enter(10.0)
    assert breaker.leave(probe.ticket, 12.0, failed=True)
    assert (breaker.state, breaker.enter(13.0).left) == ("open", 9.0)


def test_a_probe_that_never_started_leaves_it_to_the_next_call() -> None:
    """A call the gate refused says nothing of the tool: another one probes at once."""
    breaker = _opened()
    probe = breaker.enter(10.0)
    assert breaker.leave(probe.ticket, 10.0, failed=None)
    again = breaker.enter(10.0)
    assert again.ticket
    assert breaker.state == "half-open"


def test_a_probe_that_never_comes_back_is_given_up() -> None:
    """A thread that hangs for ever does not keep the tool away for ever; its late word counts no more."""
    breaker = _opened()
    lost = breaker.enter(10.0)
    assert breaker.enter(19.9).ticket == 0
    second = breaker.enter(20.0)
    assert second.ticket
    assert not breaker.leave(lost.ticket, 20.5, failed=True)
    assert breaker.leave(second.ticket, 21.0, failed=False)
    assert breaker.state == "closed"


def test_what_began_before_it_opened_does_not_close_it() -> None:
    """A call that was under way ends well: only the probe decides."""
    breaker = Breaker(RULE)
    early = breaker.enter(0.0)
    for _ in range(3):
        _end(breaker, 0.0, failed=True)
    assert not breaker.leave(early.ticket, 1.0, failed=False)
    assert breaker.state == "open"


def test_endpoints_without_end_do_not_fill_the_memory_and_never_push_out_an_open_one() -> None:
    """Agents name endpoints: closed breakers are forgotten, the one that protects somebody stays."""
    breakers = Breakers()
    opened = breakers.of("quote", "down", RULE)
    for _ in range(3):
        _end(opened, 0.0, failed=True)
    for number in range(MOST + 50):
        breakers.of("quote", f"e{number}", RULE)
    assert breakers.of("quote", "down", RULE) is opened
    assert breakers.count <= MOST


def test_a_rule_that_a_policy_changed_holds_at_once_and_forgets_nothing() -> None:
    """The same breaker goes on under the new rule."""
    breakers = Breakers()
    before = breakers.of("quote", "", RULE)
    _end(before, 0.0, failed=True)
    after = breakers.of("quote", "", Breaking(2, 5, 10.0))
    assert after is before
    assert _end(after, 1.0, failed=True)


def test_those_that_are_not_closed_are_named_the_latest_to_open_first() -> None:
    """Probing in vain does not make one younger: it counts from when it left closed."""
    breakers = Breakers()
    for name, at in (("a", 10.0), ("b", 20.0), ("c", 30.0)):
        for _ in range(3):
            _end(breakers.of("quote", name, RULE), at, failed=True)
    _end(breakers.of("quote", "a", RULE), 45.0, failed=True)
    _end(breakers.of("quote", "c", RULE), 45.0, failed=False)
    found = [(tool, endpoint, breaker.since) for tool, endpoint, breaker in breakers.tripped()]
    assert found == [("quote", "b", 20.0), ("quote", "a", 10.0)]
