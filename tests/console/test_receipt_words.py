"""A receipt never says more than its stages prove."""

from __future__ import annotations

import pytest

from interlock import orders
from interlock_console import receipts
from interlock_console.commands import _receipt
from tests.console.stories import flying, gate, receipt
from tests.hostile.oracle import forbidden_in_lines
from tests.hostile.payloads import PAYLOADS
from tests.support.cases import each

pytestmark = pytest.mark.pure

KILL = ("requested", "pushed", "recorded", "acknowledged")


def _all(made: dict[str, object]) -> str:
    return _receipt.text(made)


def test_the_stages_are_those_of_the_orders() -> None:
    """The light table and the vocabulary of the orders are the same."""
    assert receipts.STAGES == orders.STAGES


@pytest.mark.parametrize("count", range(len(KILL) + 1))
def test_a_kill_that_is_not_concluded_never_says_stopped(count: int) -> None:
    """Up to the acknowledgement of every gate a kill is under way, whatever is on disk."""
    made = receipt("kill", *KILL[:count])
    assert receipts.head(made).text.startswith("STOPPING: ")
    assert "stopped" not in _all(made).lower()
    assert not receipts.complete(made)


def test_presumed_and_confirmed_are_two_words() -> None:
    """Presumed says what is missing; confirmed says what was proven, also when presumed came first."""
    held = gate(in_flight=[flying()])
    silent = gate(gate="g-00000000000000bb", answered=False, connected=False)
    presumed = receipts.head(receipt("kill", *KILL, "presumed", gates=[held, silent]))
    assert presumed.text.startswith("PRESUMED STOPPED: nothing new can start; not confirmed")
    assert "1 gate has not answered, 1 call in flight" in presumed.text
    assert presumed.tone == "alarm"
    confirmed = receipts.head(receipt("kill", *KILL, "presumed", "confirmed", gates=[gate()]))
    assert confirmed.text == "CONFIRMED STOPPED: no gated call in flight"


def test_a_presumed_stop_with_every_answer_does_not_blame_a_gate() -> None:
    """When all gates answered and a call hangs, the receipt says so and not that a gate is silent."""
    made = receipt("kill", *KILL, "presumed", gates=[gate(in_flight=[flying()])])
    assert "1 call in flight" in receipts.head(made).text
    assert "not answered" not in _all(made).lower()


@pytest.mark.parametrize(
    ("verb", "last", "said"),
    [
        ("pause", "drained", "PAUSED, DRAINED: no gated call in flight"),
        ("resume", "acknowledged", "RESUMED"),
        ("cancel", "ended", "ENDED by the agent"),
    ],
)
def test_every_verb_has_its_own_last_word(verb: str, last: str, said: str) -> None:
    """A pause is drained, a resume answered, a cancel ended; before that none of them says so."""
    stages = orders.STAGES[verb]
    before = receipt(verb, *stages[: stages.index(last)])
    assert said not in _all(before)
    assert receipts.head(receipt(verb, *stages)).text.startswith(said)


def test_an_unrecorded_order_is_loud() -> None:
    """An order that acts and is not on disk says UNRECORDED in its first line and in a line of its own."""
    made = receipt("kill", *KILL, "confirmed", unrecorded=True)
    assert "UNRECORDED" in receipts.head(made).text
    assert receipts.head(made).tone == "alarm"
    assert _all(made).count("UNRECORDED") == 2


def test_all_parts_of_a_receipt_are_there() -> None:
    """Times, gates, calls in flight with class and permit, late outcomes, children and what is waited for."""
    late = {"call": "c-1", "tool": "refund", "permit": None, "outcome": "unknown", "ms": 2310.0}
    made = receipt(
        "kill", *KILL, gates=[gate(answered=False)], in_flight_at_stop=[flying()], late=[late],
        children=["r-00000000000000bb"], waits_for=["the answer of gate g-00000000000000aa"],
        inherited_from="r-00000000000000cc",
    )  # fmt: skip
    text = _all(made)
    for part in (
        "by ann", "runaway cost", "recorded       2.00 s", "confirmed     not yet", "HAS NOT ANSWERED", "pid 7 on box",
        "refund (write) for 40 ms, permit p-00000000000000aa", "refund UNKNOWN, it may have happened, after 2.31 s",
        "r-00000000000000bb", "the answer of gate", "from r-00000000000000cc",
    ):  # fmt: skip
        assert part in text


def test_presumed_is_not_open_any_more_once_the_stop_is_confirmed() -> None:
    """A confirmed stop waits for nothing."""
    assert "not yet" not in _all(receipt("kill", *KILL, "confirmed"))


@each(PAYLOADS)
def test_no_text_in_a_receipt_acts_on_a_terminal(name: str) -> None:
    """Reason, operator, tool, host and note are shown through the text functions."""
    text = PAYLOADS[name][:9_000]
    made = receipt(
        "kill", *KILL, by=text, gates=[gate(host=text, in_flight=[flying(tool=text)])],
        in_flight_at_stop=[flying(tool=text)], waits_for=[text],
    )  # fmt: skip
    made["reason"] = text
    made["stages"][0]["note"] = text
    assert forbidden_in_lines((_all(made) + "\n").encode()) == []
