"""The fleet screen: order by need, filter, what is kept, what is old, and what there is no key for."""

import pytest
from textual.pilot import Pilot

from interlock_console.app import Console
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.kill import KillDialog
from interlock_console.screens.run import RunView
from interlock_console.widgets.ask import Ask
from tests.console.feed import Feed, run_id
from tests.console.looks import SMALL, WIDE, lines, noted, settle, shown, text

SIZES = pytest.mark.parametrize("size", [SMALL, WIDE])


def _fleet() -> Feed:
    feed = Feed()
    feed.snapshot()
    for number in range(1, 6):
        feed.clock.go(0.2)
        feed.began(number)
    return feed


def _view(pilot: Pilot[None]) -> FleetView:
    view = pilot.app.screen
    assert isinstance(view, FleetView)
    return view


@SIZES
async def test_what_needs_a_person_comes_first_then_the_newest(size: tuple[int, int]) -> None:
    """A kill under way stands above a loop, that above a lost run, and calm runs follow with the newest first."""
    feed = _fleet()
    for call in "abc":
        feed.calls(run_id(1), call)
    feed.say(run_id(2), "run.lost", why="no heartbeat")
    feed.order(run_id(3), "kill", "order.recorded")
    async with shown(feed.station(), size) as pilot:
        assert _view(pilot).table.order == [run_id(number) for number in (3, 1, 2, 5, 4)]
        said = text(pilot)
        for word in ("STOPPING", "LOST", "LOOP 3"):
            assert word in said


@SIZES
async def test_every_line_fits_the_terminal(size: tuple[int, int]) -> None:
    """Line 1, the last line and everything between are exactly as wide as the terminal, and line 1 names the view."""
    feed = _fleet()
    async with shown(feed.station(), size) as pilot:
        found = lines(pilot)
        assert len(found) == size[1]
        assert {len(line) for line in found} == {size[0]}
        assert found[0].rstrip().endswith("1:fleet")
        assert "s sort  t group" in found[-1]
        assert "K stop" in found[-1]
        assert "q quit" in found[-1]


async def test_line_one_says_where_how_and_how_old() -> None:
    """Context, counts, policy, link and data age are in line 1; brake latency is there where there is room."""
    feed = _fleet()
    feed.pulse(stops={"count": 12, "ms": [3.2, 9.1]})
    async with shown(feed.station(), WIDE) as pilot:
        line = lines(pilot)[0]
        for part in ("local:1", "NO POLICY", "RUN 5", "live <1s", "brake p50 3.2 ms p99 9.1 ms of 12"):
            assert part in line


async def test_old_data_is_marked_on_every_pane() -> None:
    """After five seconds of silence line 1, the table's bar and the preview each say STALE with the age."""
    feed = _fleet()
    async with shown(feed.station(), WIDE) as pilot:
        assert "STALE" not in text(pilot)
        feed.clock.go(7.5)
        await settle(pilot)
        marked = [line for line in lines(pilot) if "STALE 7s" in line]
        assert "1:fleet" in marked[0]
        assert len(marked) == 3
        assert "hub silent for 7 s: what is shown is old. Orders are tried" in noted(pilot)
        feed.pulse()
        await settle(pilot)
        assert "STALE" not in text(pilot)


async def test_a_lost_hub_is_said_with_what_the_keys_will_do() -> None:
    """While the hub is away its reason is on the screen, and that orders will be tried and say what came of them."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        feed.fleet.unlinked("nobody listens there")
        feed.clock.go(1)
        await settle(pilot)
        assert "HUB AWAY 1s" in lines(pilot)[0]
        assert (
            noted(pilot)
            .rstrip()
            .endswith("nobody listens there; trying again. Orders are tried all the same.")
        )
        await pilot.press("p")
        while (note := feed.fleet.head(0).note) is None or "not certain" not in note.text:
            await pilot.pause(0.01)
        await settle(pilot)
        assert "pause not certain: no answer from the hub" in noted(pilot), "an order's outcome goes first"
        feed.clock.go(8)
        await settle(pilot)
        assert "HUB LOST STALE 9s" in lines(pilot)[0]
        assert "agent-5" in text(pilot)


async def test_the_cursor_and_the_target_hold_the_run() -> None:
    """A run that jumps to the top under a moving hand changes neither the cursor nor what an order would act on."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        await pilot.press("j")
        view = _view(pilot)
        assert view.target() == run_id(4)
        feed.say(run_id(1), "run.lost", why="no heartbeat")
        await settle(pilot)
        view.table.reorder()
        await settle(pilot)
        assert view.table.order[0] == run_id(1)
        assert view.target() == run_id(4)


async def test_the_filter_is_typed_and_cleared() -> None:
    """A slash takes a filter, enter uses it, and the bar says how many runs it leaves; escape in it clears it."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        await pilot.press("slash", *"agent:agent-3", "enter")
        await settle(pilot)
        assert _view(pilot).table.order == [run_id(3)]
        assert "/ agent:agent-3" in lines(pilot)[1]
        assert "1 of 5 runs" in lines(pilot)[1]
        await pilot.press("slash", "escape")
        await settle(pilot)
        assert len(_view(pilot).table.order) == 5


async def test_keys_typed_into_the_filter_do_not_act() -> None:
    """While a filter is typed, K, p, r and q are letters: no dialog opens and no order is given."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        view.action_filter()
        assert view.focused is view.ask, "a key typed right after the slash must not reach the table"
        await pilot.press(*"Kprq")
        await settle(pilot)
        assert _view(pilot).ask.typed == "Kprq"
        assert feed.fleet.head(0).note is None
        assert lines(pilot)[-1].split("  ")[:3] == [" enter take it", "esc show all", "ctrl+u empty the line"]
        await pilot.press("escape")
        await settle(pilot)
        assert "K stop" in lines(pilot)[-1]


async def test_keys_typed_into_the_search_of_a_run_do_not_act() -> None:
    """The key after the slash is a letter on the run screen too, however fast it comes."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        await pilot.press("enter")
        view = pilot.app.screen
        assert isinstance(view, RunView)
        view.action_search()
        assert isinstance(view.focused, Ask)
        await pilot.press(*"Kp")
        assert pilot.app.screen is view
        assert feed.fleet.head(0).note is None


async def test_kept_order_says_so_and_counts_newcomers() -> None:
    """With z the order stays, new runs are counted but not shown, and z again brings everything up to date."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        before = list(view.table.order)
        await pilot.press("z")
        feed.clock.go(1)
        feed.began(9)
        feed.say(run_id(1), "run.lost", why="no heartbeat")
        feed.clock.go(2)
        await settle(pilot)
        assert view.table.order == before
        assert "order kept, 1 not in it (z)" in lines(pilot)[1]
        assert "LOST" in text(pilot)
        await pilot.press("z")
        await settle(pilot)
        assert view.table.order[:2] == [run_id(1), run_id(9)]


async def test_brackets_go_to_runs_that_need_a_person() -> None:
    """The brackets stop at lost, looping and stopping runs only, around the end of the list."""
    feed = _fleet()
    feed.say(run_id(2), "run.lost", why="no heartbeat")
    feed.order(run_id(3), "kill")
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        await pilot.press("G", "right_square_bracket")
        assert view.target() == run_id(3)
        await pilot.press("right_square_bracket")
        assert view.target() == run_id(2)
        await pilot.press("right_square_bracket")
        assert view.target() == run_id(3)
        await pilot.press("left_square_bracket")
        assert view.target() == run_id(2)


async def test_a_read_only_console_has_no_acting_keys() -> None:
    """Read-only takes K, p and r away: not bound, not in the last line, not in the help, and line 1 says READ ONLY."""
    feed = _fleet()
    async with shown(feed.station(read_only=True)) as pilot:
        bound = {binding.key for binding in pilot.app.screen._bindings.shown_keys}
        assert not bound & {"K", "p", "r"}
        assert "READ ONLY" in lines(pilot)[0]
        assert "K stop" not in lines(pilot)[-1]
        for key, does in (("K", "stop"), ("p", "pause"), ("r", "resume"), ("X", "many"), ("i", "note")):
            await pilot.press(key)
            await settle(pilot)
            said = f"read-only: {key} ({does}) is off; start a console without --read-only"
            assert said in noted(pilot)
            assert isinstance(pilot.app.screen, FleetView)
        await pilot.press("question_mark")
        await settle(pilot)
        assert not any(
            word in text(pilot) for word in ("pause the run", "one key pauses", "never lifts a kill")
        )


async def test_no_runs_says_how_to_connect_an_agent() -> None:
    """An empty fleet is a page that says how to connect one, and before the snapshot it is never called empty."""
    feed = Feed()
    async with shown(feed.station()) as pilot:
        assert "loading the fleet" in text(pilot)
        feed.snapshot()
        await settle(pilot)
        assert "no runs yet" in text(pilot)
        assert "interlock.connect()" in text(pilot)


async def test_no_hub_says_where_it_was_looked_for() -> None:
    """Without a hub from the start there is no empty list, but the address, the reason and the command to start one."""
    feed = Feed()
    feed.fleet.unlinked("nobody listens there")
    async with shown(feed.station()) as pilot:
        assert "NO HUB" in lines(pilot)[0]
        assert "no hub at http://127.0.0.1:1" in text(pilot)
        assert "interlock hub" in text(pilot)


async def test_a_run_that_is_over_has_nothing_to_stop() -> None:
    """K on a finished run opens nothing and says that there is nothing to stop."""
    feed = _fleet()
    feed.say(run_id(5), "run.finished", claim="done")
    async with shown(feed.station()) as pilot:
        _view(pilot).table.go(run_id(5))
        await pilot.press("K")
        await settle(pilot)
        assert isinstance(pilot.app.screen, FleetView)
        assert "it has ended (DONE): there is nothing to stop" in noted(pilot)


async def test_a_run_that_only_claims_to_be_over_can_be_stopped() -> None:
    """While a gate of it has not left, K on a run that says it is done sends the order like for any other."""
    feed = _fleet()
    feed.say(run_id(5), "gate.joined", gate="g-0000000000000001", pid=1, host="box")
    feed.say(run_id(5), "run.finished", claim="done")
    async with shown(feed.station()) as pilot:
        _view(pilot).table.go(run_id(5))
        await pilot.press("K")
        await settle(pilot)
        assert isinstance(pilot.app.screen, KillDialog)


async def test_a_killed_run_is_not_resumed() -> None:
    """r on a killed run gives no order and says that a killed run never resumes."""
    feed = _fleet()
    feed.order(run_id(3), "kill", "order.recorded")
    async with shown(feed.station()) as pilot:
        await pilot.press("g", "r")
        await settle(pilot)
        assert "a killed run never resumes" in noted(pilot)


async def test_enter_opens_the_run_and_the_view_before_is_one_key_away() -> None:
    """Enter opens the run under the cursor, q and 1 come back to the fleet, and the minus goes back and forth."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        for key in ("enter", "minus"):
            await pilot.press(key)
            await settle(pilot)
            assert not isinstance(pilot.app.screen, FleetView)
            assert f"run {run_id(5)[:8]}" in lines(pilot)[0]
            await pilot.press("q" if key == "enter" else "1")
            assert isinstance(pilot.app.screen, FleetView)
        await pilot.press("minus", "minus")
        assert isinstance(pilot.app.screen, FleetView)


async def test_q_at_the_top_asks() -> None:
    """q on the first view asks before leaving; q again stays, and only y leaves."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        await pilot.press("q")
        await settle(pilot)
        assert "Leave the console?" in text(pilot)
        assert "5 runs go on without it" in text(pilot)
        await pilot.press("q")
        assert isinstance(pilot.app.screen, FleetView)
        await pilot.press("q", "y")
        await pilot.pause()
        assert pilot.app.return_code == 0


async def test_hostile_text_stays_in_its_cells() -> None:
    """Escapes, markup and bidi controls of an agent are shown as signs, cell by cell, and move nothing."""
    feed = Feed()
    feed.snapshot()
    evil = "\x1b]52;c;aGk=\x07[/x][@click=app.up]go[/]\u202e\n漢"
    run = feed.began(1, agent=evil, role=evil, goal=evil)
    feed.say(run, "reasoning", text=evil)
    feed.order(run, "pause", by=evil)
    async with shown(feed.station(), WIDE) as pilot:
        said = text(pilot)
        assert not set("\x1b\x07\u202e") & set(said)
        assert "[/x][@click=app.up]go[/]" in said
        assert isinstance(pilot.app, Console)
        assert pilot.app.title == "interlock"
