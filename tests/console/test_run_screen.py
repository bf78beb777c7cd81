"""The run screen: what a person sees of a run, live, at its end, and when something is missing."""

from __future__ import annotations

import hashlib

from interlock_console.screens import acting
from interlock_console.screens.run import RunView
from tests.console.run_stage import staged_run
from tests.console.stories import ORDER, PERMIT, RUN, Story, receipt


def _story(calls: int = 3) -> Story:
    story = Story()
    story.began(model="m-1", success="refund.status == 'done'")
    for place in range(calls):
        failed = place == 1
        args = f'{{"order_id":"A-{place}"}}'
        if failed:
            story.call(f"c-{place}", args=args, outcome="failed", error="mailbox full", result=None)
        else:
            story.call(f"c-{place}", args=args)
    return story


async def test_a_run_shows_its_facts_its_calls_and_the_text_of_a_row() -> None:
    """Goal, success, state, one row a call, and beside it arguments and result in full."""
    async with staged_run(_story(), size=(180, 45)) as stage:
        await stage.says(
            "refund A-1009", "refund.status == 'done'", "running, 0 calls in flight", "all 13 events"
        )
        await stage.says("refund A-0", "FAILED", "mailbox full", "WRITE 10", "arguments, the exact text")
        assert "model calls not gated" in stage.text()


async def test_the_next_failure_is_one_key_away() -> None:
    """The key goes to the failed call and says so when there is no other."""
    async with staged_run(_story()) as stage:
        await stage.says("all 13 events")
        await stage.press("left_square_bracket")
        assert stage.view.trace.cursor == 6
        assert not stage.view.trace.follow
        await stage.press("left_square_bracket")
        await stage.says("no failure before event 6")


async def test_new_events_are_followed_until_somebody_reads_on_above() -> None:
    """At the end the list goes with what comes; after a step up it stays and counts."""
    async with staged_run(_story()) as stage:
        await stage.says("following", "all 13 events")
        story = stage.hub.items[RUN]
        more = Story()
        more.items = story
        stage.live(more.add("reasoning", text="one more thought"))
        await stage.says("one more thought", "all 14 events")
        assert stage.view.trace.cursor == 14
        await stage.press("up")
        stage.live(more.add("reasoning", text="and another"))
        await stage.says("not following, 1 new below (f)")
        assert stage.view.trace.cursor == 10
        await stage.press("f")
        await stage.until(lambda: stage.view.trace.cursor == 15, "the newest row")


async def test_an_open_call_runs_and_a_lost_run_does_not_pretend_that_it_does() -> None:
    """A call without its end shows how long it runs; once the run is lost it has no end."""
    story = _story()
    story.add("tool.proposed", call="c-9", tool="slow", cls="write", args="{}")
    story.add("tool.started", call="c-9", permit=PERMIT)
    async with staged_run(story) as stage:
        await stage.says("running", "1 call in flight")
        more = Story()
        more.items = stage.hub.items[RUN]
        stage.live(more.add("run.lost", why="no heartbeat for 10 s"))
        await stage.says("lost: no heartbeat", "no end", "no end seen of")


async def test_a_run_of_100000_events_opens_at_its_end_and_memory_stays_bounded() -> None:
    """One page is asked for to begin with; paging back loads more, and never more than the window holds."""
    story = Story()
    story.began()
    for place in range(99_999):
        story.add("message", role="user", text=f"word {place}")
    async with staged_run(story) as stage:
        await stage.says("of 100,000 events")
        window = stage.view.reader.window
        assert window.last == 100_000
        assert len(window.items) <= 1200
        await stage.press("left_square_bracket")
        await stage.says("no failure before event 99,801")
        await stage.press("home")
        await stage.until(lambda: window.at_start and stage.view.trace.cursor == 1, "the run's first event")
        await stage.says("newer not loaded")
        await stage.press("end")
        await stage.until(lambda: window.at_end and stage.view.trace.cursor == 100_000, "the end again")


async def test_a_long_body_is_fetched_and_a_late_one_says_that_it_is_late() -> None:
    """A body kept by reference is asked for when its row is looked at; late is not empty."""
    text = "a very long thought. " * 20_000
    digest = hashlib.sha256(text.encode()).hexdigest()
    story = Story()
    story.began()
    ref = {"sha256": digest, "size": len(text), "chunks": [digest], "head": text[:100]}
    story.add("reasoning", text=ref)
    async with staged_run(story, size=(180, 45), late={digest}) as stage:
        await stage.says("late: a part of it has not arrived", "a very long thought.")
        stage.hub.late.clear()
        stage.hub.bodies[digest] = text
        stage.view.reader.asking.rested()
        await stage.says("420.0 k characters")


async def test_what_the_feed_shortened_is_asked_for_when_it_is_looked_at() -> None:
    """A cut event says so, and is replaced by the full one."""
    story = _story()
    async with staged_run(story, size=(180, 45)) as stage:
        await stage.says("following", "all 13 events")
        full = "x" * 3000 + " the very end"
        more = Story()
        more.items = stage.hub.items[RUN]
        item = more.add("reasoning", text=full)
        cut = {**item, "cut": True, "e": {**item["e"], "event": {"kind": "reasoning", "text": full[:2000]}}}
        stage.hub.hold.clear()
        stage.live(cut)
        await stage.says("may be shortened by the feed")
        stage.hub.hold.set()
        await stage.says("3.0 k characters")
        await stage.until(lambda: "shortened" not in stage.text(), "the whole text")


async def test_an_order_opens_its_receipt_and_the_stages_are_rows() -> None:
    """When somebody gives an order the receipt comes up by itself; q closes it and keeps the screen."""
    story = _story()
    made = [receipt("kill", "requested", "recorded", waits_for=["gate g-1 to answer"])]
    async with staged_run(story, size=(180, 45)) as stage:
        await stage.says("following", "all 13 events")
        stage.hub.receipts[RUN] = made
        more = Story()
        more.items = stage.hub.items[RUN]
        stage.live(more.add("order.issued", order=ORDER, verb="kill", by="ann", reason="runaway"))
        await stage.says("STOPPING: recorded", "gate g-1 to answer", "confirmed     not yet", "kill by ann")
        assert "STOPPED" not in stage.text()
        stage.hub.receipts[RUN] = [receipt("kill", "requested", "recorded", "acknowledged", "confirmed")]
        stage.live(more.add("stop.confirmed", order=ORDER, verb="kill", ms=9.0))
        await stage.says("CONFIRMED STOPPED: no gated call in flight", "STOPPED")
        await stage.press("q")
        assert not stage.view.has_class("receipts")
        assert stage.view.is_current


async def test_stale_data_and_a_hub_that_does_not_answer_are_said() -> None:
    """After 5 s without a word everything says that it is old; an unanswered question says so too."""
    async with staged_run(_story()) as stage:
        await stage.says("all 13 events")
        stage.feed.clock.go(7)
        await stage.says("STALE 7s: this is what was, not what is")
    async with staged_run(_story(), broken=True) as stage:
        await stage.says("no answer from the hub", "no events here yet")


async def test_a_hole_in_the_feed_is_drawn_until_it_is_filled() -> None:
    """Events that did not come are a loud row of their own, and are asked for."""
    story = _story()
    async with staged_run(story) as stage:
        await stage.says("following", "all 13 events")
        more = Story()
        more.items = stage.hub.items[RUN]
        missing = [more.add("reasoning", text=f"thought {place}") for place in range(5)]
        stage.hub.hold.clear()
        stage.view._take([missing[4]])
        await stage.says("GAP", "events 14 to 17 did not come")
        stage.hub.hold.set()
        await stage.says("thought 0", "thought 3")
        await stage.until(lambda: "GAP" not in stage.text(), "the hole to be filled")


async def test_enter_reads_a_row_on_the_whole_screen_and_q_goes_back() -> None:
    """The text takes the screen at 80 by 24, scrolls, and gives it back."""
    async with staged_run(_story(), size=(80, 24)) as stage:
        await stage.says("following", "all 13 events")
        await stage.press("left_square_bracket", "enter")
        await stage.says("arguments, the exact text", "mailbox full")
        await stage.press("end")
        await stage.says("tool.finished")
        await stage.press("q")
        await stage.says("KIND   WHAT")
        assert stage.view.trace.has_focus


async def test_a_read_only_console_has_no_acting_keys_here() -> None:
    """Without the acting table the keys are not bound at all."""
    async with staged_run(_story()) as stage:
        station = stage.view.station
        for read_only, bound in ((True, set()), (False, {"K", "p", "r"})):
            view = acting(RunView, read_only)(station, RUN)
            assert {key for key in ("K", "p", "r") if view._bindings.key_to_bindings.get(key)} == bound
            assert view.target() == RUN
