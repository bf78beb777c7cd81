"""The typed filter of the fleet: what each kind of word keeps, and what is said of one that means nothing."""

import pytest

from interlock.text import Untrusted
from interlock_console.filters import Filter, parse
from tests.console.feed import WALL, Feed
from tests.support.cases import each

pytestmark = pytest.mark.pure

NOW = WALL + 401.0


def _feed() -> Feed:
    feed = Feed()
    feed.snapshot()
    feed.began(1, agent="refunds", role="clerk", goal="refund order A-1009", labels={"team": "Pay"})
    feed.clock.go(290)
    lost = feed.began(2, agent="mailer", role="clerk", goal="answer the Customer", model="big-2")
    feed.say(lost, "run.lost", why="no heartbeat")
    killed = feed.began(3, agent="kb-sync", role="robot", goal="refresh", parent=lost)
    feed.order(killed, "kill", "order.recorded", by="bob")
    looping = feed.began(4, agent="looper", role="robots", goal="try again")
    for call in "abc":
        feed.calls(looping, call, tool="lookup")
    feed.say(looping, "model.finished", call="m", tokens_in=150_000, tokens_out=10, cost=2.5)
    feed.say(looping, "run.claimed", by="ann", note="")
    return feed


def _names(text: str, me: tuple[str, ...] = ("ann",)) -> set[str]:
    sought = parse(text, me)
    assert not sought.problem
    return {str(state.agent) for state in _feed().fleet.pull().changed.values() if sought.fits(state, NOW)}


ALL = {"refunds", "mailer", "kb-sync", "looper"}


@each(
    [
        ("", ALL),
        ("refund", {"refunds"}),
        ("CUSTOMER", {"mailer"}),
        ('"order a-1009"', {"refunds"}),
        ("state:lost", {"mailer"}),
        ("lost", {"mailer"}),
        ("state:stopping", {"kb-sync"}),
        ("state:lost|stopping", {"mailer", "kb-sync"}),
        ("role:clerk", {"refunds", "mailer"}),
        ("role:robot", {"kb-sync", "looper"}),
        ("role=robot", {"kb-sync"}),
        ("role!=robot", ALL - {"kb-sync"}),
        ("agent:*er", {"mailer", "looper"}),
        ("role:clerk !state:lost", {"refunds"}),
        ("!clerk", {"kb-sync", "looper"}),
        ("by:bob", {"kb-sync"}),
        ("role:", ALL),
        ("tool:lookup", {"looper"}),
        ("need:loop", {"looper"}),
        ("need:person", {"mailer", "kb-sync", "looper"}),
        ("claimed:me", {"looper"}),
        ("claimed:nobody", ALL - {"looper"}),
        ("label.team:pay", {"refunds"}),
        ("model:big", {"mailer"}),
        ("parent:r-0000000000000002", {"kb-sync"}),
        ("cost>2", {"looper"}),
        ("cost>=$2.50", {"looper"}),
        ("tokens>100k", {"looper"}),
        ("tokens<0.1M", ALL - {"looper"}),
        ("calls=3", {"looper"}),
        ("age>5m", {"refunds"}),
        ("age<=1m50s", ALL - {"refunds"}),
        ("r-0000000000000001", {"refunds"}),
        ("0000000000000001", set[str]()),
        ("[/x] \\", set[str]()),
    ],
)
def test_a_filter_keeps_what_every_word_fits(text: str, left: set[str]) -> None:
    """Plain words look at what is shown, named ones at their own field, and an exclamation mark turns one around."""
    assert _names(text) == left


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stat:lost", "no field stat: did you mean state?"),
        ("cost>much", "cost is a number such as 2, $2.50 or 1k, not much"),
        ("age>5q", "age is a time such as 90s, 5m or 1h30m, not 5q"),
        ("tokens>1m", "tokens is a number such as 50, 100k or 1.5M, not 1m"),
        ("state:pased", "no state pased: did you mean paused?"),
        ("need:lop", "no need lop: did you mean loop?"),
        ("role>3", "role is text: write role:word or role=word, not role>"),
        ("http://x", "no field http: there are state"),
    ],
)
def test_a_word_that_means_nothing_is_said_with_the_nearest_one(text: str, said: str) -> None:
    """An unknown field, a bad number and a state no run can have are no silence and no filter."""
    sought = parse(f"refund {text}")
    assert sought.problem.startswith(said)
    assert not sought
    assert sought.text == f"refund {text}"


def test_half_a_word_is_no_mistake() -> None:
    """While a field or a number is being typed, nothing is wrong and nothing is left out."""
    for text in ("role:", "cost>", 'goal:"refund or', "!"):
        assert not parse(text).problem


def test_only_ages_need_the_clock() -> None:
    """A filter by age is looked at again as time goes by; no other one is."""
    assert parse("age>5m").timed
    assert parse("quiet>10s role:x").timed
    assert not parse("cost>2 role:x").timed


def test_the_runs_that_prove_the_brake_are_asked_for_by_name() -> None:
    """Only a filter that names the hub's own role or agent shows its runs, and one that leaves them out does not."""
    assert parse("role:interlock-canary").proofs
    assert not parse("!role:interlock-canary").proofs
    assert not parse("canary").proofs


def test_without_a_name_nothing_is_claimed_by_me() -> None:
    """A console that does not know who its operator is says of no run that it is theirs, and of none it is nobody's."""
    state = next(iter(_feed().fleet.pull().changed.values()))
    assert not parse("claimed:me").fits(state)
    state.claimed_by = Untrusted("bob")
    assert not parse("claimed:me").fits(state)
    assert Filter().fits(state)
