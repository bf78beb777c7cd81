"""The fleet as a list: filter, order, groups and marks, by id, whatever moves."""

from textual.pilot import Pilot

from interlock.runs import RunState
from interlock_console.screens.fleet import FleetView
from interlock_console.widgets.columns import COLUMNS, layout
from tests.console.feed import HUB, Feed, run_id
from tests.console.looks import SMALL, WIDE, lines, noted, settle, shown, text
from tests.support.cases import each


def _fleet(count: int = 6) -> Feed:
    feed = Feed()
    feed.snapshot()
    for number in range(1, count + 1):
        feed.clock.go(0.2)
        run = feed.began(number, role="clerk" if number % 2 else "robot", agent=f"agent-{number}")
        feed.say(run, "model.finished", call="m", tokens_in=number * 1000, cost=float(number))
    return feed


def _view(pilot: Pilot[None]) -> FleetView:
    view = pilot.app.screen
    assert isinstance(view, FleetView)
    return view


def _ids(*numbers: int) -> list[str]:
    return [run_id(number) for number in numbers]


async def test_the_sort_menu_sorts_by_a_letter_and_takes_no_other_key() -> None:
    """s opens a menu in which K, p and enter do nothing; c sorts by cost, S turns that around, and the bar says so."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        await pilot.press("s", "K", "p", "enter")
        view = _view(pilot)
        assert view.menu.display
        assert "c cost" in lines(pilot)[1]
        assert lines(pilot)[1].rstrip().endswith("esc")
        assert feed.fleet.head(0).note is None
        assert lines(pilot)[-1].strip() == "nactlegoh pick  esc leave it as it is"
        await pilot.press("c")
        await settle(pilot)
        assert view.table.order == _ids(6, 5, 4, 3, 2, 1)
        assert "the most expensive first" in lines(pilot)[1]
        assert "/ filter" in lines(pilot)[-1]
        await pilot.press("S")
        await settle(pilot)
        assert view.table.order == _ids(1, 2, 3, 4, 5, 6)
        assert "the cheapest first" in lines(pilot)[1]


async def test_nothing_moves_while_a_menu_or_a_dialog_is_open() -> None:
    """A run that would jump to the top stays where it is until the menu, or the dialog in front, is closed."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        before = list(view.table.order)
        for opens, closes in (("s", "escape"), ("question_mark", "escape")):
            await pilot.press(opens)
            await settle(pilot)
            feed.say(run_id(2 if opens == "s" else 1), "run.lost", why="no heartbeat")
            await settle(pilot)
            view.table._arranged = float("-inf")
            view.table.flush()
            assert view.table.order == before
            await pilot.press(closes)
            await settle(pilot)
            view.table.flush()
            before = list(view.table.order)
        assert before[:2] == _ids(2, 1)


async def test_marks_are_ids_that_outlive_filter_and_order() -> None:
    """Marked runs stay marked where the filter hides them, the bar counts both, and the view names them all."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        assert view.marked() == ()
        await pilot.press("space", "space", "space")
        assert view.marked() == tuple(_ids(6, 5, 4))
        await pilot.press("slash", *"role:robot", "enter")
        await settle(pilot)
        assert view.table.order == _ids(6, 4, 2)
        assert "3 marked, 1 not shown (u)" in lines(pilot)[1]
        assert view.marked() == tuple(_ids(6, 4, 5))
        await pilot.press("u")
        await settle(pilot)
        assert view.marked() == ()
        assert "marked" not in lines(pilot)[1]


async def test_a_range_and_all_that_fit_are_marked() -> None:
    """v marks from the last mark to the cursor, V what fits the filter and nothing else; without a mark v says so."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        await pilot.press("v")
        await settle(pilot)
        assert "no mark to start from" in noted(pilot)
        await pilot.press("space", "j", "j", "v")
        assert view.marked() == tuple(_ids(6, 5, 4, 3))
        await pilot.press("u", "slash", *"role:robot", "enter", "V")
        assert view.marked() == tuple(_ids(6, 4, 2))


async def test_a_mark_goes_with_its_run() -> None:
    """A run the hub does not know any more is not among the marked, also while a kept list still shows it."""
    feed = _fleet(3)
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        await pilot.press("space", "space", "z")
        assert view.marked() == tuple(_ids(3, 2))
        states = [state for run, state in view.station.runs.items() if run != run_id(3)]
        feed.snapshot(*states)
        await settle(pilot)
        assert view.marked() == (run_id(2),)
        view.table.reorder()
        assert view.table.marks == {run_id(2)}


async def test_groups_count_fold_and_name_their_scope() -> None:
    """t groups by role, then agent; a group says what is in it, unfolds with enter, and is a scope, no target."""
    feed = _fleet()
    feed.calls(run_id(1), "a")
    feed.say(run_id(2), "run.lost", why="no heartbeat")
    async with shown(feed.station(), WIDE) as pilot:
        view = _view(pilot)
        await pilot.press("t")
        await settle(pilot)
        said = text(pilot)
        assert "2 by role (t), 6 runs" in lines(pilot)[1]
        assert "robot" in lines(pilot)[3]
        assert "LOST 1 RUN 2" in lines(pilot)[3]
        assert "1 in flight  $9.00" in said
        assert len(view.table.order) == 2
        await pilot.press("g")
        view.table._drifted = float("-inf")
        assert (view.target(), view.scope()) == (None, ("role", "robot"))
        await pilot.press("enter", "j")
        view.table._drifted = float("-inf")
        assert view.table.order[1:4] == _ids(2, 6, 4)
        assert (view.target(), view.scope()) == (run_id(2), None)
        await pilot.press("t", "t", "g")
        assert view.table.by == "model"
        view.table._drifted = float("-inf")
        assert (view.target(), view.scope()) == (None, None), "no order is by model"


async def test_the_group_with_the_most_runs_in_need_stands_first() -> None:
    """One lost run that began last is not above three of another role; other orders go by the foremost run alone."""
    feed = _fleet()
    feed.calls(run_id(6), "a")
    for number in (1, 3, 5, 6):
        feed.say(run_id(number), "run.lost", why="no heartbeat")
    async with shown(feed.station(), WIDE) as pilot:
        table = _view(pilot).table
        await pilot.press("t")
        await settle(pilot)
        assert [group.name for group in table.groups.values()] == ["robot", "clerk"], "the only one in flight"
        assert table.place == 0
        feed.say(run_id(6), "run.back", gate="g-1")
        feed.say(run_id(6), "tool.finished", call="a", outcome="done")
        feed.say(run_id(6), "run.lost", why="no heartbeat")
        await settle(pilot)
        table.reorder()
        assert table.fitting[0] == run_id(6)
        assert [group.name for group in table.groups.values()] == ["clerk", "robot"]
        assert table.place == 0
        await pilot.press("s", "c")
        assert [group.name for group in table.groups.values()] == ["robot", "clerk"]


async def test_groups_go_on_counting_while_their_order_is_kept() -> None:
    """Kept, and behind a menu or a dialog, no group moves and none takes a run in; what its runs do is still told."""
    feed = _fleet()
    async with shown(feed.station(), WIDE) as pilot:
        await pilot.press("t", "z")
        await settle(pilot)
        feed.say(run_id(2), "run.lost", why="no heartbeat")
        feed.began(9, role="robot")
        feed.clock.go(1.0)
        await settle(pilot)
        (robots,) = (
            line for line in lines(pilot) if " robot " in line and "runs" in line and "in flight" in line
        )
        assert "3 runs  LOST 1 RUN 2" in robots


async def test_groups_open_with_the_cursor_on_the_group_of_its_run() -> None:
    """Whichever place that has; and without groups it is on a run of the group."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        await pilot.press("j", "j")
        assert view.table.run == run_id(4)
        await pilot.press("t")
        assert view.table.under is not None
        assert view.table.under.name == "robot"
        await pilot.press("j")
        view.group("")
        assert view.table.run == run_id(5), "the first of the clerks"


async def test_what_one_run_alone_calls_is_marked_counted_sorted_and_found() -> None:
    """The run stands first by the order for it, has ODD and a reason, and odd: and tool: leave it alone in the list."""
    feed = Feed()
    feed.snapshot()
    for number in range(1, 13):
        run = feed.began(number)
        for call, tool in enumerate(("look", "export") if number == 5 else ("look", "mail")):
            feed.calls(run, f"c-{call}", tool, args=tool)
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        assert view.table.order[0] != run_id(5)
        assert "1 ODD (s o)" in lines(pilot)[1]
        await pilot.press("j", "j", "s", "o")
        await settle(pilot)
        assert view.table.order[0] == run_id(5)
        assert view.table.cursor == run_id(5), "enter opens it, from wherever the cursor was"
        assert "ODD" in lines(pilot)[3]
        assert "export: called by none of the other 11 runs of role clerk" in text(pilot)
        for sought in ("odd:*", "odd:exp", "tool:export"):
            assert view.filter(sought) == ""
            assert view.table.fitting == [run_id(5)]
        feed.calls(run_id(6), "c-9", "export", args="export")
        feed.clock.go(1.1)
        assert view.filter("") == ""
        await settle(pilot)
        assert "ODD" not in text(pilot), "two do it now"


async def test_space_on_a_group_marks_all_of_it() -> None:
    """The marks of a group are the ids of the runs in it that fit, folded or not, and a second time takes them away."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        await pilot.press("slash", *"cost>2", "enter")
        view.group("role")
        await pilot.press("g", "space")
        assert set(view.marked()) == set(_ids(4, 6))
        await pilot.press("g", "space")
        assert view.marked() == ()


async def test_ended_runs_are_left_out_and_counted() -> None:
    """e leaves ended runs out and says how many; where all have ended, the page says that and the key."""
    feed = _fleet(3)
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        feed.say(run_id(1), "run.finished", claim="done")
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert view.table.order == _ids(3, 2)
        assert "1 ended hidden (e)" in lines(pilot)[1]
        for number in (2, 3):
            feed.say(run_id(number), "run.finished", claim="done")
        await settle(pilot)
        view.table.reorder()
        await settle(pilot)
        assert "all 3 runs that fit have ended" in text(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert len(view.table.order) == 3


async def test_a_filter_with_a_mistake_is_said_in_place_and_nothing_is_lost() -> None:
    """Enter on a word that means nothing leaves the text to be mended, says why, and the list is as it was."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        await pilot.press("slash", *"rol:robot", "enter")
        await settle(pilot)
        assert "rol:robot" in lines(pilot)[1]
        assert "no field rol: did you mean role?" in lines(pilot)[1]
        assert view.ask.display
        assert len(view.table.order) == 6
        await pilot.press("ctrl+u", *"role:robot", "enter")
        await settle(pilot)
        assert view.table.order == _ids(6, 4, 2)


async def test_what_fits_is_shown_while_it_is_typed() -> None:
    """The list follows the filter letter by letter, before enter."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        await pilot.press("slash", *"agent-4")
        await settle(pilot)
        assert _view(pilot).table.order == [run_id(4)]


async def test_the_runs_that_prove_the_brake_show_only_when_asked_for() -> None:
    """The hub's own runs are not listed, not counted and not marked; their role in the filter brings them."""
    feed = _fleet(2)
    feed.began(9, agent="interlock-canary", role="interlock-canary")
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        await pilot.press("V")
        assert set(view.marked()) == set(_ids(1, 2))
        assert "2 runs" in lines(pilot)[1]
        await pilot.press("slash", *"role:interlock-canary", "enter")
        await settle(pilot)
        assert view.table.order == [run_id(9)]


async def test_a_fleet_that_is_still_coming_says_how_far_it_is() -> None:
    """While the parts of a snapshot come, nothing is called empty, and the page says how many of them are here."""
    feed = Feed()
    feed.fleet.linked()
    feed.send({"kind": "snapshot", "hub": HUB, "pos": 9, "part": 0, "parts": 3}, (RunState(run_id(1)),))
    async with shown(feed.station()) as pilot:
        assert "1 of 3 parts are here" in text(pilot)
        assert "no runs yet" not in text(pilot)
        for part in (1, 2):
            state = RunState(run_id(part + 1))
            feed.send({"kind": "snapshot", "hub": HUB, "pos": 9, "part": part, "parts": 3}, (state,))
        await settle(pilot)
        assert len(_view(pilot).table.order) == 3


async def test_what_is_copied_and_saved_is_the_list_and_not_the_screen() -> None:
    """A save has every run that fits with all columns, a copy the marked ones also where the filter hides them."""
    feed = _fleet(60)
    async with shown(feed.station()) as pilot:
        view = _view(pilot)
        written = list(view.shown())
        assert len(written) == 61
        assert all(name in written[0] for name in ("MODEL", "ROLE", "CALL", "TOK"))
        assert written[1].split()[2:4] == ["r-000000", "agent-60"]
        assert view.copied().split()[3] == "agent-60"
        await pilot.press("space", "slash", *"agent:agent-7", "enter")
        assert view.copied().split()[3] == "agent-60"
        data = view.copied_data()
        assert isinstance(data, list)
        assert [one["run"] for one in data] == [run_id(60)]
        view.group("role")
        await pilot.press("u", "g")
        assert view.copied().startswith("+ clerk")
        saved = view.shown_data()
        assert isinstance(saved, dict)
        assert saved["view"]["filter"] == "agent:agent-7"
        assert [one["run"] for one in saved["runs"]] == [run_id(7)]


@each(range(30, 220))
def test_columns_never_take_more_than_the_width(width: int) -> None:
    """At every width what stays fits, agent and doing are among it, and as a whole it is filled where it can be."""
    chosen = layout(width)
    names = [column.name for column, _ in chosen]
    assert {"STATE", "RUN", "AGENT", "DOING"} <= set(names)
    taken = sum(size + 1 for _, size in chosen) - 1
    assert taken == max(width, sum(column.least + 1 for column in COLUMNS if not column.rank) - 1)


def test_agent_and_doing_can_be_read_at_eighty() -> None:
    """At 80 columns there are at least 14 cells for the agent and 16 for what it does, cost and age beside."""
    sizes = {column.name: size for column, size in layout(SMALL[0] - 2)}
    assert sizes["AGENT"] >= 14
    assert sizes["DOING"] >= 16
    assert {"AGE", "COST", "FLAGS"} <= sizes.keys()
