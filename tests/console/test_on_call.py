"""What somebody who was just woken relies on: the cursor, line 1, the keys as they are typed, and the room there is."""

import pytest
from textual.pilot import Pilot

from interlock.text import Untrusted
from interlock_console import receipts
from interlock_console.app import Console
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.help import HelpScreen
from interlock_console.screens.kill import KillDialog
from interlock_console.screens.run import RunView
from interlock_console.trace.paper import Block, Paper
from tests.console.feed import Feed, run_id
from tests.console.looks import SMALL, WIDE, lines, settle, shown, text
from tests.console.picture import drawn
from tests.console.run_stage import staged_run
from tests.console.stories import Story, receipt


def _view(pilot: Pilot[None]) -> FleetView:
    view = pilot.app.screen
    assert isinstance(view, FleetView)
    return view


def _two() -> Feed:
    feed = Feed()
    feed.snapshot()
    for number in (1, 2):
        feed.clock.go(0.2)
        feed.began(number)
    return feed


async def _lose(pilot: Pilot[None], feed: Feed, number: int) -> None:
    feed.calls(run_id(number), "a")
    feed.say(run_id(number), "run.lost", why="no heartbeat")
    await settle(pilot)
    _view(pilot).table.reorder()


async def test_the_cursor_stays_on_top_until_somebody_takes_it() -> None:
    """What needs a person most is under the cursor as long as nobody moved it, and then it stays on its run."""
    feed = _two()
    async with shown(feed.station()) as pilot:
        assert _view(pilot).table.cursor == run_id(2)
        await _lose(pilot, feed, 1)
        assert _view(pilot).table.cursor == run_id(1)
        await pilot.press("j", "k")
        feed.order(run_id(2), "kill")
        await settle(pilot)
        _view(pilot).table.reorder()
        assert _view(pilot).table.order[0] == run_id(2)
        assert _view(pilot).table.cursor == run_id(1)


async def test_an_order_is_not_sent_to_a_run_that_just_came_under_the_cursor() -> None:
    """When the list moved by itself just before K, nothing is sent; the next K is about the run that is shown."""
    feed = _two()
    async with shown(feed.station()) as pilot:
        now = [50.0]
        _view(pilot).table._clock = lambda: now[0]
        await _lose(pilot, feed, 1)
        await pilot.press("K")
        await settle(pilot)
        assert not isinstance(pilot.app.screen, KillDialog)
        assert "the list moved to r-000000 as you pressed: nothing was sent" in text(pilot)
        now[0] += 1
        await pilot.press("K")
        assert isinstance(pilot.app.screen, KillDialog)
        assert pilot.app.screen.run == run_id(1)


async def test_line_one_keeps_every_kind_of_trouble_at_80_columns() -> None:
    """What is wrong is named with its count, in shorter words where it must be; only what is calm gives way."""
    feed = Feed()
    feed.snapshot()
    for number in range(1, 10):
        feed.began(number)
    for call in "abc":
        feed.calls(run_id(1), call)
    lost, unknown, held = run_id(2), run_id(3), run_id(4)
    feed.say(lost, "run.lost", why="no heartbeat")
    feed.calls(unknown, "u")
    feed.say(unknown, "tool.finished", call="u", outcome="unknown", ms=1.0)
    feed.order(held, "pause", "order.recorded", "drained")
    feed.order(run_id(5), "kill", "order.recorded")
    feed.say(run_id(6), "run.finished", claim="failed")
    feed.say(run_id(7), "run.finished", claim="done")
    async with shown(feed.station(), SMALL) as pilot:
        line = lines(pilot)[0]
        for part in ("STOPPING 1", "LOST 1", "UNK 1", "LOOP 1", "PAUSE 1", "FAIL 1", "live <1s", "1:fleet"):
            assert part in line
        assert "+" not in line
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert lines(pilot)[0].startswith(" :1 STOPPING 1")
        assert "+" in lines(pilot)[0], "what had to go is said to be missing"
        await pilot.resize_terminal(*WIDE)
        await settle(pilot)
        assert "UNKNOWN 1" in lines(pilot)[0]
        assert "ENDED 1" in lines(pilot)[0]


@pytest.mark.parametrize("view", [FleetView, RunView])
async def test_the_help_shows_keys_as_they_are_typed(view: type[FleetView | RunView]) -> None:
    """No key is called by a name it does not have on the keyboard, and nothing that is said is cut off."""
    feed = _two()
    async with shown(feed.station()) as pilot:
        if view is RunView:
            await pilot.press("enter")
        await pilot.press("question_mark")
        help_screen = pilot.app.screen
        assert isinstance(help_screen, HelpScreen)
        pages = [text(pilot)]
        for _ in range(9):
            await pilot.press("space")
            pages.append(text(pilot))
        said = "\n".join(pages)
        assert "bracket" not in said
        assert "_sign" not in said
        assert "\u2026" not in said
        for word in ("PRESUMED", "LOST", "UNKNOWN UNK", "UNRECORDED", " [ ", " ] "):
            assert word in said
        if view is RunView:
            assert "   {  " in said


async def test_a_small_run_screen_gives_the_list_most_of_its_room() -> None:
    """At 80x24 the list has more rows than the text of one of them, until somebody goes to that text."""
    feed = _two()
    async with shown(feed.station(), SMALL) as pilot:
        await pilot.press("enter")
        view = pilot.app.screen
        assert isinstance(view, RunView)
        await settle(pilot)
        assert view.trace.size.height >= 10
        assert view.detail.size.height >= 4
        await pilot.press("tab")
        await settle(pilot)
        assert view.detail.size.height > view.trace.size.height


async def test_a_failed_call_says_why_in_a_low_pane() -> None:
    """The first line of an error stands before what the gate decided, where four lines show it."""
    story = Story()
    story.began()
    story.call("c-1", outcome="failed", result=None, error="no such folder: my_website\nsecond line")
    async with staged_run(story) as stage:
        await stage.says("all 5 events", "FAILED")
        await stage.says("said       no such folder: my_website", "FAILED")


async def test_a_goal_that_is_cut_says_so() -> None:
    """What does not fit into the preview ends in an ellipsis."""
    feed = Feed()
    feed.snapshot()
    feed.began(1, goal="a long goal " * 20)
    async with shown(feed.station(), SMALL) as pilot:
        (goal,) = (line for line in lines(pilot) if line.startswith(" goal "))
        assert goal.rstrip().endswith("\u2026")


async def test_a_lost_run_says_what_can_be_done() -> None:
    """The preview of a lost run names what K does for it."""
    feed = _two()
    async with shown(feed.station(), SMALL) as pilot:
        await _lose(pilot, feed, 1)
        await settle(pilot)
        assert "K kills: should it come back, nothing new of it starts" in text(pilot)


async def test_the_picture_fetches_nothing() -> None:
    """A picture of the screen names no host but the one that names its language, and shows what the screen shows."""
    async with shown(_two().station(), SMALL) as pilot:
        assert isinstance(pilot.app, Console)
        svg = drawn(pilot.app)
    assert svg.count("://") == 1
    assert 'xmlns="http://www.w3.org/2000/svg"' in svg
    assert "agent-2" in svg


@pytest.mark.pure
def test_stages_are_told_in_the_order_they_came() -> None:
    """A gate may answer before the order is on disk, and a receipt then tells the answer first."""
    made = receipt("kill", "requested", "pushed", "recorded", "acknowledged")
    made["stages"][2]["ms"], made["stages"][3]["ms"] = 5.0, 1.5
    made["stages"][1]["ms"] = 0.4
    said = receipts.summary(made)
    assert said.index("pushed") < said.index("acknowledged 1.5 ms") < said.index("recorded 5.0 ms")
    told = [line.text.split()[0] for line in receipts.lines(made) if line.label == "stage"]
    assert told[:4] == ["requested", "pushed", "acknowledged", "recorded"]


@pytest.mark.pure
def test_what_is_broken_into_lines_hangs_below_itself() -> None:
    """The second line of a labelled text begins below the first, not below its label."""
    paper = Paper([Block("", Untrusted("one two three four"), lead="gate  ")], 16)
    paper.reach(9)
    assert [line for line, _ in paper.lines] == ["gate  one two ", "      three four"]


@pytest.mark.pure
def test_a_presumed_stop_blames_no_gate_that_answered() -> None:
    """The ticker says of a presumed stop what the run's own sentence says, and no more."""
    feed = _two()
    feed.order(run_id(1), "kill", "order.recorded")
    feed.say(run_id(1), "stop.presumed", order="o-00000000000000c1", verb="kill", ms=6000.0, note="")
    note = feed.fleet.head(feed.clock()).note
    assert note is not None
    assert note.text.startswith("6.0 s after the order presumed stopped: nothing new can start")
    assert "has answered" not in note.text
