"""An approval is for the call that was shown (A2), and its permit is given once more only while it would be (A5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from interlock import wire
from interlock.hub.core.access import NewToken
from interlock.hub.core.voids import USE_S
from interlock.policy import Decision, Why
from interlock.text import Untrusted
from tests.hub.core.office import Law, Office, office

pytestmark = pytest.mark.pure


class Turned(Law):
    """A policy under a dial that the test turns."""

    verdict = ""
    found: tuple[Why, ...] = ()

    def check(self, run: object, ask: object, *, again: bool = False) -> Decision:
        """Say what the dial says, once it is turned."""
        if self.verdict:
            return Decision(self.verdict, "dial role", self.verdict, "", "write")  # type: ignore[arg-type]
        return replace(super().check(run, ask, again=again), why=self.found)  # type: ignore[arg-type]


def approved() -> tuple[Office, Turned]:
    """Return an office whose first call was approved, and its law."""
    made, law = office(), Turned()
    made.law = law
    made.core.judge_by(law)
    made.approve("ann", made.waits())
    return made, law


@pytest.mark.parametrize("verdict", ["deny", "shadow"])
def test_a_dial_that_was_turned_down_ends_an_approval(verdict: str) -> None:
    """Nothing runs by it, also where the dial says shadow: in shadow there are no permits."""
    made, law = approved()
    law.verdict = verdict
    made.comes(made.newest())
    assert (made.permits(), made.last(1, "refused").code, made.newest().state) == ([], "void", "void")


@pytest.mark.parametrize("more", [{"tool": Untrusted("lookup")}, {"definition": "e" * 64}])
def test_an_approval_is_of_one_tool_as_it_was_defined(more: dict[str, Any]) -> None:
    """The bytes alone are not the call: under another tool's name, or for another definition, nothing is given."""
    made, _ = approved()
    made.comes(made.newest(), **more)
    assert (made.permits(), made.last(1, "refused").code) == ([], "void")
    made.comes(made.newest(), req="take-2")
    assert len(made.permits()) == 1


def test_a_gate_has_no_say_in_the_hubs_own_reasons() -> None:
    """To the same rule a gate tells another value than the bytes have: the person is shown what the hub found."""
    made, law = office(), Turned()
    made.law = law
    made.core.judge_by(law)
    law.found = (Why("roles.support.tools.refund.ask_when.amount", "> 100", "180.0"),)
    told = [("roles.support.tools.refund.ask_when.amount", "12.0"), ("roles.support.tools.refund.when", "x")]
    why = tuple(wire.Why(rule=rule, bound=Untrusted("> 100"), value=Untrusted(value)) for rule, value in told)
    known = made.waits(why=why)
    assert known.why == [
        ["roles.support.tools.refund.ask_when.amount", "> 100", "180.0"],
        ["roles.support.tools.refund.when", "> 100", "x"],
    ]


@pytest.mark.parametrize("decided", [False, True])
def test_a_revoked_token_ends_what_its_agent_asked_for(decided: bool) -> None:
    """Nobody is asked to approve, and nothing approved runs, once the gate that wanted it can never come back."""
    made = office()
    made.hand(
        lambda request: made.core.access.token(
            request, NewToken("a-000000000001", "d" * 64, "root", None, "*", "support"), "root"
        )
    )
    known = made.waits()
    made.core.world.gates[known.gate].token = "a-000000000001"
    if decided:
        made.approve("ann", known)
    made.hand(lambda request: made.core.access.revoke(request, "a-000000000001", "root", "lost"))
    made.wait(1)
    assert (known.state, "was revoked by 'root'" in known.reason) == ("void", True)
    made.comes(known)
    assert made.permits() == []


def _policy(made: Office, law: Turned) -> None:
    del made
    law.name = "d2" * 32


def _dial(made: Office, law: Turned) -> None:
    del made
    law.verdict = "shadow"


def _role(made: Office, law: Turned) -> None:
    del law
    made.hand(lambda request: made.core.access.put(request, "ann", "viewer", "root", ""))


def _time(made: Office, law: Turned) -> None:
    del law
    for _ in range(4):
        made.wait(USE_S / 3)
        made.comes(made.newest(), req=f"keeps-{made.time}")


@pytest.mark.parametrize("ends", [_policy, _dial, _role, _time])
def test_what_ends_an_approval_ends_its_permit_too(ends: Callable[[Office, Turned], None]) -> None:
    """A gate that asks again for the permit of an approval gets it only by what holds now, and not for ever."""
    made, law = approved()
    known = made.newest()
    made.comes(known)
    ends(made, law)
    given = made.count(1, "granted")
    made.comes(known, req="once-more")
    assert (made.count(1, "granted"), made.last(1, "refused").code) == (given, "void")
    assert len(made.permits()) == 1


def test_a_pause_takes_no_time_from_a_permit_of_an_approval() -> None:
    """A call that a pause overtook between its permit and its start goes on with it after the resume."""
    made, _ = approved()
    known = made.newest()
    made.comes(known)
    made.order(1, "pause", 1)
    made.wait(USE_S * 10)
    made.comes(known, req="after")
    made.order(2, "resume", 1)
    assert (made.last(1, "granted").req, len(made.permits())) == ("after", 1)


def test_a_call_whose_permit_is_stale_may_be_asked_about_anew() -> None:
    """Under another policy the same call is another escalation, although the first was used."""
    made, law = approved()
    known = made.newest()
    made.comes(known)
    law.name = "d2" * 32
    made.wants("c-1", req="anew")
    assert (made.newest().name != known.name, made.newest().state) == (True, "waiting")
