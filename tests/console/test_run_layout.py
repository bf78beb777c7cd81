"""A run laid out in turns and sub-agents: what belongs below what, what a fold hides, and what none does."""

from __future__ import annotations

import pytest

from interlock_console.trace.fold import Trace
from interlock_console.trace.layout import Layout
from tests.console.stories import GATE, ORDER, Story

pytestmark = pytest.mark.pure


def _turns(count: int = 2) -> Story:
    """Return a run with so many model turns, a call in each; the last call failed."""
    story = Story()
    story.began()
    for place in range(count):
        story.add("model.started", call=f"m-{place}")
        story.add("model.finished", call=f"m-{place}", text=f"turn {place}")
        end = {"outcome": "failed", "error": "full"} if place == count - 1 else {}
        story.call(f"c-{place}", **end)
    return story


def _laid(story: Story, *folded: int) -> tuple[Layout, list[int]]:
    layout = Layout()
    layout.folded = set(folded)
    return layout, layout.arrange(Trace(story.items).rows)


def test_a_turn_has_what_followed_from_it_below_it() -> None:
    """Every row up to the next model call belongs to the one before; the run's beginning to nothing."""
    layout, shown = _laid(_turns())
    assert shown == [1, 2, 4, 8, 10]
    assert [layout.depth[n] for n in shown] == [0, 0, 1, 0, 1]
    assert layout.heads() == {2, 8}
    assert layout.head_of(10) == layout.head_of(8) == 8
    assert layout.head_of(1) is None


def test_a_fold_hides_its_rows_and_counts_them_and_what_failed() -> None:
    """A folded turn says how much is below it, and how much of that went wrong."""
    layout, shown = _laid(_turns(), 2, 8)
    assert shown == [1, 2, 8]
    assert layout.under(2).words() == "+1 row"
    assert layout.under(8).words() == "+1 row, 1 failed"
    assert layout.hides(10) == [8]


def test_calls_of_a_sub_agent_stand_below_the_call_they_name() -> None:
    """A call with a known parent is one deeper and folds with it; with an unknown one it belongs to the turn."""
    story = _turns(1)
    story.add("tool.proposed", call="c-sub", tool="task", cls="read", args="{}")
    story.add("tool.proposed", call="c-in", tool="look", cls="read", args="{}", parent_call="c-sub")
    story.add("tool.proposed", call="c-deep", tool="look", cls="read", args="{}", parent_call="c-in")
    story.add("tool.proposed", call="c-lost", tool="look", cls="read", args="{}", parent_call="c-never")
    layout, shown = _laid(story)
    assert [layout.depth[n] for n in shown[-4:]] == [1, 2, 3, 1]
    assert layout.parent == {9: 8, 10: 9}
    layout, shown = _laid(story, 8)
    assert shown == [1, 2, 4, 8, 11]
    assert layout.under(8).rows == 2
    assert layout.under(2).rows == 5


def test_no_fold_hides_what_an_operator_did_or_what_is_missing() -> None:
    """Orders, losses, notes, gaps and the run's end stay in sight with everything folded."""
    story = _turns(1)
    story.add("order.issued", order=ORDER, verb="pause", by="ann", reason="")
    story.add("reports.shed", count=3)
    story.add("run.lost", why="no heartbeat")
    story.add("run.noted", by="ann", text="look at this")
    story.add("gate.left", gate=GATE, why="done")
    story.add("run.finished", claim="done")
    trace = Trace(story.items)
    trace.gap(20, 25)
    layout = Layout()
    layout.folded = {2}
    assert layout.arrange(trace.rows) == [1, 2, 8, 9, 10, 11, 13, 20]


def test_the_agents_own_words_begin_a_turn_where_no_model_call_is_gated() -> None:
    """Neighbouring thoughts and sayings are one turn; a user's message belongs to it."""
    story = Story()
    story.began()
    story.add("reasoning", text="hm")
    story.add("message", role="assistant", text="I will look")
    story.call("c-1")
    story.add("message", role="user", text="hurry")
    story.add("message", role="assistant", text="yes")
    layout, shown = _laid(story)
    assert layout.heads() == {2}
    assert [layout.depth[n] for n in shown] == [0, 0, 1, 1, 1, 0]


def test_what_comes_later_is_laid_out_as_if_it_had_been_there() -> None:
    """Rows added one by one stand where arranging all of them puts them, folded or not."""
    story = _turns(3)
    for folded in ((), (2,), (8, 14)):
        whole, shown = _laid(story, *folded)
        layout = Layout()
        layout.folded = set(folded)
        layout.arrange({})
        layout._models = True
        rows = Trace(story.items).rows
        assert [n for n, row in rows.items() if layout.add(row)] == shown
        assert layout.depth == whole.depth
