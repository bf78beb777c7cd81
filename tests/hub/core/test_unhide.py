"""Edited arguments: read once, and secrets that nobody was shown stand where they were, or the edit is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import canonical
from interlock.errors import ArgumentsError
from interlock.hub.core.unhide import unhide
from interlock.redact import Redactor

pytestmark = pytest.mark.pure

SECRET = "AKIA" + "ABCDEFGHIJKLMNOP"
WAS: dict[str, Any] = {
    "amount": 180.0,
    "auth": [f"key {SECRET}", "b"],
    "password": "hunter2 is it",
    "to": "x@acme.com",
}
EXACT = canonical.encode("send", WAS)
redact = Redactor("ab" * 32).args


def edited(**changed: Any) -> str:
    """Return what an editor makes of what is shown."""
    return json.dumps({**json.loads(redact(EXACT)), **changed})


def test_a_secret_that_was_left_alone_is_the_secret() -> None:
    """The editor never saw it, and what runs has it."""
    assert SECRET not in redact(EXACT)
    found = unhide("send", edited(amount=150, to="y@acme.com"), EXACT, redact)
    assert canonical.decode("send", found) == {**WAS, "amount": 150, "to": "y@acme.com"}
    assert unhide("send", edited(), EXACT, redact) == EXACT


def test_a_secret_may_be_taken_out_or_replaced() -> None:
    """What is not there does not come back, and what was written instead is what runs."""
    found = canonical.decode("send", unhide("send", edited(auth=["b"], password="open"), EXACT, redact))
    assert (found["auth"], found["password"]) == (["b"], "open")


@pytest.mark.parametrize("place", ["moved", "within", "twice"])
def test_the_digest_of_a_secret_in_another_place_is_refused(place: str) -> None:
    """It would run as those characters, which is nothing anybody wants."""
    mark = json.loads(redact(EXACT))["password"]
    changed: dict[str, Any] = {
        "moved": {"to": mark},
        "within": {"password": f"x{mark}"},
        "twice": {"cc": [mark]},
    }[place]
    with pytest.raises(ArgumentsError, match="secret"):
        unhide("send", edited(**changed), EXACT, redact)


def test_a_field_that_is_named_by_a_secret_cannot_be_edited_around() -> None:
    """Its name would run as a digest."""
    exact = canonical.encode("send", {f"key {SECRET}": 1})
    with pytest.raises(ArgumentsError, match="name of a field"):
        unhide("send", redact(exact), exact, redact)


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(st.integers() | st.text(max_size=9) | st.none(), st.lists, max_leaves=6),
    )
)
def test_without_secrets_an_edit_is_what_was_written(args: dict[str, Any]) -> None:
    """Whatever stood there before."""
    if "[secret:" not in json.dumps(args):
        assert canonical.decode("send", unhide("send", json.dumps(args), EXACT, redact)) == args
