"""A role's guardrails as written: read, refused with their place, and written again."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.guardrails import Guard, Hooked, Scope, normal, read

pytestmark = pytest.mark.pure

SAID: dict[str, Any] = {
    "injection": "ask",
    "scope": {"about": ["order", "~ ^A-"], "never_about": ["salary"], "otherwise": "block"},
    "hooks": {"moderation": {"budget": "300ms", "otherwise": "block"}},
}
MEANT = Guard(Scope(("order", "~ ^A-"), ("salary",), "block"), "ask", (Hooked("moderation", 0.3, "block"),))


def test_what_is_written_is_what_is_meant() -> None:
    """Every key has its effect, and the normal form means the same."""
    assert read(SAID) == (MEANT, ())
    assert read(normal(MEANT)) == (MEANT, ())
    assert read({}) == (Guard(), ())
    assert read(normal(Guard())) == (Guard(), ())


@pytest.mark.parametrize(
    ("said", "place", "fix"),
    [
        ([], (), "scope: {about"),
        ({"injektion": "flag"}, ("injektion",), "'injection'"),
        ({"injection": "aks"}, ("injection",), "'ask'"),
        ({"scope": {"abuot": []}}, ("scope", "abuot"), "'about'"),
        ({"scope": {"about": "order"}}, ("scope", "about"), "a list"),
        ({"scope": {"about": ["order", 7]}}, ("scope", "about", 1), "words"),
        ({"scope": {"about": ["~ (a"]}}, ("scope", "about", 0), "cannot"),
        ({"scope": {"otherwise": 1}}, ("scope", "otherwise"), "one of"),
        ({"hooks": ["moderation"]}, ("hooks",), "moderation: {budget"),
        ({"hooks": {"m": {"budget": "3"}}}, ("hooks", "m", "budget"), "duration"),
        ({"hooks": {"m": {"budget": "10m"}}}, ("hooks", "m", "budget"), "at most 30s"),
        ({"hooks": {"m": {"otherwize": "flag"}}}, ("hooks", "m", "otherwize"), "'otherwise'"),
    ],
)
def test_a_mistake_has_its_place_and_what_to_write(said: object, place: tuple[object, ...], fix: str) -> None:
    """Nothing unknown is passed over: each mistake is named where it stands, with the nearest valid word."""
    _, problems = read(said)
    assert [problem.place for problem in problems] == [place]
    assert fix in problems[0].fix


def test_all_mistakes_come_at_once() -> None:
    """A file with three mistakes is corrected in one go."""
    _, problems = read({"injection": 1, "scope": {"about": [1]}, "hooks": 3})
    assert len(problems) == 3
