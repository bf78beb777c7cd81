"""Looking for something over the whole of a long run: a text, a failure, a model turn, loaded or not."""

from __future__ import annotations

from tests.console.run_stage import Stage, staged_run
from tests.console.stories import RUN, Story


def _long(count: int = 6000, *, needles: tuple[int, ...] = (), failures: tuple[int, ...] = ()) -> Story:
    """Return a run of about so many events; needles and failed calls stand at these numbers."""
    story = Story()
    story.began()
    while len(story.items) < count:
        n = len(story.items) + 1
        if n in failures:
            story.call(f"c-{n}", outcome="failed", error="mailbox full", result=None)
        else:
            story.add("message", role="user", text="the needle" if n in needles else f"word {n}")
    return story


async def _search(stage: Stage, words: str) -> None:
    await stage.says("events")
    await stage.press("slash", *words, "enter")


async def test_a_search_finds_what_is_not_loaded_and_goes_there() -> None:
    """Hits far from the loaded page are known, counted, and one key away in both directions."""
    async with staged_run(_long(needles=(10, 3000, 5990)), scan=1000) as stage:
        await _search(stage, "needle")
        await stage.says("3 of 3 hits")
        assert stage.view.trace.cursor == 5990
        await stage.press("N")
        await stage.until(lambda: stage.view.trace.cursor == 3000, "the hit in the middle")
        await stage.says("2 of 3 hits")
        await stage.press("N")
        await stage.until(lambda: stage.view.trace.cursor == 10, "the first hit")
        await stage.press("N")
        await stage.says("no hit before event 10")
        await stage.press("n")
        await stage.until(lambda: stage.view.trace.cursor == 3000, "the hit in the middle again")
        assert len(stage.view.reader.window.items) <= 5000


async def test_a_hit_that_is_only_far_away_is_gone_to_at_once() -> None:
    """Nothing that is loaded holds the text: the screen goes to where it is."""
    async with staged_run(_long(needles=(700,)), scan=1000) as stage:
        await _search(stage, "needle")
        await stage.until(lambda: stage.view.trace.cursor == 700, "the only hit")
        await stage.says("1 of 1 hit", "not loaded")


async def test_while_the_hub_has_not_answered_nobody_says_that_there_is_no_more() -> None:
    """A key for the next hit waits for the rest of the run, says how far it is, and can be stopped."""
    async with staged_run(_long(needles=(20,)), scan=1000, size=(160, 30)) as stage:
        await stage.says("events")
        stage.hub.hold.clear()
        await stage.press("slash", *"needle", "enter")
        await stage.says("0+ hits, scanned 0 of 6,000")
        await stage.press("N")
        await stage.says("looking before event 5,801")
        assert "no hit" not in stage.text()
        await stage.press("q")
        await stage.says("stopped by you; n and N go on")
        assert stage.view.is_current
        stage.hub.hold.set()
        await stage.press("N")
        await stage.until(lambda: stage.view.trace.cursor == 20, "the hit at the beginning")


async def test_a_text_that_is_nowhere_is_said_to_be_nowhere() -> None:
    """Only after all of the run was looked at."""
    async with staged_run(_long(), scan=1000) as stage:
        await _search(stage, "needle")
        await stage.says("no hit in the whole run")
        asked = [path for path in stage.hub.asked if "/search" in path]
        assert len(asked) >= 6


async def test_a_hub_that_cannot_search_is_no_empty_answer() -> None:
    """What went wrong is said, and the count stays open."""
    async with staged_run(_long(400), size=(180, 30)) as stage:
        await stage.says("events")
        stage.hub.refusal = "busy elsewhere"
        await stage.press("slash", *"needle", "enter")
        await stage.says("0+ hits", "stopped: question refused: the hub refused")


async def test_what_the_feed_brings_is_searched_as_it_comes() -> None:
    """A hit that happens after the search is counted without asking again by hand."""
    async with staged_run(_long(400)) as stage:
        await _search(stage, "needle")
        await stage.says("no hit in the whole run")
        more = Story()
        more.items = stage.hub.items[RUN]
        stage.live(more.add("message", role="user", text="a needle at last"))
        await stage.says("1 hit")


async def test_failures_are_found_over_the_whole_run() -> None:
    """The failure before is shown wherever it is; behind the last one it is said that there is none."""
    async with staged_run(_long(failures=(100, 5000))) as stage:
        await stage.says("events")
        await stage.press("left_square_bracket")
        await stage.until(lambda: stage.view.trace.cursor == 5000, "the later failure")
        await stage.says("mailbox full")
        await stage.press("left_square_bracket")
        await stage.until(lambda: stage.view.trace.cursor == 100, "the earlier failure")
        await stage.press("left_square_bracket")
        await stage.says("no failure before event")
        await stage.press("right_square_bracket")
        await stage.until(lambda: stage.view.trace.cursor == 5000, "the later failure again")


async def test_model_turns_are_found_over_the_whole_run() -> None:
    """The turn before is one key away though thousands of events lie between."""
    story = Story()
    story.began()
    story.add("model.started", call="m-1", asked="m")
    story.add("model.finished", call="m-1", text="first turn")
    for n in range(3000):
        story.add("message", role="user", text=f"word {n}")
    async with staged_run(story) as stage:
        await stage.says("events")
        await stage.press("left_curly_bracket")
        await stage.until(lambda: stage.view.trace.cursor == 2, "the only turn")
        await stage.says("first turn")


async def test_where_the_run_goes_on_beyond_what_is_loaded_a_row_says_so() -> None:
    """The ends of what is loaded are rows; moving to them loads the next page and the cursor stays on its event."""
    async with staged_run(_long()) as stage:
        trace, window = stage.view.trace, stage.view.reader.window
        await stage.says("of 6,000 events")
        await stage.press("g")
        await stage.until(lambda: window.at_start and trace.cursor == 1, "the start")
        first = window.last
        assert trace.order[-1] > window.last
        stage.hub.hold.clear()
        trace.go(trace.order[-1])
        await stage.says("are not loaded: moving on loads them")
        stage.hub.hold.set()
        await stage.until(lambda: window.last > first, "the next page")
        await stage.until(lambda: trace.cursor == first, "the cursor beside where the end was")
        await stage.press("G")
        await stage.until(lambda: window.at_end and trace.cursor == 6000, "the end")


async def test_paging_up_moves_nothing_under_the_eye() -> None:
    """A page that is put in front leaves the cursor on its event and at its height."""
    async with staged_run(_long()) as stage:
        trace, window = stage.view.trace, stage.view.reader.window
        await stage.says("events")
        trace.follow = False
        stage.hub.hold.clear()
        trace.go(window.first + 5)
        before, cursor, line = window.first, trace.cursor, trace.place - trace.top
        stage.hub.hold.set()
        await stage.until(lambda: window.first < before, "an older page")
        assert (trace.cursor, trace.place - trace.top) == (cursor, line)
