"""Operators and tokens in the core: what gives is on disk before it holds, what takes holds before it is on disk."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.hub.core.access import OPERATORS_MAX, TOKENS_MAX
from interlock.hub.core.effects import Revoked
from interlock.hub.core.people_image import KEPT, LEFT_OUT, from_people, to_people
from interlock.rights import ROLES, includes
from interlock.wire import Hello
from tests.hub.core.control import folded
from tests.hub.core.people import ROOT, People
from tests.hub.core.plant import BOOT, run_id

pytestmark = pytest.mark.pure


def test_each_role_has_the_rights_of_those_before_it() -> None:
    """The four are in a row, and a word that is none has no rights and gives none."""
    for at, role in enumerate(ROLES):
        assert [includes(role, needed) for needed in ROLES] == [at >= other for other in range(len(ROLES))]
    assert not any(includes(odd, needed) for odd in ("", "root", "Admin") for needed in ROLES)
    assert not includes("admin", "")


def test_a_role_holds_once_it_is_on_disk() -> None:
    """Before the commit an operator may nothing; a kill of the hub in between leaves nothing behind."""
    people = People(auto=False)
    assert people.put("ann", "approver") == "waits"
    assert people.role("ann") == ""
    people.plant.commit_all()
    assert people.role("ann") == "approver"
    people.put("bo", "admin")
    people.restart()
    assert (people.role("ann"), people.role("bo")) == ("approver", "")


def test_a_lower_role_holds_at_once() -> None:
    """Nothing has to be on disk for it, and a raise that was still on its way does not come back."""
    people = People(auto=False)
    people.put("ann", "responder")
    people.plant.commit_all()
    people.put("ann", "admin")
    people.put("ann", "viewer")
    assert people.role("ann") == "viewer"
    people.plant.commit_all()
    assert people.role("ann") == "viewer"
    people.restart()
    assert people.role("ann") == "viewer"


def test_two_names_that_differ_in_their_case_are_one_operator() -> None:
    """Nobody becomes a second person by a capital letter."""
    people = People()
    people.put("ann", "approver")
    assert people.put("Ann", "viewer") == "done"
    assert people.role("ann") == people.role("ANN") == "viewer"
    assert list(people.plant.core.world.people.operators) == ["ann"]


@pytest.mark.parametrize("name", [ROOT, ROOT.upper(), "hub", "Hub", "interlock-canary", "Interlock-x"])
def test_names_of_the_hubs_own_are_given_to_nobody(name: str) -> None:
    """Whoever started the hub stays an admin, and nobody signs as the hub or its canary."""
    people = People()
    assert people.put(name, "viewer") == "conflict"
    assert people.remove(ROOT) == "not_found"
    assert people.role(ROOT) == "admin"


def test_a_token_opens_something_once_it_is_on_disk_and_until_it_is_revoked() -> None:
    """Revoking closes what came in with it before the record has it, and no restart revives it."""
    people = People(auto=False)
    people.put("ann", "viewer")
    people.plant.commit_all()
    token, said = people.token("ann")
    assert (said, people.good(token)) == ("waits", False)
    people.plant.commit_all()
    assert people.good(token)
    people.revoke(token)
    assert not people.good(token)
    assert Revoked((token,)) in people.plant.log
    people.plant.commit_all()
    people.restart()
    assert not people.good(token)
    assert people.revoke(token) == "conflict"


def test_removing_an_operator_revokes_every_token_of_theirs() -> None:
    """Also once somebody gets the name again: the old tokens stay shut."""
    people = People()
    people.put("ann", "approver")
    first, second = people.token("ann")[0], people.token("Ann")[0]
    other = people.token("ann", agent="refunds", role="support")[0]
    assert people.remove("ann") == "done"
    assert not people.good(first)
    assert not people.good(second)
    people.put("ann", "viewer")
    assert not people.good(first)
    assert people.good(other)
    assert people.remove("bo") == "not_found"


def test_an_expired_token_is_not_revived_by_a_clock() -> None:
    """What has expired is written down as revoked: a wall clock that is set back finds it shut."""
    people = People()
    people.put("ann", "viewer")
    token, _ = people.token("ann", life=60.0)
    people.plant.wait(59.0)
    assert people.good(token)
    people.plant.wait(2.0)
    assert not people.good(token)
    people.plant.time -= 30.0
    assert not people.good(token)
    assert people.plant.disk[-1][1].body["cause"] == "timeout"


def test_a_bound_token_says_nothing_of_another_agents_run() -> None:
    """After a restart, when a run's goal is not known yet, a gate of another agent cannot give it one; its own can."""
    people = People()
    ours, theirs = (people.token(ROOT, agent=name, role="support")[0] for name in ("refunds", "billing"))

    def enter(conn: int, token: str, agent: str, **more: Any) -> str:
        hello = Hello(gate=f"g-{conn:016x}", pid=100 + conn, started=7, boot=BOOT)
        people.plant.take(people.plant.core.connected(conn, hello, people.plant.now, token=token))
        people.plant.open(conn, 1, agent=agent, **more)
        return str(people.plant.sent[conn][-1].kind)

    assert enter(1, ours, "refunds") == "opened"
    people.restart()
    run = people.plant.core.world.runs[run_id(1)]
    assert enter(2, theirs, "refunds", again=True) == "refused"
    assert (run.goal, run.owner) == (None, ROOT)
    assert enter(3, ours, "refunds", again=True) == "opened"
    assert run.goal == "refund A-1"


def test_a_record_that_takes_nothing_gives_no_right() -> None:
    """What was on its way is taken back behind it, so that room on the disk does not make it come true."""
    people = People(auto=False)
    people.put("ann", "viewer")
    people.plant.commit_all()
    people.put("ann", "admin")
    people.put("bo", "admin")
    token, _ = people.token("ann")
    people.smash("ann")
    people.plant.take(people.plant.core.rights_unwritten(people.plant.now))
    people.plant.commit_all()
    for _ in range(2):
        assert (people.role("ann"), people.role("bo")) == ("viewer", "")
        assert not people.good(token)
        people.restart()


def test_there_are_limits() -> None:
    """Operators and tokens of one are so many, and one more is refused."""
    people = People()
    for number in range(OPERATORS_MAX):
        people.put(f"p{number}", "viewer")
    assert people.put("one-more", "viewer") == "limit"
    assert people.put("p1", "admin") == "done"
    tokens = [people.token("p1")[0] for _ in range(TOKENS_MAX)]
    assert people.token("p1")[1] == "limit"
    people.revoke(tokens[0])
    assert people.token("p1")[1] == "done"
    assert people.token("nobody")[1] == "not_found"


def test_a_sign_in_is_written_down_once_an_hour() -> None:
    """A console that connects again and again leaves one entry; a clock that was wrong makes no gap of years."""
    people = People()
    people.put("ann", "viewer")
    token, _ = people.token("ann")

    def sign_in(name: str) -> None:
        people.ask(lambda _: people.plant.core.access.signed_in(name, "ann"))

    for _ in range(5):
        sign_in(token)
        sign_in("operator.token")
        people.plant.wait(10.0)
    assert people.kinds().count("signin") == 2
    people.plant.wait(3600.0)
    sign_in(token)
    assert people.kinds().count("signin") == 3
    people.plant.time -= 7200.0
    sign_in(token)
    assert people.kinds().count("signin") == 4


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.__name__)
def test_every_field_of_the_people_is_kept_or_left_out_on_purpose(kind: type[Any]) -> None:
    """A new field cannot be missing from images without anybody's word."""
    assert KEPT[kind] | LEFT_OUT[kind] == {field.name for field in fields(kind)}
    assert not KEPT[kind] & LEFT_OUT[kind]


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(["ann", "Bo", "cy"]), st.sampled_from(ROLES)),
        max_size=25,
    )
)
def test_live_from_the_record_and_from_an_image_the_people_are_the_same(
    steps: list[tuple[int, str, str]],
) -> None:
    """Whatever was asked, and refused, of whom."""
    people = People()
    for step, name, role in steps:
        _take(people, step, name, role)
    plant = people.plant
    again = folded(plant.disk, plant.now).people
    again.root, again.boot = ROOT, plant.core.world.people.boot
    assert again == plant.core.world.people
    image = to_people(from_people(again))
    image.root, image.boot = again.root, again.boot
    assert image == again


def _take(people: People, step: int, name: str, role: str) -> None:
    glasses = len(people.plant.core.world.people.glasses)
    tokens = list(people.plant.core.world.people.tokens)
    if step == 0:
        people.put(name, role)
    elif step == 1:
        people.remove(name)
    elif step == 2:
        people.token(name, life=40.0)
    elif step == 3 and tokens:
        people.revoke(tokens[-1])
    elif step == 4:
        people.smash(name, "admin", f"b-{glasses}")
    elif step == 5:
        people.review(ROOT, f"b-{glasses - 1}")
    else:
        people.plant.wait(30.0)
