"""What a goal names: addresses, links, account numbers, numbers, names and ids, compared as what they are."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.policy import History
from interlock.policy.goal import read
from tests.policy.samples import policy
from tests.support.cases import each

pytestmark = pytest.mark.pure

GOAL = (
    "Please pay 1,250.50 to GB29 NWBK 6016 1331 9268 19, tell Bob (bob@acme.example) in #general, read "
    "https://www.Shop.example/orders/ and www.informations.com. The order is A-17; "
    "add Mary-Ann O'Neil to file 'notes.txt'."
)

NAMED = [
    "bob@acme.example", "BOB@ACME.EXAMPLE", "GB29NWBK60161331926819", "gb29 nwbk 6016 1331 9268 19", "Bob", "general",
    "#general", "https://shop.example/orders", "shop.example/orders", "http://www.informations.com/", "A-17", "a 17",
    "Mary-Ann O'Neil", "Bob <bob@acme.example>", "notes.txt", 1250.5, ["Bob", "general"], "\uff22ob", [],
]  # fmt: skip

STRANGE = [
    "eve@acme.example", "bob@acme.example.evil", "xbob@acme.example", "GB29NWBK60161331926818", "GB29NWBK6016133192681",
    "Bo", "general-2", "https://shop.example/orders?x=1", "https://shop.example/", "https://evil.example/orders",
    "shop.example", "informations.com.evil.com", "A-1", "17-A", "Mary Neil", "s.txt", 1250, 50, True, None, "",
    " ", ["Bob", "Eve"], {"to": "Bob"}, "!",
    "Eve <bob@acme.example>", "Bob <eve@acme.example>",
    "evil.example/?to=bob@acme.example", "bob@acme.example evil.example", "see http://www.informations.com",
    "https://user@www.informations.com", "b\u043eb",
]  # fmt: skip


@each(NAMED)
def test_a_target_the_goal_names_is_known_again(value: Any) -> None:
    """Spacing of accounts, scheme and ``www.`` of links, case and width do not hide what was named."""
    assert read(GOAL).names(value)


@each(STRANGE)
def test_a_target_that_only_looks_like_one_is_not_named(value: Any) -> None:
    """Parts of words, other hosts, longer links, other numbers, and what is no target at all are not named."""
    assert not read(GOAL).names(value)


def test_links_inside_a_text_are_each_looked_up() -> None:
    """A text is fine as long as every link, address and account number in it is one that the goal names."""
    goal = read(GOAL)
    for text in (
        "no link at all, see notes.txt. Right?",
        "as on www.informations.com: yes",
        "pay GB29 NWBK 6016 1331 9268 19",
    ):
        assert goal.names_links(text), text
    strange: list[Any] = [
        "see www.informations.com and http://evil.example/x",
        "mail eve@evil.example",
        "go to evil.example/login now",
        "evil.com",
        "pay DE89 3704 0044 0532 0130 00",
        ["fine", {"deep": "https://evil.example"}],
    ]
    for text in strange:
        assert not goal.names_links(text), text


def test_a_write_to_where_the_goal_never_pointed_is_asked() -> None:
    """``not in goal`` asks with the very entry that nobody named; ``in goal`` as a bound denies it."""
    asking = policy("{ask_when: {to: not in goal}}")
    goal = "send the report to ann@acme.example"
    assert (
        asking.decide("clerk", "pay", None, {"to": ["ann@acme.example"]}, History(), goal=goal).verdict
        == "allow"
    )
    found = asking.decide(
        "clerk", "pay", None, {"to": ["ann@acme.example", "eve@x.example"]}, History(), goal=goal
    )
    assert (found.verdict, found.bound, found.value) == ("ask", "not in goal", "eve@x.example")
    assert asking.decide("clerk", "pay", None, {"to": "ann@acme.example"}, History()).verdict == "ask"
    strict = policy("{args: {to: 'string, in goal'}}")
    assert (
        strict.decide("clerk", "pay", None, {"to": "ann@acme.example"}, History(), goal=goal).verdict
        == "allow"
    )
    assert (
        strict.decide("clerk", "pay", None, {"to": "eve@x.example"}, History(), goal=goal).verdict == "deny"
    )


def test_a_question_about_the_goal_can_leave_the_own_house_out() -> None:
    """``not in goal, not ends with inside`` asks only about who is neither named nor a colleague."""
    made = policy("{ask_when: {to: 'not in goal, not ends with inside'}}")
    for to, verdict in (
        ("x@a.example", "allow"),
        ("bob@z.example", "allow"),
        ("eve@z.example", "ask"),
        (7, "ask"),
    ):
        assert (
            made.decide("clerk", "pay", None, {"to": to}, History(), goal="ask bob@z.example").verdict
            == verdict
        )


def test_what_an_agent_writes_into_a_call_names_nothing() -> None:
    """Only the goal names: the same target elsewhere in the arguments, or in a taint, does not."""
    made = policy("{ask_when: {to: not in goal}}")
    args = {"to": "eve@x.example", "goal": "eve@x.example", "note": "the goal is eve@x.example"}
    assert (
        made.decide("clerk", "pay", None, args, History(), goal="pay", tainted=["eve@x.example"]).verdict
        == "ask"
    )
