"""Rows: every kind of entry is one row of text, known or not, and is found by what it is about."""

from typing import Any

import pytest

from interlock.audit.rows import FIELDS, LONG, keys, row, texts

pytestmark = pytest.mark.pure


def _entry(kind: str, body: Any, run: str = "") -> dict[str, Any]:
    return {
        "n": 7,
        "at": 1.5,
        "kind": kind,
        "run": run,
        "order": "",
        "permit": "p-1",
        "hash": "ab",
        "body": body,
    }


def test_a_row_says_who_what_and_why() -> None:
    """An order names its operator, its verb and whom it is about."""
    shown = row(_entry("order", {"verb": "kill", "by": "ann", "reason": "it loops"}, "r-1"))
    assert tuple(shown) == FIELDS
    assert (shown["who"], shown["what"], shown["why"]) == ("ann", "kill the run", "it loops")
    many = row(
        _entry("order", {"verb": "pause", "by": "ann", "runs": ["r-1", "r-2"], "below": {"r-3": "r-1"}})
    )
    assert many["what"] == "pause 3 runs"
    fleet = row(_entry("order", {"verb": "pause", "by": "ann", "scope": {"fleet": True}, "runs": []}))
    assert fleet["what"] == "pause the fleet"
    role = row(_entry("order", {"verb": "kill", "by": "ann", "scope": {"role": "support"}, "runs": []}))
    assert role["what"] == "kill the role support"


@pytest.mark.parametrize("body", [{}, {"by": 7, "tool": None, "reason": []}, [], None, {"n": {"x": 1}}])
def test_a_kind_nobody_knows_still_gives_a_row(body: Any) -> None:
    """A body of any shape, of a kind without words, is a row whose ``what`` is the kind."""
    shown = row(_entry("quantum", body))
    assert shown["what"] == "quantum"
    assert all(isinstance(shown[name], str) for name in FIELDS if name not in ("n", "at"))
    assert row(_entry("policy", body))["what"].startswith("pushed policy")


def test_no_text_of_a_body_is_taken_for_a_place_in_a_sentence() -> None:
    """Braces in what somebody wrote are text; and a text of a row has a length."""
    shown = row(_entry("permit", {"tool": "{by.__class__}{0}", "rule": "x" * 9999}))
    assert shown["what"] == "permit for {by.__class__}{0}"
    assert len(shown["why"]) == LONG


def test_an_entry_is_found_by_each_run_it_names() -> None:
    """Run, operator, tool and kind are what it is found by."""
    found = set(keys(_entry("order", {"by": "ann", "runs": ["r-1"], "below": {"r-2": "r-1"}})))
    assert found == {("kind", "order"), ("operator", "ann"), ("run", "r-1"), ("run", "r-2")}
    assert ("tool", "refund") in set(keys(_entry("permit", {"tool": "refund"}, "r-1")))


def test_every_text_of_a_body_is_searched() -> None:
    """However deep it is."""
    assert list(texts({"a": ["x", {"b": "y"}, 3], "c": None})) == ["x", "y"]
