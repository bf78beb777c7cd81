"""What waits for people: bound to exactly what was shown (A2), decided by people alone (A6), once and by one (A7)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import canonical
from interlock.errors import ArgumentsError
from interlock.hub.core import approvals
from interlock.hub.core.approvals import AGENT_MAX, RUN_MAX
from interlock.hub.core.effects import Append
from interlock.hub.core.inbox import Escalation, binding
from interlock.hub.server.card import waiting
from tests.hub.core.office import ARGS, Office, office, sends
from tests.hub.core.plant import run_id

pytestmark = pytest.mark.pure

EXACT = canonical.encode("refund", ARGS)
BOUND = (
    "name",
    "epoch",
    "hub",
    "run",
    "agent",
    "role",
    "tool",
    "cls",
    "definition",
    "policy",
    "owner",
    "needs",
    "wait_s",
)
TWICE = '{"amount":180.0,"amount":1.0,"order_id":"A-1009"}'


def test_a_call_waits_and_runs_only_once_a_person_approved_it() -> None:
    """It gets ``waiting``, then ``approved``, which is no permit, and a permit when it comes for one."""
    made = office()
    known = made.waits()
    assert (made.last(1, "waiting").escalation, made.last(1, "waiting").wait_ms) == (known.name, 600_000)
    assert made.approve("ann", known) is None
    assert made.last(1, "approved").digest == canonical.digest("refund", EXACT)
    assert made.permits() == []
    made.comes(known)
    permit = made.last(1, "granted").permit
    assert (known.state, known.permit, made.permits()) == ("used", permit, [permit])
    made.outcome(1, 1, permit, "c-1")
    assert (known.outcome, made.pending) == ("done", {})
    kinds = ["escalation.opened", "escalation.decided", "escalation.used"]
    assert [kind for kind in made.kinds(1) if kind.startswith("escalation")] == kinds


def test_what_a_vote_is_for_covers_everything_that_was_shown() -> None:
    """Another run, tool, class, definition, policy, person, number, wait or argument is another digest."""
    known = office().waits()
    assert binding(known, EXACT) == known.digest
    for name in BOUND:
        was: Any = getattr(known, name)
        changed: dict[str, Any] = {name: was + 1 if isinstance(was, int | float) else f"{was}x"}
        other = replace(known, **changed)
        assert binding(other, EXACT) != known.digest, name
    assert binding(replace(known, agent=known.agent + "s", role=known.role[1:]), EXACT) != known.digest
    unbound = {each.name for each in fields(Escalation)} - set(BOUND)
    assert {"args", "says", "why", "taint"} <= unbound, "what is shown beside the bytes is not what runs"


@given(at=st.integers(0, len(EXACT) - 1), character=st.characters(codec="utf-8"))
def test_no_other_bytes_have_the_digest(at: int, character: str) -> None:
    """One character of the arguments changed is another digest, and does not come for the permit."""
    blank: dict[str, Any] = {each.name: "" for each in fields(Escalation)}
    known = Escalation(**blank)
    other = EXACT[:at] + character + EXACT[at + 1 :]
    assert (binding(known, other) == binding(known, EXACT)) == (other == EXACT)


@pytest.mark.parametrize(
    "exact", [TWICE, '{"amount": 180.0}', '{"b":1,"a":2}', '{"a":NaN}', "[1]", '{"a":"\\ud800"}']
)
def test_bytes_that_can_be_read_in_two_ways_are_asked_of_nobody(exact: str) -> None:
    """A key that comes twice, blanks, another order, no number: refused, whatever digest was said."""
    made = office()
    made.wants(args=exact)
    assert (made.last(1, "refused").code, made.core.world.inbox.known) == ("void", {})


@pytest.mark.parametrize(
    "text", [TWICE, '{"a":Infinity}', '{"a":1e999}', "{" * 100, '"a"', "[" * 70 + "]" * 70]
)
def test_decoding_refuses_what_has_no_one_meaning(text: str) -> None:
    """Readers differ about which of two keys counts, so neither does."""
    with pytest.raises(ArgumentsError):
        canonical.decode("refund", text)


def test_the_digest_of_other_arguments_is_refused() -> None:
    """What is shown must be what the gate means by its digest, and what comes for the permit what was approved."""
    made = office()
    made.wants(digest="ab" * 32)
    assert made.last(1, "refused").code == "void"
    known = made.waits("c-2")
    made.approve("ann", known)
    made.comes(known, digest="ab" * 32)
    assert (made.last(1, "refused").code, made.permits()) == ("void", [])
    assert known.state == "approved"


def test_another_call_gate_or_run_cannot_use_an_approval() -> None:
    """It is for one call of one gate in one run."""
    made = office()
    made.hello(2, 2)
    made.join(2, 1)
    made.open(1, 2)
    known = made.waits()
    made.approve("ann", known)
    others: list[dict[str, Any]] = [{"call": "c-9"}, {"run": run_id(2)}, {"conn": 2}]
    for changed in others:
        made.comes(known, req=f"by-{changed}", **changed)
        assert made.last(changed.get("conn", 1), "refused").code == "void"
    assert made.permits() == []


def test_the_agent_and_its_owner_never_approve() -> None:
    """Nor does who only looks, nor a name nobody knows; the owner's name in capitals is the owner."""
    made = office(owner="olga")
    known = made.waits()
    for who, code in (("olga", "self"), ("OLGA", "self"), ("vic", "role"), ("refunds", "role"), ("", "role")):
        refusal = made.approve(who, known)
        assert (refusal and refusal.code) == code, who
    assert known.state == "waiting"
    assert made.reject("olga", known) is None, "lowering the risk is anybody's who may decide"


def test_four_eyes_are_those_of_two_people() -> None:
    """Twice the same person, by whatever token and spelling, is one; the first vote is told of and changes nothing."""
    made = office(needs=2)
    known = made.waits()
    assert made.approve("ann", known, by="ann (says Eve)") is None
    for who in ("ann", "Ann"):
        again = made.approve(who, known, by="ann (says Bob)")
        assert (again and again.code) == "voted"
    assert (known.state, made.count(1, "approved")) == ("waiting", 0)
    assert made.kinds(1)[-1] == "escalation.voted"
    assert made.approve("bob", known) is None
    assert (known.state, made.count(1, "approved")) == ("approved", 1)


def test_votes_for_what_was_there_before_an_edit_do_not_count() -> None:
    """The edit has a digest of its own, and who edited asks for it as well."""
    made = office(needs=2)
    known = made.waits()
    made.approve("ann", known)
    old = known.digest
    assert made.approve("bob", known, args='{"amount":150,"order_id":"A-1009"}') is None
    assert (known.state, known.digest != old) == ("waiting", True)
    late = made.approve("cy", known, digest=old)
    assert (late and late.code) == "digest"
    mine = made.approve("bob", known)
    assert (mine and mine.code) == "self"
    assert made.approve("cy", known) is None
    assert known.state == "waiting", "ann's vote was for other bytes"
    made.approve("ann", known)
    assert made.count(1, "approved") == 1


def test_what_runs_is_the_edit() -> None:
    """One person may edit and approve; gate and record get the edited bytes, and no others lie anywhere."""
    made = office()
    known = made.waits()
    made.approve("ann", known, args='{"order_id": "A-1009", "amount": 150}')
    told = made.last(1, "approved")
    assert (told.args.raw, told.by.raw) == ('{"amount":150,"order_id":"A-1009"}', "ann")
    assert told.digest == canonical.digest("refund", told.args.raw)
    assert list(made.pending.values()) == [told.args.raw]
    made.comes(known)
    permit = made.facts("permit")[0]
    assert (permit["digest"], permit["edited_by"], permit["args"]) == (told.digest, "ann", told.args.raw)
    made.outcome(1, 1, permit["permit"], "c-1")
    assert made.pending == {}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ('{"amount":900}', "denied"),
        (TWICE, "arguments"),
        ("no", "arguments"),
        ('{"a":"' + "x" * 70_000 + '"}', "arguments"),
    ],
)
def test_an_edit_is_judged_anew(args: str, code: str) -> None:
    """What breaks the policy or cannot be read is refused, with rule, bound and value, and changes nothing."""
    made = office()
    known = made.waits()
    refusal = made.approve("ann", known, args=args)
    assert refusal is not None
    assert refusal.code == code
    assert code != "denied" or ("args.amount" in refusal.problem and "<= 500" in refusal.problem)
    assert (known.state, known.votes, known.editors) == ("waiting", [], [])


def test_one_decision_wins_and_the_others_are_told_whose() -> None:
    """Approve and reject, in any order, by anybody: the first counts."""
    for first, others in (("approve", ("reject", "approve")), ("reject", ("approve", "reject"))):
        made = office()
        known = made.waits()
        assert getattr(made, first)("ann", known) is None
        for other in others:
            refusal = getattr(made, other)("bob", known)
            assert refusal is not None
            assert (refusal.code, "'ann'" in refusal.problem) == ("decided", True)
        assert len(made.facts("approved") + made.facts("rejected")) == 1


def test_a_reject_reaches_the_gate_ahead_of_the_disk_and_an_approval_behind_it() -> None:
    """Taking a right away waits for nothing; giving one is on disk first."""
    made = office(auto=False)
    made.wants("c-1")
    made.wants("c-2")
    made.commit_all()
    first, second = made.core.world.inbox.known.values()
    made.reject("ann", first)
    assert (made.last(1, "refused").code, made.facts("rejected")) == ("rejected", [])
    assert (made.last(1, "refused").by.raw, made.last(1, "refused").reason.raw) == ("ann", "wrong customer")
    made.approve("ann", second)
    made.comes(second)
    assert (made.count(1, "approved"), made.count(1, "granted")) == (0, 0)
    made.commit_all()
    appended = [
        n
        for n, effect in enumerate(made.log)
        if isinstance(effect, Append) and effect.facts[-1].kind == "approved"
    ]
    assert appended[-1] < sends(made.log, "approved")[0], "the commit comes first"


def test_an_approval_that_cannot_be_written_does_not_happen() -> None:
    """It is taken back before anything hears of it: once there is room the record has both, and it is void."""
    made = office(auto=False)
    made.wants()
    made.commit_all()
    known = made.newest()
    made.approve("ann", known)
    made.take(made.core.rights_unwritten(made.now))
    assert known.state == "void"
    made.commit_all()
    made.comes(known)
    assert (made.count(1, "approved"), made.count(1, "granted"), made.permits()) == (0, 0, [])
    made.crash()
    assert made.again(known).state == "void"


def test_a_flood_is_refused_and_hides_no_danger() -> None:
    """Of one run and of one agent only so many wait; what could do most harm comes first, then the least time left."""
    made = office()
    for n in range(RUN_MAX + 3):
        made.wants(f"c-{n}", args={"amount": n + 0.5})
    assert [frame.code for frame in made.sent[1] if frame.kind == "refused"] == ["limit"] * 3
    runs = range(2, AGENT_MAX)
    for run in runs:
        made.open(1, run)
        for n in range(RUN_MAX):
            made.wants(f"d-{run}-{n}", run=run, args={"amount": n + 0.5})
    assert len(made.core.world.inbox.open) == AGENT_MAX
    made.open(1, 99, agent="mailer")
    made.wait(1)
    made.wants("e-1", run=99, cls="danger")
    shown = waiting(made.core.world.inbox, made.time)
    assert (shown[0].cls, shown[0].agent) == ("danger", "mailer")
    rest = [each.left_at(made.time) for each in shown[1:]]
    assert rest == sorted(rest)


@pytest.mark.parametrize(("limit", "most"), [("BYTES_MAX", 500), ("ALL_MAX", 7)])
def test_what_waits_has_an_end_whatever_agents_are_called(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    """Many names are no way around it: of all agents together so many wait, and so much of their arguments."""
    monkeypatch.setattr(approvals, limit, most)
    made = office()
    for n in range(10):
        made.open(1, 2 + n, agent=f"agent {n}")
        made.wants(f"c-{n}", run=2 + n, args={"amount": 1.0, "note": "x" * 50})
    refused = [frame.code for frame in made.sent[1] if frame.kind == "refused"]
    waits = len(made.core.world.inbox.open)
    assert (waits, refused) == (7, ["limit"] * 3)


def test_only_identical_calls_are_of_one_group() -> None:
    """A group holds the same tool with the same bytes, and each of it is decided by itself."""
    made = office()
    first, second, third = made.waits("c-1"), made.waits("c-2"), made.waits("c-3", args={"amount": 180.5})
    assert first.group == second.group != third.group
    assert first.digest != second.digest
    made.approve("ann", first)
    assert (second.state, third.state) == ("waiting", "waiting")


def test_a_gate_that_sees_no_need_is_asked_for_the_exact_arguments() -> None:
    """Where the hub's own check wants a person, the gate asks again; the decision is an override then."""
    made = office()
    made.law.asks = True
    made.wants(verdict="allow", exact=None, why=())
    assert made.last(1, "refused").code == "ask"
    made.wants(req="again", why=())
    known = made.newest()
    made.approve("ann", known)
    assert (made.facts("approved")[0]["override"], made.facts("approved")[0]["cause"]) == (True, "person")


def test_what_a_policy_denies_is_asked_of_nobody() -> None:
    """The hub's own no is stricter than the gate's ask."""
    made: Office = office()
    made.wants(args={"amount": 900.0})
    refused = made.last(1, "refused")
    assert (refused.code, "<= 500" in refused.problem) == ("denied", True)
