"""What stands beside the trace: long texts in slices, contexts as differences, the tree; and what is folded away."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.screens.run import RunView
from interlock_console.trace.bodies import AHEAD, SLICE
from interlock_console.trace.fold import GAP
from tests.console.run_stage import Stage, staged_run
from tests.console.stories import RUN, Story

Json = dict[str, Any]


def _ref(text: str) -> Json:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"sha256": digest, "size": len(text), "chunks": [digest], "head": text[:100]}


def _thinking(text: str) -> tuple[Story, Json]:
    story, ref = Story(), _ref(text)
    story.began()
    story.add("reasoning", text=ref)
    return story, ref


def _turns() -> Story:
    story = Story()
    story.began()
    for place in range(3):
        said = [{"role": "system", "content": "be kind"}, {"role": "user", "content": f"question {place}"}]
        story.add("model.started", call=f"m-{place}", messages=json.dumps(said))
        story.add("model.finished", call=f"m-{place}", text=f"turn {place}")
        story.call(f"c-{place}")
    return story


async def test_a_body_of_megabytes_is_read_while_it_comes() -> None:
    """The first slice is shown at once, the others follow, and the end is the text's own end."""
    text = "".join(f"line {n} of a very long thought\n" for n in range(50_000)) + "the very end"
    story, ref = _thinking(text)
    async with staged_run(story, size=(180, 45), bodies={ref["sha256"]: text}) as stage:
        await stage.says("1.7 M characters", "line 0 of a very long thought")
        await stage.says("1.7 M characters, ")
        slices = [path for path in stage.hub.asked if "/bodies/" in path]
        assert len(slices) == -(-len(text) // SLICE)
        await stage.press("tab", "G")
        await stage.says("the very end")


async def test_a_slice_that_is_late_leaves_what_is_here() -> None:
    """The beginning stays readable, the rest says that it is late and comes in when it is there."""
    text = "a thought\n" * (SLICE // 5)
    story, ref = _thinking(text)
    async with staged_run(story, size=(180, 45)) as stage:
        view = stage.view
        stage.hub.bodies[ref["sha256"]] = text

        def half() -> bool:
            got = view.reader.bodies.get(ref["sha256"])
            if got is not None and got.text:
                stage.hub.late.add(ref["sha256"])
            return got is not None and "late" in got.problem

        view.reader.asking.rested()
        await stage.until(half, "the late slice")
        await stage.says("524.3 k of 1.0 M characters here, late", "a thought")
        stage.hub.late.clear()
        view.reader.asking.rested()
        await stage.says("1.0 M characters, ")


async def test_a_text_is_searched_inside_of_a_body() -> None:
    """The search within the text finds what is far down, goes on with n, and says when there is no more."""
    lines = [f"line {n}" for n in range(20_000)]
    lines[15_000], lines[18_000] = "here is the needle", "and a needle again"
    story = Story()
    story.began()
    story.add("reasoning", text="\n".join(lines))
    async with staged_run(story, size=(120, 30)) as stage:
        await stage.says("all 2 events")
        await stage.press("m", "slash", *"needle", "enter")
        await stage.says("here is the needle", "found in line")
        await stage.press("n")
        await stage.says("and a needle again")
        await stage.press("n")
        await stage.says("not found further down")
        await stage.press("N")
        await stage.says("here is the needle")


async def test_the_context_of_a_turn_is_shown_against_the_turn_before() -> None:
    """The key shows what came and what went, on the turn the cursor is on, and the text again."""
    async with staged_run(_turns(), size=(180, 45)) as stage:
        await stage.says("events")
        await stage.press("left_curly_bracket", "d")
        await stage.says("context against the turn at event", "- question 1", "+ question 2", "1 the same")
        await stage.press("left_curly_bracket")
        await stage.says("- question 0", "+ question 1")
        await stage.press("left_curly_bracket")
        await stage.says("the first one that is recorded in this run", "be kind")
        await stage.press("d")
        await stage.says("turn 0", "context it was given")


async def test_turns_fold_to_a_line_that_counts_what_is_below() -> None:
    """One turn or all of them; the cursor stays on what it was in, and a search opens the fold."""
    async with staged_run(_turns(), size=(180, 45)) as stage:
        await stage.says("all 19 events")
        await stage.press("left")
        await stage.says("[+1 row] model")
        assert stage.view.trace.cursor == 14
        await stage.press("less_than_sign")
        await stage.says("3 turns and sub-agents folded")
        assert stage.view.trace.order == [1, 2, 8, 14]
        await stage.press("slash", *"refunded", "enter")
        await stage.says("of 3 hits")
        assert stage.view.trace.cursor in (4, 10, 16)
        await stage.press("greater_than_sign")
        assert stage.view.trace.order == [1, 2, 4, 8, 10, 14, 16]
        assert not any(row.kind == GAP for row in stage.view.trace.rows.values())


def _state(run: str, agent: str, **fields: Any) -> RunState:
    return RunState(
        run, agent=Untrusted(agent), role=Untrusted("clerk"), started_at=1.0, last_at=2.0, **fields
    )


async def test_the_tree_shows_the_runs_around_this_one_and_opens_them() -> None:
    """Ancestors, this run and its children with their state now; enter opens the one under the cursor."""
    up, child = "r-00000000000000bb", "r-00000000000000cc"
    family = [
        (-1, _state(up, "boss")),
        (0, _state(RUN, "refunds")),
        (1, _state(child, "helper", stop="confirmed")),
    ]
    async with staged_run(_turns(), size=(180, 45), family=family, unseen=7) as stage:
        await stage.says("all 19 events")
        await stage.press("t")
        await stage.says("boss as clerk", "  refunds as clerk", "    helper as clerk", "STOPPED", "here")
        await stage.says("10 runs in this tree, only 3 shown")
        assert stage.view.tree_list.cursor == RUN
        await stage.press("down", "enter")
        await stage.until(lambda: stage.view.app.screen is not stage.view, "the child's screen")
        opened = stage.view.app.screen
        assert isinstance(opened, RunView)
        assert opened.run == child


async def test_a_claim_and_a_note_stand_above_the_trace() -> None:
    """Who has the run in hand and the newest note are among the facts, and rows of the run."""
    story = _turns()
    story.add("run.claimed", by="ann", note="mine", taken_from=None)
    story.add("run.noted", by="bob", text="same bug as last week")
    async with staged_run(story, size=(180, 45)) as stage:
        await stage.says("in hand of ann", "note 1 same bug as last week", "HAND")


async def test_what_is_copied_saved_and_paged_is_the_whole_of_it() -> None:
    """A row is copied as its line and as its events; what is saved has every loaded row and says what is not."""
    async with staged_run(_turns(), size=(80, 24)) as stage:
        await stage.says("all 19 events")
        view = stage.view
        assert view.copied().endswith("refund A-1009   -> refunded  12ms done")
        data = view.copied_data()
        assert isinstance(data, list)
        assert [item["n"] for item in data] == [16, 17, 18, 19]
        lines = list(view.shown())
        assert "events 1 to 19 of 19 are loaded and shown here" in lines
        assert sum("refund A-1009   -> refunded" in line for line in lines) == 3
        saved = view.shown_data()
        assert isinstance(saved, dict)
        assert len(saved["items"]) == 19
        await _read(stage)


async def _read(stage: Stage) -> None:
    await stage.press("m")
    assert "arguments, the exact text  21 characters" in list(stage.view.shown())
    assert "refunded" in stage.view.copied()


async def test_a_body_past_what_is_fetched_ahead_comes_as_it_is_read() -> None:
    """Of a very long text a part is fetched by itself; the rest when somebody goes to its end."""
    text = f"{'a line of it ' * 20}\n" * (AHEAD // 200) + "the very end"
    story, ref = _thinking(text)
    async with staged_run(story, size=(120, 30), bodies={ref["sha256"]: text}) as stage:
        bodies = stage.view.reader.texts

        def here() -> int:
            got = bodies.texts.get(ref["sha256"])
            return len(got.text or "") if got else 0

        await stage.until(lambda: here() >= AHEAD, "what is fetched ahead")
        for _ in range(10):
            await stage.pilot.pause(0.05)
        assert here() < len(text)
        await stage.press("tab", "slash", *"the very", "enter")
        await stage.says("not found in the part that is here")
        await stage.press("G")
        await stage.until(lambda: here() == len(text), "the rest")
        await stage.says("the very end")
