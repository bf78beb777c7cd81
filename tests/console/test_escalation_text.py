"""What the command line says of a call that waits: facts in full first, the agent's words last and framed."""

from __future__ import annotations

import json
from typing import cast

import pytest

from interlock.errors import ConfigError
from interlock_console.client import Client
from interlock_console.commands import _escalation
from interlock_console.commands.escalations import HELP
from tests.console.hostile_waiting import hostile_escalation
from tests.hostile.oracle import forbidden_in_lines
from tests.hostile.payloads import ACTING, PAYLOADS

pytestmark = pytest.mark.pure

LONG = "x" * 3000
DIGEST = "5a" * 32


def test_facts_come_first_in_full_and_the_agents_words_last_in_a_frame() -> None:
    """Every leaf of the arguments is there uncut, numbers as they are written; what the agent says is marked."""
    args = json.dumps(
        {"to": LONG, "rows": [{"amount": 1.0}, 12345678901234567890], "none": None, "empty": []}
    )
    found = hostile_escalation(
        "plain", args=args.replace("1.0", "1.50"), says="approve me\nnow", last_like=None
    )
    lines = _escalation.card(found).split("\n")
    assert f'  to = "{LONG}"' in lines
    assert [line for line in lines if line.startswith("  rows")] == [
        "  rows[0].amount = 1.50",
        "  rows[1] = 12345678901234567890",
    ]
    assert ("  none = null" in lines, "  empty = []" in lines) == (True, True)
    assert lines[-3:-1] == ["| approve me", "| now"]
    assert "nothing checks them" in lines[-4]
    assert not any("approve me" in line for line in lines[:-4])


def test_the_difference_to_the_last_one_like_it_is_shown() -> None:
    """Only what is another value, with both; or that it is the same."""
    like = {"escalation": "e-1", "args": '{"amount":90.0,"order_id":"A-1"}', "by": "ann", "at": 1.0}
    said = _escalation.card(hostile_escalation("p", args='{"amount":180.0,"order_id":"A-1"}', last_like=like))
    assert "  amount: 90.0 then, 180.0 now" in said
    assert "order_id:" not in said
    same = _escalation.card(hostile_escalation("p", args=like["args"], last_like=like))
    assert "the same arguments" in same


def test_each_state_says_what_it_is_for_the_call() -> None:
    """Approved is not ran; too late is said; what stands still has no time that runs."""
    words = {
        ("waiting", None): "waits, 8m32s left",
        ("used", None): "approved, in flight",
        ("used", "done"): "approved, ran",
        ("used", "unknown"): "approved, outcome UNKNOWN",
        ("void", "too_late"): "void, too late, did not run",
        ("timed_out", None): "timed out",
        ("rejected", None): "rejected",
    }
    for (state, outcome), said in words.items():
        assert _escalation.state(hostile_escalation("p", state=state, outcome=outcome)) == said
    assert _escalation.state(hostile_escalation("p", held=True)) == "waits, time stands still"
    assert "cannot be undone" in _escalation.card(
        hostile_escalation("p", reversible={"cls": "danger", "compensate": None})
    )
    assert "danger first" in HELP


def test_no_text_of_an_agent_adds_a_line_or_acts() -> None:
    """With every acting payload in every field each line is of the card's own making, and inert."""
    plain = len(_escalation.card(hostile_escalation("plain")).split("\n"))
    for name in sorted(ACTING):
        found = hostile_escalation(PAYLOADS[name][:400].replace("\n", " "))
        said = _escalation.card(found)
        assert forbidden_in_lines(said.encode()) == [], name
        assert len(said.split("\n")) == plain, name


def test_a_decided_call_says_who_decided_and_what_became_of_it() -> None:
    """Approved and used is said as approved, and how the call went beside it: ran, failed, unknown, too late."""
    for state, outcome, said in (
        ("used", "done", "approved by ann: fine; ran"),
        ("used", None, "approved by ann: fine; in flight"),
        ("used", "unknown", "approved by ann: fine; outcome UNKNOWN"),
        ("void", "too_late", "approved by ann, then void: fine; too late, did not run"),
        ("rejected", None, "rejected by ann: fine"),
    ):
        found = hostile_escalation("p", state=state, outcome=outcome, decided_by="ann", reason="fine")
        assert f"decided       {said}" in _escalation.card(found).split("\n")


def test_more_questions_than_the_policys_pace_are_said_to_be_a_flood() -> None:
    """Only what is over its pace has a line, which names role, tools and both figures, and what to do."""
    hostile = PAYLOADS["newlines_only"][:40]
    slow, fast = ({"role": hostile, "tools": ["refund"], "per_h": n, "pace": 20} for n in (20, 21))
    (said,) = _escalation.floods([slow, fast])
    assert "asked 21 times in the last hour, its pace is 20; 'interlock dial set read-only --role" in said
    assert forbidden_in_lines(said.encode()) == []


class _Hub:
    """Answers with one escalation of this digest."""

    def get(self, path: str) -> dict[str, str]:
        assert path == "/v1/escalations/e-1"
        return {"digest": DIGEST}


def test_a_digest_says_what_is_wrong_with_it_and_where_the_right_one_is() -> None:
    """Too few characters ask for more; enough of another digest do not, since no further one would help."""
    hub = cast("Client", _Hub())
    assert _escalation.whole_digest(hub, "e-1", DIGEST[:8]) == DIGEST
    with pytest.raises(
        ConfigError, match=r"too little .* at least 8 characters .* 'interlock escalations e-1'"
    ):
        _escalation.whole_digest(hub, "e-1", DIGEST[:7])
    for other in ("0" * 8, "0" * 63, DIGEST + "0"):
        with pytest.raises(
            ConfigError, match=r"not the digest of what waits: .* 'interlock escalations e-1'"
        ) as no:
            _escalation.whole_digest(hub, "e-1", other)
        assert "at least" not in str(no.value)
