"""Every operator of the bounds, as a limit on arguments and as a question, over values of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.policy import History
from tests.policy.samples import policy
from tests.support.cases import each

pytestmark = pytest.mark.pure

HOLDS: list[tuple[str, list[Any], list[Any]]] = [
    ("> 0, <= 200", [1, 200, 0.5], [0, 200.5, -1, "5", True, None, float("nan"), 10**40, {}]),
    (">= 0, < 2", [0, 1.9], [2, -0.1, "1"]),
    ("> 0", [1, 10**40], [-(10**40), float("nan"), "1"]),
    ('= "open"', ["open"], ["Open", "", None, 1]),
    ("= 5", [5, 5.0], [6, "5", True]),
    ("= true", [True], [1, "true", False]),
    ("!= 0", [1, "a", None], [0, 0.0, {"a": 1}]),
    ("~ ^A-[0-9]{1,3}$", ["A-1", "A-123"], ["A-1234", "xA-1", "A-1\n", "", 5, None]),
    ("!~ secret", ["a", ""], ["my secret", 3]),
    ("len <= 3", ["abc", "äöü", [1, 2, 3]], ["abcd", [1, 2, 3, 4], 5, {}]),
    ("len > 1, len < 4", ["ab", [1, 2]], ["a", "abcd", []]),
    ("len = 0", ["", []], ["a", [1]]),
    ("one of eur, usd, 3", ["eur", 3, ["eur", "usd"]], ["EUR", "gbp", 4, ["eur", "gbp"], [["eur"]]]),
    ('one of "a, b", c', ["a, b", "c"], ["a", "b"]),
    ("none of a, b", ["c", 1, ["c"]], ["a", ["c", "b"], [["a"]], {"a": 1}]),
    ("in bad", ["evil", 13], ["good", 14, None]),
    ("not in bad", ["good", 14], ["evil", 13, ["good", "evil"], [["evil"]]]),
    ("ends with inside", ["x@a.example", ["x@a.example", "y@b.example"]],
     ["x@a.example.evil", "x@axexample", "@A.EXAMPLE", 3, None, ["x@a.example", "z@c.example"], "x@a.example\n"]),
    ("not ends with inside", ["x@c.example"], ["x@a.example", ["x@c.example", "y@b.example"], 3]),
    ('starts with "https://a/"', ["https://a/b"], ["http://a/", "xhttps://a/"]),
    ('not starts with "x"', ["ax"], ["xa", None]),
    ('contains "a.b"', ["1a.b2"], ["a-b", 1]),
    ('not contains "a.b"', ["a-b"], ["1a.b2", 1]),
    ("string", ["", "a"], [1, None, ["a"], {}]),
    ("number", [1, 1.5], ["1", True]),
    ("integer", [1], [1.5, "1", True]),
    ("boolean", [True, False], [0, "true"]),
    ("list, len <= 2, ends with inside", [[], ["x@a.example"]], ["x@a.example", ["x@c.example"], ["x@a.example"] * 3]),
    ("object", [{}, {"a": 1}], ["{}", [], None]),
]  # fmt: skip


@each(HOLDS)
def test_a_bound_lets_through_what_it_says_and_nothing_else(
    bound: str, good: list[Any], bad: list[Any]
) -> None:
    """Values inside the bound are allowed; all others are denied, with the rule's path, one clause and the value."""
    made = policy(f"{{args: {{x: {bound!r}}}}}")
    for value in good:
        assert made.decide("clerk", "pay", "write", {"x": value}, History()).verdict == "allow", value
    for value in bad:
        found = made.decide("clerk", "pay", "write", {"x": value}, History())
        assert (found.verdict, found.rule) == ("deny", "roles.clerk.tools.pay.args.x"), value
        assert found.bound in bound
        assert found.value


ASKS: list[tuple[str, list[Any], list[Any]]] = [
    ("> 100", [101, "x", True, [5, 200], {}], [100, 5, [5, 6], []]),
    ("> 5, < 10", [6, [1, 7]], [5, 10, 11, [1, 20]]),
    ("not ends with inside", ["x@c.example", ["x@a.example", "z@c.example"], 3, ["x@a.example", 3]],
     ["x@a.example", ["x@a.example"], []]),
    ("len > 3", ["abcd", [1, 2, 3, 4], 5], ["abc", []]),
    ("in bad", ["evil", [1, "evil"]], ["good"]),
    ("object", [{}], ["a", []]),
    ("= true", [True], [False, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("bound", "asked", "clear"), ASKS, ids=[bound for bound, _, _ in ASKS])
def test_a_question_is_asked_of_any_entry_that_fits_and_of_what_nobody_can_tell(
    bound: str, asked: list[Any], clear: list[Any]
) -> None:
    """One entry of a list is enough, a value of another kind is asked about, and one that is not there is not."""
    made = policy(f"{{ask_when: {{x: {bound!r}}}}}")
    for value in asked:
        found = made.decide("clerk", "pay", "write", {"x": value}, History())
        assert (found.verdict, found.rule) == ("ask", "roles.clerk.tools.pay.ask_when.x"), value
        assert found.bound == bound
    for value in clear:
        assert made.decide("clerk", "pay", "write", {"x": value}, History()).verdict == "allow", value
    for args in ({}, {"x": None}):
        assert made.decide("clerk", "pay", "write", args, History()).verdict == "allow"


def test_a_path_leads_into_objects_and_lists() -> None:
    """``a.b`` is a field, ``rows.items.sum`` the field of each entry, and what is in the way is denied."""
    made = policy("{args: {a.b: '< 3', rows.items.sum: '< 5', 'c?': string, 'd.e?': string}}")
    good = {"a": {"b": 1}, "rows": [{"sum": 1}, {"sum": 4}]}
    assert made.decide("clerk", "pay", "write", good, History()).verdict == "allow"
    assert made.decide("clerk", "pay", "write", {**good, "c": None, "d": {}}, History()).verdict == "allow"
    for args, rule in (
        ({**good, "a": {}}, "a.b"),
        ({**good, "a": 3}, "a.b"),
        ({**good, "rows": [{"sum": 1}, {"sum": 9}]}, "rows.items.sum"),
        ({**good, "rows": [{"sum": 1}, {}]}, "rows.items.sum"),
        ({**good, "c": 3}, "c?"),
        ({**good, "d": {"e": 3}}, "d.e?"),
        ({**good, "d": 4}, "d.e?"),
    ):
        found = made.decide("clerk", "pay", "write", args, History())
        assert (found.verdict, found.rule) == ("deny", f"roles.clerk.tools.pay.args.{rule}"), args


def test_arguments_nobody_bounded_pass_unless_they_are_shut_out() -> None:
    """``other_args: deny`` refuses an argument without a bound, by its name; without it that is let through."""
    assert (
        policy("{args: {x: string}}").decide("clerk", "pay", None, {"x": "", "y": 1}, History()).verdict
        == "allow"
    )
    found = policy("{args: {x: string}, other_args: deny}").decide(
        "clerk", "pay", None, {"x": "", "y": 1}, History()
    )
    assert (found.verdict, found.rule, found.value) == ("deny", "roles.clerk.tools.pay.other_args", "y")


def test_an_expression_in_cel_sees_the_call() -> None:
    """A call passes where ``when`` is true; where it is false, or cannot be evaluated, the call is denied."""
    made = policy(
        "{when: 'args.total == args.net + args.tax && size(tainted) == 0 && goal.contains(\"pay\")'}"
    )
    args = {"total": 12, "net": 10, "tax": 2}
    assert made.decide("clerk", "pay", None, args, History(), goal="pay it").verdict == "allow"
    for wrong, goal in (
        ({**args, "tax": 3}, "pay"),
        ({"total": 1}, "pay"),
        (args, "no"),
        ({**args, "tax": "2"}, "pay"),
    ):
        found = made.decide("clerk", "pay", None, wrong, History(), goal=goal)
        assert (found.verdict, found.rule) == ("deny", "roles.clerk.tools.pay.when")
    asking = policy("{ask_when: {when: 'args.a > 1'}}")
    assert asking.decide("clerk", "pay", None, {"a": 2}, History()).verdict == "ask"
    assert asking.decide("clerk", "pay", None, {"a": 1}, History()).verdict == "allow"
    assert asking.decide("clerk", "pay", None, {}, History()).verdict == "ask"


def test_what_an_agent_sends_does_not_decide_how_long_an_expression_takes() -> None:
    """A list with more entries than an expression goes through is denied, with a sentence that says so."""
    made = policy("{when: 'args.x.all(y, y > 0)'}")
    assert made.decide("clerk", "pay", None, {"x": [1] * 1000}, History()).verdict == "allow"
    found = made.decide("clerk", "pay", None, {"x": [1] * 1001}, History())
    assert found.verdict == "deny"
    assert "more than 1000 entries" in found.value
