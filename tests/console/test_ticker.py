"""The ticker: what the console says of itself is there to its last word, what is told of runs keeps to one line."""

import pytest

from interlock_console.notes import Note
from interlock_console.widgets.ticker import Ticker
from tests.console.feed import Feed, run_id

pytestmark = pytest.mark.pure

REFUSED = (
    "K (stop) takes the role responder, vic is viewer: :break-glass approver in an emergency, "
    "else an admin's 'interlock operator role vic --role responder'"
)


def _told(feed: Feed, width: int) -> list[str]:
    ticker = Ticker(lambda: feed.fleet.head(feed.clock()), feed.clock.wall)
    return ["".join(text for text, _ in line) for line in ticker.lines(width, 4)]


def _feed() -> Feed:
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    return feed


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_refusal_is_readable_to_its_last_word(width: int) -> None:
    """No word of the sentence is lost, at no width, and no line is wider than the screen."""
    feed = _feed()
    feed.fleet.tell(Note(feed.clock.wall(), "", REFUSED, "alarm"))
    told = _told(feed, width)
    assert " ".join(" ".join(told).split()[1:]) == REFUSED
    assert max(map(len, told)) <= width


def test_it_takes_one_line_again_after_a_minute() -> None:
    """Nobody reads it any more then, and the list has its room back."""
    feed = _feed()
    feed.fleet.tell(Note(feed.clock.wall(), "", REFUSED, "alarm"))
    assert len(_told(feed, 80)) == 3
    feed.clock.go(61)
    feed.pulse()
    assert len(_told(feed, 80)) == 1


def test_what_came_behind_ones_own_act_is_told_after_it() -> None:
    """For eight seconds one's own act is what is said; what happened meanwhile is not lost behind it."""
    feed = _feed()
    feed.fleet.tell(Note(feed.clock.wall(), "", "no call of this run waits for a person"))
    feed.clock.go(1)
    call = {"call": "c-1", "tool": "refund", "cls": "write", "escalation": "e-1", "digest": "0" * 64}
    feed.say(run_id(1), "escalation.opened", **call, why=[], needs=1, expires_s=60.0)
    assert "no call of this run waits" in _told(feed, 80)[0]
    feed.clock.go(8)
    feed.pulse()
    assert "asks a person, A opens its card: refund" in _told(feed, 80)[0]


def test_a_fact_of_the_hub_is_told_in_full() -> None:
    """The reason of a standing order may be long, and is why everybody stands still."""
    feed = _feed()
    order = {
        "order": "o-1", "verb": "kill", "scope": {"role": "clerk"}, "by": "ann", "at": 1.0, "later": 0,
        "reason": "refunds are paid twice, do not lift before the payment team says that it is safe again",
    }  # fmt: skip
    feed.pulse(standing=[order])
    assert " ".join(" ".join(_told(feed, 80)).split()).endswith(str(order["reason"]))


def test_no_agent_takes_room_with_what_it_is_called() -> None:
    """A tool with an endless name asks: one line, with the key for it in front of the name."""
    feed = _feed()
    call = {"call": "c-1", "tool": "refund " * 60, "cls": "danger", "escalation": "e-1", "digest": "0" * 64}
    feed.say(run_id(1), "escalation.opened", **call, why=[], needs=1, expires_s=60.0)
    (told,) = _told(feed, 80)
    assert "DANGER asks a person, A opens its card: refund" in told
    assert len(told) <= 80
