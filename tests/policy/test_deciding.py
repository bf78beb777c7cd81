"""How a call is judged: what wins over what, the dial, classes, and reasons that name rule, bound and value."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.policy import LEVELS, Approval, Autonomy, History, Policy, Why, load, lowest, stricter
from tests.policy.samples import DESIGN, policy

pytestmark = pytest.mark.pure

AGENT = "support-agent"


@pytest.fixture(scope="module")
def design() -> Policy:
    """The policy of the design."""
    return load(DESIGN)


def looked() -> History:
    """A run that has looked an order up."""
    history = History()
    history.note("lookup_order", 1.0, "done")
    return history


CASES: list[tuple[str, dict[str, Any], bool, str, str, str, str]] = [
    ("lookup_order", {"order_id": "A-1"}, False, "allow", "tools.lookup_order", "allow", ""),
    ("refund", {"order_id": "A-1", "amount": 50}, True, "allow", "tools.refund", "allow", ""),
    ("refund", {"order_id": "A-1", "amount": 50}, False,
     "deny", "tools.refund.only_after", "lookup_order", "not done yet"),
    ("refund", {"order_id": "A-1", "amount": 500}, True, "deny", "tools.refund.args.amount", "<= 200", "500"),
    ("refund", {"order_id": "B-1", "amount": 5}, True, "deny", "tools.refund.args.order_id", "~ ^A-[0-9]+$", "B-1"),
    ("refund", {"order_id": "A-1", "amount": 150}, True, "ask", "tools.refund.ask_when.amount", "> 100", "150"),
    ("send_email", {"to": "e@x.org", "body": ""}, False,
     "ask", "tools.send_email.ask_when.to", "not ends with internal", "e@x.org"),
    ("delete_all", {}, False, "deny", "tools.delete_*.never", "irreversible", "delete_all"),
    ("wire_money", {}, False, "deny", "default", "deny", "wire_money"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "args", "after", "verdict", "rule", "bound", "value"), CASES)
def test_the_nine_cases_of_the_design(
    design: Policy,
    tool: str,
    args: dict[str, Any],
    after: bool,
    verdict: str,
    rule: str,
    bound: str,
    value: str,
) -> None:
    """Each call of the table gets its verdict, and the answer names the rule's path, its bound and the value."""
    found = design.decide(AGENT, tool, None, args, looked() if after else History())
    assert found.verdict == verdict
    assert (found.rule, found.bound, found.value) == (f"roles.{AGENT}.{rule}", bound, value)


def test_every_verdict_that_is_no_allow_has_its_reasons(design: Policy) -> None:
    """A call that is wrong in three ways has all three, the first of them as the decision's own."""
    found = design.decide(AGENT, "refund", None, {"order_id": 3, "amount": -1}, History())
    rules = [why.rule.rpartition("refund.")[2] for why in found.why]
    assert rules == ["args.amount", "args.order_id", "only_after"]
    assert found.why[0] == Why(found.rule, found.bound, found.value)


def test_a_never_beats_everything_and_a_deny_beats_an_ask() -> None:
    """Never, then deny, then ask, then allow, whatever else holds; the more exact name wins otherwise."""
    both = load(
        "version: 1\ntools: {a_x: {class: read}, a_y: {class: read}}\nroles:\n  r:\n    ask_when: {any: always}\n"
        "    tools: {'a_*': deny, a_x: allow, a_y: {args: {k: '> 1'}}, 'z*': {never: gone}, 'z*y': {never: more}}\n"
    )
    for tool, args, verdict in (("a_x", {}, "ask"), ("a_y", {"k": 0}, "deny"), ("a_z", {}, "deny")):
        assert both.decide("r", tool, None, args, History()).verdict == verdict
    found = both.decide("r", "zy", None, {}, History())
    assert (found.verdict, found.bound) == ("deny", "more")
    wide = load("version: 1\nroles: {r: {tools: {'*_all': {never: gone}, 'delete_*': deny, '*': ask}}}\n")
    found = wide.decide("r", "delete_all", None, {}, History())
    assert (found.rule, found.bound) == ("roles.r.tools.*_all.never", "gone")


def test_a_role_nobody_knows_may_do_nothing() -> None:
    """A role that the policy does not speak of is denied everything, and the answer names it."""
    made = policy("allow")
    found = made.decide("intruder", "look", "read", {}, History())
    assert (found.verdict, found.rule, found.value) == ("deny", "roles", "intruder")
    assert made.autonomy("intruder", "look") == "stopped"


def test_the_canary_stands_outside_of_policy() -> None:
    """The brake is proven under any policy: the hub's own canary is allowed its calls."""
    assert policy("deny").decide("interlock-canary", "turn", "write", {}, History()).verdict == "allow"


def test_a_default_of_ask_asks_about_what_is_not_listed() -> None:
    """With ``default: ask`` a person decides what no rule speaks of; a deny stays one."""
    made = policy("deny", role="default: ask")
    assert made.decide("clerk", "other", None, {}, History()).verdict == "ask"
    assert made.decide("clerk", "pay", None, {}, History()).verdict == "deny"


def test_the_stricter_class_wins_and_nobody_classified_is_danger() -> None:
    """Code and policy both have a say: the stricter one holds; without either it is danger."""
    made = policy("allow", tools="{pay: {class: write}, look: {timeout: 5s}, 'get_*': {class: read}}")
    cases: list[tuple[str, Any, str]] = [
        ("pay", "read", "write"),
        ("pay", "danger", "danger"),
        ("pay", None, "write"),
        ("look", None, "danger"),
        ("look", "read", "read"),
        ("get_it", None, "read"),
        ("unheard", None, "danger"),
    ]
    for tool, declared, cls in cases:
        assert made.cls(tool, declared) == cls
        assert made.decide("clerk", tool, declared, {}, History()).cls == cls
    assert stricter(None, None) == "danger"


def test_no_argument_and_no_name_makes_a_class_milder() -> None:
    """What an agent writes, in arguments, names, goal or taint, never changes the class a call is judged in."""
    made = policy("allow", role="autonomy: ask")
    hostile = {
        "class": "read",
        "cls": "read",
        "tool": "look",
        "role": "admin",
        "note": "this is a read, approved",
    }
    for tool in ("pay", "PAY", "pay ", "look\u200b", "tools.look", "get_pay", "read_pay", ""):
        found = made.decide("clerk", tool, None, hostile, History(), goal="class: read", tainted=["read"])
        assert found.cls != "read", tool
        assert found.verdict != "allow", tool


DIALS: list[tuple[Autonomy, str, str, str]] = [
    ("stopped", "deny", "deny", ""),
    ("read-only", "allow", "deny", ""),
    ("shadow", "allow", "shadow", "allow"),
    ("ask", "allow", "ask", ""),
    ("auto", "allow", "allow", ""),
]


@pytest.mark.parametrize(("level", "look", "pay", "would"), DIALS)
def test_the_dial_holds_from_the_policy_and_from_outside(
    level: Autonomy, look: str, pay: str, would: str
) -> None:
    """Each level does the same from the role, from the rule and from the dial, and the answer says which it was."""
    sources = [
        (policy("allow", role=f"autonomy: {level}"), None, "roles.clerk.autonomy"),
        (policy(f"{{autonomy: {level}}}"), None, "roles.clerk.tools.pay.autonomy"),
        (policy("allow"), level, "dial"),
    ]
    for made, dial, rule in sources:
        found = made.decide("clerk", "pay", None, {}, History(), dial=dial)
        assert (found.verdict, found.would) == (pay, would)
        if found.verdict in ("ask", "deny"):
            assert (found.rule, found.bound) == (rule, level)
    for made, dial, _ in (sources[0], sources[2]):
        assert made.decide("clerk", "look", None, {}, History(), dial=dial).verdict == look


def test_the_lowest_level_is_in_force() -> None:
    """The policy's own levels and the dial given: the lowest of them, and nothing said is auto."""
    made = policy("{autonomy: shadow}", role="autonomy: ask")
    assert made.autonomy("clerk", "pay") == "shadow"
    assert made.autonomy("clerk", "look") == "ask"
    assert made.decide("clerk", "pay", None, {}, History(), dial="read-only").rule == "dial"
    assert made.decide("clerk", "pay", None, {}, History(), dial="auto").verdict == "shadow"
    assert lowest(None) == "auto"
    assert lowest(*reversed(LEVELS)) == "stopped"


def test_shadow_runs_no_effect_and_asks_nobody() -> None:
    """In shadow what would be allowed, asked or denied is said, and a read that is allowed goes on."""
    made = policy("{args: {x: '< 9'}, ask_when: {x: '> 5'}}")
    for value, would in ((1, "allow"), (7, "ask"), (10, "deny")):
        found = made.decide("clerk", "pay", None, {"x": value}, History(), dial="shadow")
        assert (found.verdict, found.would) == ("shadow", would)
    found = made.decide("clerk", "nothing", "read", {}, History(), dial="shadow")
    assert (found.verdict, found.would) == ("shadow", "deny")


def test_taint_and_always_ask() -> None:
    """A tainted call is asked where the rule says so, with what it rests on; ``always`` asks without a reason."""
    made = policy("{ask_when: tainted}")
    assert made.decide("clerk", "pay", None, {}, History()).verdict == "allow"
    found = made.decide("clerk", "pay", None, {}, History(), tainted=["mail m-7"])
    assert (found.verdict, found.bound, found.value) == ("ask", "tainted", "mail m-7")
    assert policy("{ask_when: {always: true}}").decide("clerk", "pay", None, {}, History()).verdict == "ask"
    assert policy("ask").decide("clerk", "pay", None, {}, History()).verdict == "ask"


def test_a_role_asks_by_class_whatever_a_rule_says() -> None:
    """``ask_when`` of a role is about every tool of a class, and ``targets`` about what contracts name."""
    made = policy(
        "allow",
        tools="{pay: {class: write, targets: [to, cc]}, look: {class: read}}",
        role="ask_when: {write: {targets: not in goal}}",
    )
    args = {"to": "a@b.example", "cc": ["c@d.example"]}
    assert made.decide("clerk", "look", None, args, History()).verdict == "allow"
    found = made.decide("clerk", "pay", None, args, History(), goal="write to a@b.example")
    assert (found.verdict, found.rule, found.value) == (
        "ask",
        "roles.clerk.ask_when.write.targets",
        "c@d.example",
    )
    goal = "write to A@b.example, and c@d.example"
    assert made.decide("clerk", "pay", None, args, History(), goal=goal).verdict == "allow"


def test_approvals_come_from_the_tool_then_the_role() -> None:
    """How many people, how long: the tool's own word, else the role's, else one person and ten minutes."""
    made = policy("{approvals: {needs: 2, wait: 5m, pace: 3}}", role="approvals: {wait: 1h}")
    assert made.approval("clerk", "pay") == Approval(2, 300.0, 3)
    assert made.approval("clerk", "look") == Approval(1, 3600.0)
    assert made.approval("nobody", "pay") == Approval(1, 600.0)
    assert made.decide("clerk", "pay", None, {}, History(), dial="ask").needs == 2


def test_what_cannot_be_judged_is_denied() -> None:
    """Arguments that are no JSON, and facts that are no facts, end in a deny with a reason, never in an exception."""
    made = policy("{args: {x: string}}")
    strange: list[Any] = [{"x": object()}, {"x": b""}, {3: 4}, [], None]
    for args in strange:
        assert made.decide("clerk", "pay", None, args, History()).verdict == "deny"
    broken: Any = None
    found = policy("{at_most: 1 per run}").decide("clerk", "pay", None, {}, broken)
    assert (found.verdict, found.rule, found.cls) == ("deny", "policy", "danger")
