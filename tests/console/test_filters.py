"""The typed filter of the fleet."""

import pytest

from interlock_console.filters import parse
from tests.console.feed import Feed

pytestmark = pytest.mark.pure


def _names(text: str) -> set[str]:
    feed = Feed()
    feed.snapshot()
    feed.began(1, agent="refunds", role="clerk", goal="refund order A-1009")
    lost = feed.began(2, agent="mailer", role="clerk", goal="answer the Customer")
    feed.say(lost, "run.lost", why="no heartbeat")
    killed = feed.began(3, agent="kb-sync", role="robot", goal="refresh")
    feed.order(killed, "kill", "order.recorded", by="bob")
    return {str(state.agent) for state in feed.fleet.pull().changed.values() if parse(text).fits(state)}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", {"refunds", "mailer", "kb-sync"}),
        ("refund", {"refunds"}),
        ("CUSTOMER", {"mailer"}),
        ("state:lost", {"mailer"}),
        ("lost", {"mailer"}),
        ("state:stopping", {"kb-sync"}),
        ("role:clerk", {"refunds", "mailer"}),
        ("role:clerk !state:lost", {"refunds"}),
        ("!clerk", {"kb-sync"}),
        ("by:bob", {"kb-sync"}),
        ("role:", {"refunds", "mailer", "kb-sync"}),
        ("[/x] \\", set()),
    ],
)
def test_a_filter_keeps_what_every_word_fits(text: str, left: set[str]) -> None:
    """Plain words look at the usual fields, named ones at their own, and an exclamation mark turns a word around."""
    assert _names(text) == left


def test_an_unknown_field_is_said_and_sought_as_text() -> None:
    """A field nobody knows is no silence: the filter says so and looks for the text as it was typed."""
    sought = parse("stat:lost")
    assert "no field 'stat'" in sought.problem
    assert sought.terms
