"""The context at a decision as a difference to the one before: nothing hidden, nothing guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interlock_console.trace.bodies import Fetched
from interlock_console.trace.context import changes, messages, told
from interlock_console.trace.turns import Plan, plan
from interlock_console.trace.window import Window
from tests.console.stories import Story

pytestmark = pytest.mark.pure

Json = dict[str, Any]
DIGEST = "cd" * 32


def _text(*said: tuple[str, str]) -> str:
    return json.dumps([{"role": role, "content": content} for role, content in said])


SYSTEM, ASKED = ("system", "be kind"), ("user", "refund A-1")


def test_what_was_added_and_what_is_gone_are_both_there() -> None:
    """A message that left the context is shown whole, as is one that came."""
    found, same = changes(
        _text(SYSTEM, ASKED, ("assistant", "ok")), _text(SYSTEM, ("assistant", "ok"), ("tool", "done"))
    )
    assert same == 2
    assert [(change.what, change.who, change.lines) for change in found] == [
        ("gone", "user", (("-", "refund A-1"),)),
        ("new", "tool", (("+", "done"),)),
    ]
    page = "\n".join(f"{block.title} {block.text}" for block in told(found, same, "the turn at event 3"))
    for part in (
        "context against the turn at event 3",
        "1 new, 1 gone, 2 the same",
        "- message gone",
        "- refund A-1",
        "+ done",
    ):
        assert part in page


def test_a_message_that_was_edited_is_compared_line_by_line() -> None:
    """The lines that changed carry their sign, the others are counted."""
    old = "\n".join(f"line {n}" for n in range(10))
    found, same = changes(_text(("system", old)), _text(("system", old.replace("line 8", "LINE 8"))))
    (change,) = found
    assert (same, change.what) == (0, "changed")
    assert change.lines == (
        (" ", "line 0"), (" ", "(6 lines are the same)"), (" ", "line 7"),
        ("-", "line 8"), ("+", "LINE 8"), (" ", "line 9"),
    )  # fmt: skip


def test_messages_that_share_nothing_are_one_gone_and_one_new() -> None:
    """A replaced message is never shown as an edit of another one."""
    found, _ = changes(_text(SYSTEM), _text(("system", "be firm")))
    assert [change.what for change in found] == ["gone", "new"]


def test_every_line_of_both_contexts_can_be_put_together_from_the_difference() -> None:
    """What is gone, changed and new, with what is the same, is all of both contexts."""
    before = [(f"user {n % 3}", f"text {n}\nmore {n}") for n in range(30)]
    after = [*before[:4], ("user 1", "text 5\nother"), *before[9:20], ("tool", "new"), *before[21:]]
    found, same = changes(_text(*before), _text(*after))
    gone = [line for change in found for sign, line in change.lines if sign == "-"]
    new = [line for change in found for sign, line in change.lines if sign == "+"]
    lost = [line for _, text in before for line in text.split("\n")]
    kept = [line for _, text in after for line in text.split("\n")]
    assert set(lost) - set(kept) <= set(gone)
    assert set(kept) - set(lost) <= set(new)
    assert same == 24


@pytest.mark.parametrize("text", ["", "no JSON", "{}", '{"a": 1}', "[1, [2]]", "[" * 100_000])
def test_a_context_of_any_shape_is_read(text: str) -> None:
    """What is no list of messages is shown as it is, whatever it is."""
    assert messages(text)
    assert changes(text, text) == ([], len(messages(text)))


def test_thousands_of_messages_are_compared_at_once() -> None:
    """A context with ten thousand messages that all changed is told as gone and new, and hides none."""
    found, same = changes(
        _text(*(("user", f"a {n}") for n in range(10_000))),
        _text(*(("user", f"b {n}") for n in range(10_000))),
    )
    assert (len(found), same) == (20_000, 0)


def _turns(*contexts: Any) -> Window:
    story = Story()
    story.began()
    for place, context in enumerate(contexts):
        fields = {} if context is None else {"messages": context}
        story.add("model.started", call=f"m-{place}", **fields)
        story.add("model.finished", call=f"m-{place}", text="said")
    window = Window()
    window.open(story.items, len(story.items))
    return window


def _plan(
    window: Window, n: int, bodies: dict[str, Fetched] | None = None, earlier: dict[int, Any] | None = None
) -> Plan:
    return plan(window.trace.rows[n], window, bodies or {}, earlier or {})


def _words(made: Plan) -> str:
    return "\n".join(f"{block.title} {block.note} {block.text}" for block in made.blocks)


def test_the_first_turn_is_shown_whole_and_a_later_one_against_the_one_before() -> None:
    """There is nothing to compare the first one with; the second is compared with it."""
    window = _turns(_text(SYSTEM), _text(SYSTEM, ASKED))
    first = _words(_plan(window, 2))
    assert "the first one that is recorded" in first
    assert "be kind" in first
    compare = _plan(window, 4).compare
    assert compare is not None
    assert (compare.before, compare.after) == (_text(SYSTEM), _text(SYSTEM, ASKED))
    assert compare.against == "the turn at event 2"


def test_a_context_that_nobody_reported_is_not_recorded() -> None:
    """Nothing is made up for it, and a comparison over it says that it passed one over."""
    window = _turns(_text(SYSTEM), None, _text(SYSTEM, ASKED))
    assert "context not recorded" in _words(_plan(window, 4))
    compare = _plan(window, 6).compare
    assert compare is not None
    assert compare.against == "the turn at event 2 (1 turns between have no recorded context)"


def test_a_context_that_is_late_or_in_part_says_so_and_is_asked_for() -> None:
    """Neither side is compared before all of it is here."""
    ref = {"sha256": DIGEST, "size": 90_000, "chunks": [DIGEST], "head": "["}
    window = _turns(ref, _text(SYSTEM))
    made = _plan(window, 4)
    assert "the context of the turn before, event 2: asking the hub" in _words(made)
    assert made.digests == (DIGEST,)
    late = {DIGEST: Fetched(None, "late: a part of it has not arrived")}
    assert "late: a part of it" in _words(_plan(window, 2, late))
    part = {DIGEST: Fetched("[", "", 90_000)}
    assert "1 of 90.0 k characters here" in _words(_plan(window, 2, part))
    whole = {DIGEST: Fetched(_text(SYSTEM), "", len(_text(SYSTEM)))}
    assert _plan(window, 4, whole).compare is not None


def test_the_turn_before_the_window_is_asked_for() -> None:
    """Where the one before is not loaded, the hub is asked; what it answers is said or compared with."""
    story = Story()
    story.began()
    story.add("model.started", call="m-0", messages=_text(SYSTEM))
    story.add("model.started", call="m-1", messages=_text(SYSTEM, ASKED))
    window = Window()
    window.open(story.items[2:], 3)
    assert _plan(window, 3).earlier
    compare = _plan(window, 3, earlier={3: story.items[1]}).compare
    assert compare is not None
    assert compare.before == _text(SYSTEM)
    assert "no model call came before it" in _words(_plan(window, 3, earlier={3: None}))


def test_a_snapshot_that_names_a_call_is_the_context_of_that_turn() -> None:
    """The snapshot and the turn are one decision, not two."""
    story = Story()
    story.began()
    for place, context in enumerate((_text(SYSTEM), _text(SYSTEM, ASKED))):
        story.add("context.snapshot", call=f"m-{place}", messages=context)
        story.add("model.started", call=f"m-{place}")
    window = Window()
    window.open(story.items, 5)
    compare = _plan(window, 5).compare
    assert compare is not None
    assert (compare.before, compare.after) == (_text(SYSTEM), _text(SYSTEM, ASKED))


def test_a_row_that_is_no_decision_says_where_one_is() -> None:
    """The key on another row does not pretend that there is a context."""
    assert "this is no model turn" in _words(_plan(_turns(None), 1))
