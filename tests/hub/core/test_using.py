"""An approval is used at most once (A1), whatever is repeated and whenever the hub dies; and random lives of it."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from interlock import canonical
from interlock.hub.core.inbox import Escalation
from tests.hub.core.office import office

pytestmark = pytest.mark.pure

WHO = st.sampled_from(["ann", "bob", "cy", "olga", "vic"])
PICK = st.integers(0, 5)


def test_twenty_uses_at_once_are_one_permit() -> None:
    """The same gate and call gets the same permit each time; the record has one."""
    made = office(auto=False)
    made.wants()
    made.commit_all()
    known = made.newest()
    made.approve("ann", known)
    made.commit_all()
    for n in range(20):
        made.comes(known, req=f"take-{n}")
    made.commit_all()
    granted = [frame.permit for frame in made.sent[1] if frame.kind == "granted"]
    assert (len(granted), set(granted)) == (20, set(made.permits()))
    assert len(made.permits()) == 1
    made.outcome(1, 1, granted[0], "c-1")
    made.comes(known, req="late")
    made.commit_all()
    assert (made.last(1, "refused").code, len(made.permits())) == ("void", 1)


def test_use_and_permit_are_one_fact() -> None:
    """A hub that dies at the use has both on disk or neither, and the gate gets the one permit or comes again."""
    for written in (False, True):
        made = office(auto=False)
        made.wants()
        made.commit_all()
        known = made.newest()
        made.approve("ann", known)
        made.commit_all()
        made.comes(known)
        if written:
            made.commit()
        made.crash()
        made.auto = True
        known = made.again(known)
        assert known.state == ("used" if written else "approved")
        made.hello(2, 1)
        made.open(2, 1, again=True)
        made.comes(known, conn=2, req="take-2")
        assert made.last(2, "granted").permit == made.permits()[0]
        assert len(made.permits()) == 1


def test_a_permit_that_was_never_given_leaves_the_approval() -> None:
    """A pause came between the use and the disk: the permit is void, and after the resume there is one."""
    made = office(auto=False)
    made.wants()
    made.commit_all()
    known = made.newest()
    made.approve("ann", known)
    made.commit_all()
    made.comes(known)
    made.order(1, "pause", 1)
    made.commit_all()
    assert (made.count(1, "granted"), known.state) == (0, "approved")
    made.order(2, "resume", 1)
    made.commit_all()
    assert made.count(1, "granted") == 1
    used = [fact for fact in made.facts("permit") if fact["permit"] == known.permit]
    assert (known.state, len(used)) == ("used", 1)


def test_a_kill_between_use_and_disk_wins() -> None:
    """The permit is not sent, and the approval is void."""
    made = office(auto=False)
    made.wants()
    made.commit_all()
    known = made.newest()
    made.approve("ann", known)
    made.commit_all()
    made.comes(known)
    made.order(1, "kill", 1)
    made.commit_all()
    made.wait(1)
    made.commit_all()
    assert (made.count(1, "granted"), known.state) == (0, "void")


class Waits(RuleBasedStateMachine):
    """Random askers, deciders, stops and crashes at one hub; the disk commits when it likes."""

    @initialize(needs=st.integers(1, 2))
    def begin(self, needs: int) -> None:
        self.made = office(auto=False, needs=needs, owner="olga")
        self.conn, self.calls, self.orders, self.takes = 1, 0, 0, 0

    def known(self, pick: int) -> Escalation | None:
        found = list(self.made.core.world.inbox.known.values())
        return found[pick % len(found)] if found else None

    @rule(amount=st.sampled_from([1.5, 180.0, 900.0]))
    def ask(self, amount: float) -> None:
        self.calls += 1
        self.made.wants(f"c-{self.calls}", conn=self.conn, args={"amount": amount})

    @rule(
        pick=PICK, who=WHO, edit=st.sampled_from([None, '{"amount":2}', '{"amount":901}']), old=st.booleans()
    )
    def approve(self, pick: int, who: str, edit: str | None, old: bool) -> None:
        known = self.known(pick)
        if known is not None:
            digest = "0" * 64 if old else known.digest
            self.made.approve(who, known, args=edit, digest=digest)

    @rule(pick=PICK, who=WHO)
    def reject(self, pick: int, who: str) -> None:
        known = self.known(pick)
        if known is not None:
            self.made.reject(who, known)

    @rule(pick=PICK)
    def come(self, pick: int) -> None:
        known = self.known(pick)
        self.takes += 1
        if known is not None:
            self.made.comes(known, conn=self.conn, req=f"t-{self.takes}")

    @rule()
    def commit(self) -> None:
        self.made.commit_all()

    @rule()
    def unwritten(self) -> None:
        self.made.take(self.made.core.rights_unwritten(self.made.now))

    @rule(verb=st.sampled_from(["pause", "resume"]))
    def stop(self, verb: str) -> None:
        self.orders += 1
        self.made.order(self.orders, verb, 1)

    @rule(seconds=st.sampled_from([1.0, 70.0, 700.0]))
    def wait(self, seconds: float) -> None:
        self.made.time += seconds
        self.made.take(self.made.core.tick(self.made.now))

    @rule()
    def crash(self) -> None:
        self.made.crash()
        self.conn += 1
        self.made.hello(self.conn, 1)
        self.made.open(self.conn, 1, again=True)

    @invariant()
    def each_permit_has_its_approval_on_disk_before_it(self) -> None:
        ledger = Ledger(self.made.law.needs)
        for _, fact in self.made.disk:
            getattr(ledger, f"take_{fact.kind.replace('.', '_')}", lambda _: None)(fact.body)

    @invariant()
    def exact_bytes_are_kept_for_what_can_still_run_and_for_nothing_else(self) -> None:
        if self.made.queue:
            return
        inbox = self.made.core.world.inbox
        alive = [*inbox.open.values(), *(inbox.known[name] for name in inbox.permits.values())]
        wanted = {f"{each.name}.{each.group[:16]}": each for each in alive if each.outcome == ""}
        assert set(self.made.pending) == set(wanted)
        for name, each in wanted.items():
            assert canonical.digest("refund", self.made.pending[name]) == each.group


class Ledger:
    """Reads the record as an auditor would, by nothing but its facts; each is asserted on as it comes."""

    def __init__(self, needs: int) -> None:
        self.needs = needs
        self.bytes: dict[str, str] = {}
        self.votes: dict[str, list[tuple[str, str]]] = {}
        self.approved: dict[str, str] = {}
        self.used: dict[str, tuple[str, str]] = {}

    def take_escalation(self, body: dict[str, str]) -> None:
        self.bytes[body["escalation"]] = body["asked"]

    def take_edited(self, body: dict[str, str]) -> None:
        self.bytes[body["escalation"]] = body["group"]

    def take_vote(self, body: dict[str, str]) -> None:
        self.votes.setdefault(body["escalation"], []).append((body["operator"], body["digest"]))

    def take_approved(self, body: dict[str, str]) -> None:
        name = body["escalation"]
        people = {who for who, digest in self.votes[name] if digest == body["digest"]}
        assert len(people - {"olga", "vic"}) >= self.needs
        self.approved[name] = self.bytes[name]

    def take_rejected(self, body: dict[str, str]) -> None:
        self.approved.pop(body["escalation"], None)

    take_timed_out = take_void = take_rejected

    def take_permit(self, body: dict[str, str]) -> None:
        name = body["escalation"]
        assert self.approved.pop(name) == body["digest"], "used once, for the bytes that were approved"
        self.used[body["permit"]] = name, body["digest"]

    def take_permit_void(self, body: dict[str, str]) -> None:
        if not body["given"]:
            name, digest = self.used[body["permit"]]
            self.approved[name] = digest


def test_whatever_happens_a_permit_has_one_approval_of_its_bytes_before_it() -> None:
    """Over random lives: enough people, exact bytes, one use, nothing after a reject or an end."""
    run_state_machine_as_test(
        Waits, settings=settings(max_examples=12, stateful_step_count=40, deadline=None)
    )


@pytest.mark.rig
@pytest.mark.timeout(900)
def test_over_long_lives_a_permit_has_one_approval_of_its_bytes_before_it() -> None:
    """The same over hundreds of longer lives."""
    run_state_machine_as_test(
        Waits, settings=settings(max_examples=600, stateful_step_count=80, deadline=None)
    )
