"""A run's events become one row a call, and a row of their own for whatever must not be overlooked."""

from __future__ import annotations

import re

import pytest

from interlock_console.commands._feed import line_of
from interlock_console.trace.blocks import blocks
from interlock_console.trace.fold import Row, Trace
from interlock_console.trace.wording import label, said
from tests.console.stories import ORDER, PERMIT, Story
from tests.library import samples

pytestmark = pytest.mark.pure


def _rows(story: Story) -> list[Row]:
    return list(Trace(story.items).rows.values())


def _words(row: Row) -> str:
    first, then = said(row)
    return "".join(text for text, _ in first) + " -> " + "".join(text for text, _ in then)


def test_a_call_is_one_row_from_its_proposal_to_its_outcome() -> None:
    """Proposal, verdict, start and outcome fold into one row with arguments, result and duration."""
    story = Story()
    story.call("c-1")
    (row,) = _rows(story)
    assert (row.n, row.last, row.kind, row.word, row.ms, row.open, row.error) == (
        1,
        4,
        "tool",
        "done",
        12.0,
        False,
        False,
    )
    assert _words(row) == "refund A-1009   -> refunded"


def test_each_step_of_a_call_shows_while_it_is_the_newest() -> None:
    """A call asks, is held, is allowed, runs; none of these is said of a later moment."""
    story = Story()
    trace = Trace()
    seen: list[str] = []
    story.add("tool.proposed", call="c-1", tool="refund", cls="write", args="{}")
    story.add("gate.decided", call="c-1", verdict="hold", rule=f"order {ORDER}")
    story.add("gate.decided", call="c-1", verdict="allow", rule="permit", permit=PERMIT)
    story.add("tool.started", call="c-1")
    for item in story.items:
        trace.add(item)
        seen.append(trace.rows[1].word)
    assert seen == ["asks", "HELD", "allowed", "running"]
    assert trace.rows[1].open


def test_parallel_calls_do_not_mix() -> None:
    """Two calls whose events interleave stay two rows, each with its own outcome."""
    story = Story()
    for call in ("c-1", "c-2"):
        story.add("tool.proposed", call=call, tool=call, cls="read", args="{}")
    story.add("tool.started", call="c-2")
    story.add("tool.started", call="c-1")
    story.add("tool.finished", call="c-2", outcome="failed", error="boom", ms=1)
    story.add("tool.finished", call="c-1", outcome="done", result="fine", ms=2)
    first, second = _rows(story)
    assert (first.word, first.ms, second.word, second.ms) == ("done", 2, "FAILED", 1)
    assert "fine" in _words(first)
    assert "boom" in _words(second)


def test_a_call_id_used_again_begins_a_new_row() -> None:
    """Recorded runs repeat ids; the second call is not folded into the first."""
    story = Story()
    story.call("c-1", args='{"a":1}')
    story.call("c-1", args='{"a":2}', outcome="failed", error="no")
    assert [(row.word, row.last) for row in _rows(story)] == [("done", 4), ("FAILED", 8)]


def test_an_unknown_outcome_is_loud_in_the_call_and_in_a_row_of_its_own() -> None:
    """Where the hub gave a call up, the call says UNKNOWN, and the moment has a row that says why."""
    story = Story()
    story.add("tool.proposed", call="c-1", tool="refund", cls="write", args="{}")
    story.add("tool.started", call="c-1", permit=PERMIT)
    story.add("outcome.unknown", call="c-1", permit=PERMIT, tool="refund", why="its process is gone")
    call, lost = _rows(story)
    assert (call.word, call.tone, call.error) == ("UNKNOWN", "alarm", True)
    assert "it may have happened" in _words(call)
    assert (lost.word, lost.tone) == ("UNKNOWN", "alarm")
    story.add("tool.finished", call="c-1", outcome="done", result="refunded", ms=9000, late=True)
    assert _rows(story)[0].word == "done"
    assert "late: refunded" in _words(_rows(story)[0])


@pytest.mark.parametrize(("verdict", "word"), [("deny", "DENIED"), ("killed", "KILLED"), ("hold", "HELD")])
def test_a_verdict_that_stops_a_call_has_a_row_of_its_own(verdict: str, word: str) -> None:
    """A refusal or a hold shows in the call and, at its own time, with the rule and the reason."""
    story = Story()
    story.add("tool.proposed", call="c-1", tool="rm", cls="danger", args="{}")
    story.add("gate.decided", call="c-1", verdict=verdict, rule="never", reason="irreversible", waited_ms=20)
    call, gate = _rows(story)
    assert (call.word, call.error) == (word, verdict != "hold")
    assert gate.kind == "gate"
    assert "irreversible" in _words(gate)


def test_an_allowed_call_has_no_second_row() -> None:
    """The everyday verdict stays inside of its call."""
    story = Story()
    story.call("c-1")
    assert len(_rows(story)) == 1


def test_a_model_call_says_when_another_model_answered() -> None:
    """Asked and served stand side by side when they differ, and only then."""
    story = Story()
    for call, served in (("m-1", "m-1-03"), ("m-2", "m-1")):
        story.add("gate.decided", call=call, verdict="allow", rule="class model")
        story.add("model.started", call=call, asked="m-1")
        story.add("model.finished", call=call, served=served, text="hello", tokens_in=8, tokens_out=3, ms=900)
    other, same = _rows(story)
    assert (other.kind, other.word, other.ms) == ("model", "done", 900)
    assert _words(other) == "m-1 != served m-1-03 8+3 tok -> hello"
    assert _words(same) == "m-1 8+3 tok -> hello"


def test_stages_of_a_stop_are_rows_and_never_say_more_than_they_prove() -> None:
    """Only the confirmed stage says STOPPED, and the recorded one says that it is on disk, no more."""
    story = Story()
    story.add("order.issued", order=ORDER, verb="kill", by="ann", reason="runaway")
    story.add(
        "order.acknowledged",
        order=ORDER,
        gate="g-1",
        in_flight=[{"call": "c", "tool": "refund", "cls": "write"}],
    )
    for kind in ("order.recorded", "stop.presumed", "stop.confirmed"):
        story.add(kind, order=ORDER, verb="kill", ms=3.0)
    issued, answered, recorded, presumed, confirmed = _rows(story)
    assert "kill by ann" in _words(issued)
    assert "1 call in flight" in _words(answered)
    assert "stopped" not in _words(recorded).lower()
    assert "not confirmed" in _words(presumed)
    assert confirmed.word == "STOPPED"
    assert [row.word for row in _rows(story)[:4]] == ["issued", "answered", "recorded", "PRESUMED"]


def test_a_kind_nobody_knows_is_shown_with_all_its_fields() -> None:
    """An event of a newer agent is a row, named unknown, with what it came with."""
    story = Story()
    story.add("tool.streamed", call="c-1", piece="half a result", part={"of": 3})
    (row,) = _rows(story)
    assert row.kind == "?"
    for part in ("tool.streamed", "does not know", "half a result", '{"of":3}'):
        assert part in _words(row)


def test_the_end_of_a_call_whose_beginning_is_not_here_is_still_a_row() -> None:
    """In the middle of a long run a call's end stands alone and says that the call began earlier."""
    story = Story()
    story.call("c-9")
    (row,) = Trace(story.items[2:]).rows.values()
    assert (row.n, row.word) == (3, "done")
    assert "began earlier" in _words(row)


def test_every_kind_of_event_has_its_row_and_its_words() -> None:
    """No kind of the vocabulary falls through to "unknown": in the trace, in full, and as a line of the feed."""
    for event in samples.EVENTS:
        story = Story()
        fields = event.model_dump(mode="json", exclude_none=True)
        item = story.add(fields.pop("kind"), **fields)
        (row,) = _rows(story)
        assert row.kind != "?"
        assert label(row) != "?"
        assert _words(row).strip(" ->") != ""
        assert len(row.word) <= 8
        told = "\n".join(block.text.raw for block in blocks(row, {}))
        assert told
        assert "does not know it" not in told
        assert not re.search(r"\['|\{'", told), "neither a list nor what has parts is a Python one"
        assert "unknown kind" not in line_of(item)


def test_what_happened_in_shadow_is_never_taken_for_real() -> None:
    """A shadowed call ends in its own word, with the virtual result said to be one, and what it would have come to."""
    story = Story()
    story.add("tool.proposed", call="c-1", tool="refund", cls="write", args="{}")
    story.add(
        "gate.decided", call="c-1", verdict="shadow", rule="roles.a.autonomy", bound="shadow", would="ask"
    )
    story.add("tool.started", call="c-1", shadow=True)
    story.add("tool.finished", call="c-1", outcome="done", result="refunded", ms=1, shadow=True)
    call, verdict = _rows(story)
    assert (call.word, verdict.word) == ("SHADOW", "SHADOW")
    assert "nothing happened: refunded" in _words(call)
    assert "it would be: ask" in _words(verdict)
    assert "nothing happened outside" in line_of(story.items[-1])


def test_what_a_person_changed_is_shown_as_what_runs() -> None:
    """The proposed and the edited arguments are both there in full, each with its name."""
    story = Story()
    story.add("tool.proposed", call="c-1", tool="refund", cls="write", args='{"amount":900}')
    story.add(
        "gate.decided", call="c-1", verdict="allow", rule="permit", edited_by="mary", args='{"amount":9}'
    )
    (row,) = _rows(story)
    shown = {block.title: block.text.raw for block in blocks(row, {})}
    assert "900" in shown["arguments"]
    assert shown["arguments that run"].strip() == "amount: 9"


def test_a_reconciled_call_says_how_it_ended_after_all() -> None:
    """A call that was unknown shows what was found out, and by whom, beside its own row."""
    story = Story()
    story.call("c-1", outcome="unknown", error="no answer")
    story.add(
        "outcome.reconciled", call="c-1", permit=PERMIT, tool="refund", outcome="done", how="probe", by="mary"
    )
    call, found = _rows(story)
    assert (call.word, call.error) == ("done", False)
    assert "found out by its probe" in _words(found)


def test_a_call_that_was_decided_waits_no_more() -> None:
    """The row that said it waits says that it waited; the decision has its own row and time."""
    story = Story()
    story.add("escalation.opened", escalation="e-1", call="c-1", tool="refund", cls="write", digest="ab")
    (row,) = _rows(story)
    assert row.word == "WAITS"
    story.add("escalation.decided", escalation="e-1", verdict="approved", by="mary")
    waited, decided = _rows(story)
    assert (waited.word, decided.word) == ("waited", "approved")
