"""What a run's calls come to, decided in memory: by class, policy, dial and mode, and by what was called before."""

from typing import Any

import pytest

from interlock import ids
from interlock.dials import Dial, DialScope
from interlock.gate.judging import Judge
from interlock.gate.texts import refusal
from interlock.link.member import Member, Who
from interlock.link.rules import Rulebook, Rules, Side, read
from interlock.policy import load, staged
from interlock.wire import PolicyText
from interlock.wire import Rules as Frame

pytestmark = pytest.mark.pure

POLICY = """
version: 1
tools:
  lookup_order: {class: read}
  refund: {class: write}
  peek: {class: danger}
roles:
  support-agent:
    default: deny
    tools:
      lookup_order: allow
      peek: allow
      refund:
        args: {amount: "> 0, <= 200"}
        at_most: 2 per run
        only_after: [lookup_order]
        ask_when: {amount: "> 100"}
"""
WHO = Who("refunds", "support-agent", "refund order A-1009", "live")


class Place:
    """Where a judge reads the rules of now: all that a link is to it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules


def side(text: str = POLICY) -> Side:
    """Return a policy as a gate has it."""
    policy = load(text)
    return read(1, policy.digest, policy.to_json())


def dial(level: str, **scope: Any) -> Dial:
    """Return a dial at a level."""
    return Dial.model_validate(
        {"scope": DialScope.model_validate(scope), "level": level, "order": ids.new_order()}
    )


def judge(rules: Rules, who: Who = WHO) -> Judge:
    """Return the judge of one run under these rules."""
    return judged(rules, who)[0]


def judged(rules: Rules, who: Who = WHO) -> tuple[Judge, Any]:
    """Return the judge of one run, and the place where it reads the rules of now."""
    member = Member(ids.new_run(), trace="", span="", parent_span=None, first=None)
    member.who = who
    place: Any = Place(rules)
    return Judge(place, member), place


def test_without_a_policy_calls_go_by_their_class() -> None:
    """No policy pushed yet is allow by class, and the rule says so."""
    made = judge(Rules())
    assert made.glance("lookup_order", {}) == "class read"
    for cls in ("read", "write", "danger"):
        decision = made.rule("x", cls, {}).decision
        assert (decision.verdict, decision.rule, decision.cls) == ("allow", f"class {cls}", cls)


def test_a_verdict_names_rule_bound_and_value() -> None:
    """A denied call says which line of the policy it met, with what, and what to do next."""
    made = judge(Rules(active=side()))
    ruling = made.rule("refund", "write", {"amount": 900})
    decision = ruling.decision
    assert (decision.verdict, decision.bound, decision.value) == ("deny", "<= 200", "900")
    assert decision.rule == "roles.support-agent.tools.refund.args.amount"
    assert ruling.policy == load(POLICY).digest
    assert "'<= 200'" in refusal(decision)
    assert "change the call" in refusal(decision)


def test_the_stricter_class_wins_whatever_the_call_says() -> None:
    """A read by the code that the policy calls danger is danger, and never starts as a read."""
    made = judge(Rules(active=side()))
    assert made.glance("peek", {}) == ""
    decision = made.rule("peek", "read", {"cls": "read", "class": "read"}).decision
    assert (decision.verdict, decision.cls) == ("allow", "danger")


def test_sequence_bounds_go_by_what_ended_well() -> None:
    """A write that needs a read first is denied before it, and let through once that read is done."""
    made = judge(Rules(active=side()))
    assert made.rule("refund", "write", {"amount": 5}).decision.verdict == "deny"
    assert made.glance("lookup_order", {}) == "roles.support-agent.tools.lookup_order"
    made.ended("lookup_order", "done")
    assert made.rule("refund", "write", {"amount": 5}).decision.verdict == "allow"


def test_a_call_counts_from_its_decision_until_it_is_forgone() -> None:
    """Two calls at once cannot both be the last that a bound allows; one that did not start gives its place back."""
    made = judge(Rules(active=side()))
    made.glance("lookup_order", {})
    made.ended("lookup_order", "done")
    for _ in range(2):
        assert made.rule("refund", "write", {"amount": 5}).decision.verdict == "allow"
    third = made.rule("refund", "write", {"amount": 5}).decision
    assert (third.verdict, third.bound) == ("deny", "2 per run")
    made.forgo("refund")
    assert made.rule("refund", "write", {"amount": 5}).decision.verdict == "allow"


def test_a_call_judged_anew_counts_once() -> None:
    """A call that waits and is decided again does not stand in its own way."""
    made = judge(Rules(active=side()))
    made.glance("lookup_order", {})
    made.ended("lookup_order", "done")
    made.rule("refund", "write", {"amount": 150})
    for _ in range(5):
        assert made.rule("refund", "write", {"amount": 150}, noted=True).decision.verdict == "ask"


@pytest.mark.parametrize(
    ("level", "read", "write"),
    [
        ("stopped", "deny", "deny"),
        ("read-only", "allow", "deny"),
        ("shadow", "allow", "shadow"),
        ("ask", "allow", "ask"),
        ("auto", "allow", "allow"),
    ],
)
@pytest.mark.parametrize("policy", [False, True])
def test_the_dial_holds_with_and_without_a_policy(level: str, read: str, write: str, policy: bool) -> None:
    """Each level lets through what it says, over a policy that would allow and over none."""
    rules = Rules(active=side() if policy else None, dials=(dial(level, role="support-agent"),))
    made = judge(rules)
    assert made.rule("lookup_order", "read", {}).decision.verdict == read
    decision = made.rule("peek", "danger", {}).decision
    assert decision.verdict == write
    if write in ("deny", "ask", "shadow") and not policy:
        assert decision.rule == "dial role"
    assert made.model().verdict == ("deny" if level == "stopped" else "allow")


def test_a_dial_is_for_whom_it_says() -> None:
    """A dial of another role, agent or tool holds nobody else back; the lowest of those that cover a call counts."""
    others = (dial("stopped", role="other"), dial("stopped", agent="other"), dial("stopped", tool="other"))
    made = judge(Rules(dials=(*others, dial("ask", fleet=True), dial("read-only", tool="send"))))
    assert made.rule("send", "write", {}).decision.verdict == "deny"
    assert made.rule("refund", "write", {}).decision.verdict == "ask"
    assert made.rule("other", "write", {}).decision.verdict == "deny"


def test_a_run_in_shadow_acts_on_nothing() -> None:
    """The mode of the run is a dial of its own: writes are shadowed, and what the policy would have said is told."""
    made = judge(Rules(active=side()), WHO._replace(mode="shadow"))
    decision = made.rule("refund", "write", {"amount": 900}).decision
    assert (decision.verdict, decision.would) == ("shadow", "deny")
    assert made.rule("lookup_order", "read", {}).decision.verdict == "allow"
    assert judge(Rules(), WHO._replace(mode="shadow")).rule("x", "danger", {}).decision.would == "allow"


def test_a_replayed_run_goes_on_and_is_told_what_would_have_been() -> None:
    """A recorded call has no effect: the verdict of the policy is reported; only a stopped dial refuses it."""
    who = WHO._replace(role="replay", mode="replay")
    decision = judge(Rules(active=side()), who).rule("refund", "write", {"amount": 5}).decision
    assert (decision.verdict, decision.would) == ("shadow", "deny")
    stopped = judge(Rules(active=side(), dials=(dial("stopped", fleet=True),)), who)
    assert stopped.rule("refund", "write", {"amount": 5}).decision.verdict == "deny"


def test_a_policy_that_cannot_be_read_lets_nothing_with_an_effect_start() -> None:
    """Whatever the text is, writes are denied with the reason, and reads of the code go on."""
    text = '{"version": 99}'
    unread = Side(3, "ab" * 32, None, "a newer language")
    for one in (unread, read(3, "ab" * 32, text)):
        assert one.policy is None
        assert one.problem
        made = judge(Rules(active=one))
        for cls in ("write", "danger"):
            decision = made.rule("refund", cls, {}).decision
            assert decision.verdict == "deny"
            assert "upgrade interlock" in refusal(decision)
        assert made.rule("look", "read", {}).decision.verdict == "allow"


def test_a_joined_run_that_nobody_told_of_only_reads() -> None:
    """While the hub has not said whose run it is, no dial, policy or mode is known not to hold."""
    made = judge(Rules(), Who())
    assert made.rule("refund", "write", {}).decision.verdict == "deny"
    assert made.rule("look", "read", {}).decision.verdict == "allow"
    assert made.glance("look", {}) == "class read"


def test_the_hubs_own_runs_stand_outside() -> None:
    """The canary proves the brake whatever the policy says and however low the dial stands."""
    rules = Rules(active=side(), dials=(dial("stopped", fleet=True),))
    made = judge(rules, Who("interlock-canary", "interlock-canary", "", "live"))
    assert made.rule("write", "write", {}).decision.verdict == "allow"


def test_a_change_of_the_rules_is_seen_by_the_next_decision() -> None:
    """The same judge denies once a lower dial is there, reads as well as writes."""
    made, place = judged(Rules())
    assert made.glance("look", {}) == "class read"
    place.rules = Rules(dials=(dial("stopped", agent="refunds"),))
    assert made.glance("look", {}) == ""
    assert made.rule("look", "read", {}).decision.verdict == "deny"


def test_a_read_that_always_starts_is_forgotten_with_the_rules_that_let_it() -> None:
    """However often a read was let through, the next one goes by the policy, the dial and the run of now."""
    made, place = judged(Rules(active=side()))
    for changed in (
        Rules(active=side(POLICY.replace("lookup_order: allow", "lookup_order: ask"))),
        Rules(active=side(), dials=(dial("stopped", fleet=True),)),
        Rules(active=side(POLICY.replace("support-agent", "other"))),
    ):
        place.rules = Rules(active=side())
        for _ in range(3):
            assert made.glance("lookup_order", {}) == "roles.support-agent.tools.lookup_order"
        place.rules = changed
        for _ in range(3):
            assert made.glance("lookup_order", {}) == ""


def test_a_read_with_bounds_is_judged_each_time() -> None:
    """What looks at arguments, at the calls before or at the goal decides on every call anew, and counts them all."""
    tools = "".join(f"  {tool}: {{class: read}}\n" for tool in ("look", "peer", "open", "call"))
    text = POLICY.replace("roles:", tools + "roles:").replace(
        "lookup_order: allow",
        'lookup_order: {args: {order_id: "~ ^A-"}}\n      look: {at_most: 2 per run}\n'
        "      peer: {never_after: [open]}\n      open: allow\n      call: {ask_when: {to: not in goal}}",
    )
    made, _ = judged(Rules(active=side(text)))
    assert made.glance("lookup_order", {"order_id": "A-1"})
    assert not made.glance("lookup_order", {"order_id": "B-1"})
    assert [bool(made.glance("look", {})) for _ in range(4)] == [True, True, False, False]
    assert made.glance("call", {"to": "A-1009"})
    assert not made.glance("call", {"to": "A-1010"})
    assert all(made.glance(tool, {}) for tool in ("peer", "open", "open"))
    assert not made.glance("peer", {})


def test_each_run_has_one_side_of_a_staged_policy() -> None:
    """A share of the runs takes the candidate, by their ids alone, and all others the active one."""
    other = POLICY.replace("<= 200", "<= 300")
    rules = Rules(active=side(), candidate=side(other), share=0.3)
    digest = load(other).digest
    runs = [ids.new_run() for _ in range(200)]
    taken = [run for run in runs if rules.side(run) is rules.candidate]
    assert taken == [run for run in runs if staged(run, 0.3, digest)]
    assert 20 < len(taken) < 100


def test_a_rulebook_reads_each_text_once_and_drops_what_no_longer_holds() -> None:
    """The same digest keeps its compiled policy; a frame replaces the one before in every part."""
    policy = load(POLICY)
    book = Rulebook()
    book.text(PolicyText(n=1, digest=policy.digest, text=policy.to_json()))
    named = {"n": 1, "digest": policy.digest}
    assert book.turn(Frame.model_validate({"active": named})) == []
    first = book.rules.active
    assert first is not None
    turned = {"active": named, "dials": [dial("ask", fleet=True)]}
    assert book.turn(Frame.model_validate(turned)) == []
    assert book.rules.active is not None
    assert book.rules.active.policy is first.policy
    (missing,) = book.turn(Frame.model_validate({"active": {"n": 2, "digest": "cd" * 32}}))
    assert missing.problem == "the hub did not send its text"
    assert book.turn(Frame()) == []
    assert book.rules == Rules()


def test_both_sides_may_be_one_policy() -> None:
    """The hub sends its text once, also to a gate that just connected: neither side may be unreadable for that."""
    policy = load(POLICY)
    book = Rulebook()
    book.text(PolicyText(n=1, digest=policy.digest, text=policy.to_json()))
    frame = {
        "active": {"n": 1, "digest": policy.digest},
        "candidate": {"n": 2, "digest": policy.digest, "share": 0.5},
    }
    assert book.turn(Frame.model_validate(frame)) == []
    assert book.rules.candidate is not None
    assert (book.rules.candidate.n, book.rules.candidate.problem) == (2, "")
    assert book.rules.candidate.policy is not None
