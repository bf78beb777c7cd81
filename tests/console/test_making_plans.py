"""Plans that make good as lines: in the order in which they are carried out, and honest about what is not."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.runs import RunState
from interlock_console import unsure
from interlock_console.making import plans
from interlock_console.making.inbox import settled
from interlock_console.making.unknown import findable, told, undecided
from tests.console.hostile_making import hostile_making

pytestmark = pytest.mark.pure

Json = dict[str, Any]
RUN, JOB = "r-00000000000000aa", "r-00000000000000bb"
STATES = ("ready", "cannot be undone", "done", "nothing happened", "running", "failed", "unknown first")


def _step(n: int, state: str, receipt: str = "", **more: Any) -> Json:
    way = {"tool": f"undo_{n}", "args": f'{{"id":"rf-{n}"}}', "cls": "write", "hosts": more.pop("hosts", 1)}
    step: Json = {
        "permit": f"p-{n:016x}", "run": RUN, "call": f"c-{n}", "tool": f"tool_{n}", "cls": "write", "at": 9.0 - n,
        "outcome": "done", "compensation": None if state == "cannot be undone" else way, "state": state,
        "cannot": f"reason {n}" if state in ("cannot be undone", "unknown first") else "",
    }  # fmt: skip
    if receipt:
        step["receipt"] = {
            "state": receipt, "job": "j-1", "host": "g-1", "run": JOB, "permit": f"p-{n + 80:016x}",
            "key": f"c-p-{n:016x}", "result": "", "problem": "", "late": False, "at": {"sent": 2.0, receipt: 3.0},
        } | more  # fmt: skip
    return step


def _plan(*steps: Json, **more: Any) -> Json:
    ready = sum(step["state"] in ("ready", "failed") for step in steps)
    made = {
        "plan": "m-1",
        "by": "ann",
        "reason": "r",
        "at": 1.0,
        "digest": "ab" * 32,
        "state": "running",
        "why": "",
    }
    return made | {"steps": list(steps), "ready": ready, "ended_at": None} | more


def test_every_state_of_a_step_is_said_in_the_order_of_the_plan() -> None:
    """The hub's order is that in which they are carried out, the newest effect first: the lines keep it."""
    plan = _plan(*(_step(n, state) for n, state in enumerate(STATES)))
    rows = plans.proposed(plan)
    heads = [row.text.partition("  ")[0] for row in rows if not row.text.startswith(" ")]
    assert heads == [state.upper() for state in STATES]
    assert [row.label for row in rows] == sorted((row.label for row in rows), key=int)
    said = "\n".join(row.text for row in rows)
    assert 'by undo_0 (write) {"id":"rf-0"}' in said
    assert "undo_1" not in said
    assert "reason 1" in said
    assert plans.counted(plan).startswith("2 of 7 would be carried out, in this order, 1 cannot be undone")


def test_a_step_whose_tool_nobody_offers_says_so_before_anything_is_begun() -> None:
    """It would wait: that is to be known before it is confirmed."""
    rows = plans.proposed(_plan(_step(1, "ready", hosts=0)))
    assert rows[-1].text == "   no process offers undo_1 now"


def test_what_is_unknown_blocks_a_plan_and_so_does_a_plan_with_nothing_to_do() -> None:
    """Each says why."""
    assert "what is unknown comes first" in plans.blocked(_plan(_step(1, "ready"), _step(2, "unknown first")))
    assert "no step can be carried out" in plans.blocked(_plan(_step(1, "done")))
    assert plans.blocked(_plan(_step(1, "ready"), _step(2, "cannot be undone"))) == ""


def test_a_plan_that_failed_says_where_it_stopped_and_what_was_not_reached() -> None:
    """The receipt of each step: what was done, what failed and why, what never was sent."""
    plan = _plan(
        _step(1, "ready", "done", result='{"cancelled":"rf-1"}'),
        _step(2, "ready", "failed", problem="the ledger is closed"),
        _step(3, "ready", "not reached", run=None, at={}),
        state="failed",
        why="step 2 failed",
    )
    head = plans.head(plan)
    assert head.text == "FAILED: 1 of 3 made good, stopped at step 2; step 2 failed"
    assert head.tone == "alarm"
    said = "\n".join(row.text for row in plans.begun(plan, {}))
    assert 'result: {"cancelled":"rf-1"}' in said
    assert "problem: the ledger is closed" in said
    assert "NOT REACHED  tool_3" in said
    assert f"in run {JOB}, permit p-{81:016x}, key c-p-{1:016x}" in said


def test_a_step_that_waits_for_a_person_names_the_escalation() -> None:
    """As the feed tells of the run the step is carried out as."""
    plan = _plan(_step(1, "ready", "doing"))
    state = RunState(JOB)
    assert plans.waits_on(plan, {JOB: state}) == ""
    state.waiting_for = "e-00000000000000cc"
    assert plans.waits_on(plan, {JOB: state}) == "e-00000000000000cc"
    assert "WAITS FOR A PERSON: e-00000000000000cc" in "\n".join(
        row.text for row in plans.begun(plan, {JOB: state})
    )


def _unknown(**more: Any) -> Json:
    row: Json = dict(hostile_making("x")["unknowns"]["unknowns"][2])
    return row | {"tool": "refund", "permit": "p-1", "run": RUN, "compensates": None} | more


def test_an_unknown_call_says_why_and_how_it_can_be_found_out() -> None:
    """No probe, a probe that nobody offers, one that can look, one that did not decide."""
    way = {"tool": "find_refund", "args": "{}", "hosts": 0, "cls": "read"}
    answer = {"at": 1.0, "job": "j-1", "result": '"a text"', "problem": ""}
    cases = (
        (_unknown(probe=None, cannot="look downstream"), "no probe", "look downstream"),
        (_unknown(probe=way), "probe, no host", "no process offers find_refund now"),
        (_unknown(probe=way | {"hosts": 1}), "probe there", "find_refund {}"),
        (_unknown(probe=way | {"hosts": 1}, answer=answer), "probe undecided", 'it said: "a text"'),
    )
    for row, short, long in cases:
        assert findable(row)[0] == short
        assert long in "\n".join(line.text for line in told(row, 100.0))
    assert undecided(_unknown(probe=way, answer=None)) == "the probe has not answered yet"


def test_what_was_found_out_is_a_sentence() -> None:
    """By a probe or by a person, with what they said."""
    found = {
        "permit": "p-1",
        "tool": "refund",
        "outcome": "failed",
        "how": "probe",
        "by": "",
        "answer": "false",
    }
    assert settled(found | {"reason": ""}) == "p-1 (refund): nothing happened, says the probe: false"
    found |= {"outcome": "done", "how": "person", "by": "ann", "reason": "I looked"}
    assert settled(found) == "p-1 (refund): it happened, as ann found out: I looked"


def test_more_unknown_calls_ring_and_none_any_more_is_told() -> None:
    """What was so before the hub was heard first rings for nobody."""
    assert [unsure.line(count) for count in (None, 0, 3)] == ["", "", "CALLS? 3"]
    assert [unsure.rings(*pair) for pair in ((None, 4), (1, 3), (3, 1), (0, 0))] == [0, 2, 0, 0]
    assert unsure.came(1, 2)[0][0].startswith("1 more call of which nobody knows")
    assert unsure.came(2, 0) == [("nothing is unknown any more", "text")]
    assert unsure.came(2, 1) == []


def test_texts_of_others_are_visible_in_every_line() -> None:
    """A tool's name, arguments, a result: no control character is left in a line."""
    plan = hostile_making("a\x1b[2J\u202eb\n")["compensations"]["plans"][0]
    rows = [
        *plans.proposed(plan),
        *plans.begun(plan, {}),
        plans.head(plan),
        *told(_unknown(args="\x1b"), 1.0),
    ]
    text = "".join(row.text + row.label for row in rows)
    assert not set(text) & {"\x1b", "\u202e", "\n"}
