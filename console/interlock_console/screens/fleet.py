"""The fleet: every run, what needs a person first. The first screen of the console."""

import gc
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widget import Widget

from interlock.ids import shorten
from interlock.runs import RunState
from interlock_console.filters import Filter, parse
from interlock_console.grouping import next_group
from interlock_console.keys import Key
from interlock_console.screens import ASKS, ON_A_RUN, View
from interlock_console.sorting import SORTS, Sort
from interlock_console.station import Station
from interlock_console.tail import Tail
from interlock_console.views import SavedView, called, views_file
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.board import Board
from interlock_console.widgets.fleet_bar import FleetBar
from interlock_console.widgets.fleet_pages import empty
from interlock_console.widgets.fleet_table import FleetTable
from interlock_console.widgets.ink import Pieces
from interlock_console.widgets.menu import Menu
from interlock_console.widgets.preview import Preview

__all__ = ["FleetView"]

_WIDE = 120
_LOW = 22
"""Rows of the terminal below which the preview makes room for the table."""
_MANY = 1000
_FIRST = "what needs a person first, then the newest"


class Heads(Board):
    """The names of the columns."""

    ROW = "bar"

    def __init__(self, table: FleetTable) -> None:
        super().__init__(id="heads")
        self._table = table

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the names, where the table has its columns."""
        del height
        return [self._table.heads(width)]


class FleetView(View):
    """Filter and count, the table, and a preview: beside the table where there is room, below it elsewhere."""

    NAME, DIGIT = "fleet", "1"
    KEYS = (
        Key("fleet.open", "enter", "", "open", "open the run under the cursor; unfold a group", foot=5),
        ASKS,
        Key("fleet.filter", "slash", "filter", "filter", "keep what fits: role:x tool:y odd:* cost>2 !z", 3),
        Key("fleet.mark", "space", "mark", "mark", "mark the run or the group under the cursor", 6),
        Key("fleet.range", "v", "mark_range", "mark range", "mark from the last mark to the cursor"),
        Key("fleet.mark_all", "V", "mark_all", "mark all", "mark every run that fits the filter"),
        Key("fleet.unmark", "u", "unmark", "unmark", "take all marks away"),
        Key("fleet.next", "right_square_bracket", "needy(1)", "next need", "next run in need", 5, "[ ]"),
        Key("fleet.before", "left_square_bracket", "needy(-1)", "need before", "the run in need before it"),
        Key("fleet.sort", "s", "sort", "sort", "sort by need, age, cost, what is odd, and others: a menu", 4),
        Key("fleet.reverse", "S", "reverse", "reverse", "turn the order around"),
        Key("fleet.group", "t", "group", "group", "group by role, agent, model, tool, nothing", 4),
        Key("fleet.ended", "e", "ended", "ended", "leave out runs that have ended, or show them", 8),
        Key("fleet.keep", "z", "keep", "keep order", "keep order and membership; values stay live", 6),
        Key("fleet.preview", "d", "preview", "preview", "hide the preview of the run, or show it"),
    )
    ACTS = ON_A_RUN

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        rule = "-" if station.ascii else "\u2500"
        self.bar = FleetBar()
        self.table = FleetTable(id="runs", wall=station.wall, empty=self._empty)
        self.heads = Heads(self.table)
        self.preview = Preview(id="preview", rule=rule)
        self.ask = Ask(
            "filter",
            id="ask",
            hint="words, role:x tool:y state:paused cost>2 age>5m !z; esc shows all",
            leaves="show all",
        )
        self.menu = Menu("sort", [(sort.letter, sort.name) for sort in SORTS], id="sort")
        self._tail = Tail(station)
        self._second = 0
        self._before = Filter()

    def body(self) -> Iterable[Widget]:
        """Return the bar (the filter or a menu in its place), the table and the preview."""
        table = Vertical(self.heads, self.table, id="fleet")
        return [self.bar, self.ask, self.menu, Horizontal(table, self.preview, id="split")]

    def on_mount(self) -> None:
        """Begin with the view the console was started with; the base class, called by Textual as well, shows it."""
        if self.station.view:
            self.note(self.use_named(self.station.view), "held")

    def on_resize(self, event: Resize) -> None:
        """Put the preview where there is room for it."""
        wide, low = event.size.width >= _WIDE, event.size.height < _LOW
        self.set_class(wide, "wide")
        self.set_class(low and not wide, "low")

    # Data.

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Put what changed into the table, and let ages go on once a second."""
        table = self.table
        first = not table.order and bool(changed)
        if whole:
            for run in table.rows.keys() - changed.keys():
                table.drop(run)
        for run, state in changed.items():
            table.put(run, state)
        table.held = self.menu.display
        if first:
            table.reorder()
        if whole and len(changed) > _MANY:
            # These states live until an event replaces each: looking through all of them for garbage is 70 ms a time.
            gc.freeze()
        second = int(self.station.clock())
        if second != self._second or not table.order:
            self._second = second
            table.tick()
        if self.is_current:
            self._boards()

    def _boards(self) -> None:
        table = self.table
        self._bar()
        self.heads.renew()
        preview = self.preview
        preview.group, preview.by, preview.habits = table.under, table.by, table.habits
        preview.state, preview.stale = self.station.runs.get(table.run or ""), self.stale
        preview.now = self.station.wall()
        if self.has_class("wide") and preview.display:
            self._tail.follow(table.run)
            preview.events = self._tail.events()
        preview.renew()

    def _bar(self) -> None:
        table, bar = self.table, self.bar
        bar.sought, bar.kept, bar.stale = table.sought, table.kept, self.stale
        bar.shown, bar.total = len(table.fitting), table.listed
        bar.new = table.newcomers
        bar.first, bar.last = table.top + 1, min(len(table.order), table.top + table.size.height)
        bar.by, bar.groups, bar.odd = table.by, len(table.groups), table.odd
        bar.marked, bar.unseen = table.mark_counts
        bar.hides_ended, bar.hidden = table.hides_ended, table.hidden_ended
        bar.silent = not self.station.bell
        sort = table.sort
        plain = sort is SORTS[0] and not table.backwards
        bar.order = _FIRST if plain else sort.reversed if table.backwards else sort.says
        bar.renew()

    def _empty(self) -> list[Pieces]:
        return empty(self.table, self.station.head(), self.station.desk.hub.url)

    # What acting keys are about.

    def target(self) -> str | None:
        """Return the run under the cursor; none in the moment after the cursor went to another run by itself."""
        return None if self.moved() else self.table.run

    def marked(self) -> tuple[str, ...]:
        """Return the ids of the marked runs, also those the filter does not show."""
        return self.table.marked()

    def scope(self) -> tuple[str, str] | None:
        """Return the agent or role whose group is under the cursor."""
        table = self.table
        group = table.under
        if group is None or table.by not in ("agent", "role") or self.moved():
            return None
        return table.by, group.name

    def moved(self) -> bool:
        """Say so and return True where the cursor went to another row by itself just before; from now on it stays."""
        table = self.table
        table.take()
        if not table.drifting or table.cursor is None:
            return False
        where = f"the group {table.under.name}" if table.under else shorten(table.cursor)
        self.note(f"the list moved to {where} as you pressed: nothing was sent; press again", "held")
        return True

    def copied(self) -> str:
        """Return a selection of the mouse, else the marked rows, else the row under the cursor."""
        return self.get_selected_text() or self.table.copied()

    def copied_data(self) -> object:
        """Return everything that is known of the marked runs, else of the one under the cursor."""
        run = self.table.run
        runs = self.marked() or ((run,) if run else ())
        return [state.to_json() for state in map(self.station.runs.get, runs) if state] or None

    def shown(self) -> Iterable[str]:
        """Return the names of the columns and every row that fits, in order, not only the ones on the screen."""
        return self.table.written()

    def shown_data(self) -> object:
        """Return what the list is of, and everything that is known of each run in it."""
        known = map(self.station.runs.get, self.table.fitting)
        return {"view": asdict(self.saved), "runs": [state.to_json() for state in known if state]}

    # Keys.

    def on_lines_opened(self, event: FleetTable.Opened) -> None:
        """Open the run under the cursor."""
        self.open_run(str(event.key))

    def on_lines_moved(self) -> None:
        """Preview the run the cursor came to."""
        self._boards()

    def action_needy(self, by: int) -> None:
        """Go to the next run that needs a person."""
        if not self.table.needy(by):
            self.note("no run here needs a person")

    def action_keep(self) -> None:
        """Keep order and membership, or let them go on."""
        self.table.kept = not self.table.kept
        if not self.table.kept:
            self.table.reorder()
        self._boards()

    def action_mark(self) -> None:
        """Mark what is under the cursor, or take its mark away."""
        self.table.action_mark()
        self._boards()

    def action_mark_range(self) -> None:
        """Mark from the last mark to the cursor."""
        if not self.table.mark_range():
            self.note("no mark to start from: space sets one")
        self._boards()

    def action_mark_all(self) -> None:
        """Mark every run that fits."""
        self.table.mark_fitting()
        self._boards()

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.table.unmark()
        self._boards()

    def action_group(self) -> None:
        """Group by the next thing."""
        self.group(next_group(self.table.by))

    def action_ended(self) -> None:
        """Leave ended runs out, or show them."""
        self.table.hides_ended = not self.table.hides_ended
        self._anew()

    def action_preview(self) -> None:
        """Hide the preview, or show it."""
        self.preview.display = not self.preview.display
        self._boards()

    def action_reverse(self) -> None:
        """Turn the order around."""
        self.sort(self.table.sort, not self.table.backwards)

    def action_sort(self) -> None:
        """Show the orders and their letters in the place of the bar."""
        self.menu.chosen = self.table.sort.letter
        self._instead(self.menu)

    def on_menu_picked(self, event: Menu.Picked) -> None:
        """Sort by what was picked."""
        self._back()
        for sort in SORTS:
            if sort.letter == event.letter:
                self.sort(sort)
        self._boards()

    def action_filter(self) -> None:
        """Type a filter in the place of the bar."""
        self._before = self.table.sought
        self.ask.typed, self.ask.problem = self._before.text, ""
        self._instead(self.ask)

    def on_ask_typed(self, event: Ask.Typed) -> None:
        """Show what fits while it is typed; with a word that means nothing, the list is as it was before."""
        sought = self._parse(event.text)
        if self.ask.display:
            self.seek(self._before if sought.problem else sought)

    def on_ask_answered(self, event: Ask.Answered) -> None:
        """Use what was typed, or say what is wrong with it and leave it to be mended; escape clears the filter."""
        sought = self._parse(event.text or "")
        if sought.problem:
            self.ask.problem = sought.problem
            self.ask.renew()
            return
        self._back()
        self.seek(sought)

    def _instead(self, line: Ask | Menu) -> None:
        # Both at once, not with the next frame: the next key must be a letter already, never an order.
        line.display, self.bar.display = True, False
        self.set_focus(line)
        line.renew()

    def _back(self) -> None:
        self.ask.display = self.menu.display = False
        self.bar.display = True
        self.set_focus(self.table)

    # What keys, commands and saved views do to the list.

    def _parse(self, text: str) -> Filter:
        return parse(text, (self.station.claims_as,), self.table.habits.names)

    def seek(self, sought: Filter) -> None:
        """Show what fits this filter."""
        self.table.kept = False
        self.table.seek(sought)
        self._boards()

    def filter(self, text: str) -> str:
        """Show what fits a filter as typed. Return what is wrong with it; then the list is as it was."""
        sought = self._parse(text)
        if not sought.problem:
            self.seek(sought)
        return sought.problem

    def sort(self, sort: Sort, backwards: bool = False) -> None:
        """Sort by this."""
        self.table.kept = False
        self.table.order_by(sort, backwards)
        self._boards()

    def group(self, by: str) -> None:
        """Group by this, by nothing where it is empty."""
        self.table.kept = False
        self.table.group(by)
        self._boards()

    def _anew(self) -> None:
        self.table.kept = False
        self.table.reorder()
        self._boards()

    @property
    def saved(self) -> SavedView:
        """The list as a view to save."""
        table = self.table
        return SavedView(table.sought.text, table.sort.name, table.backwards, table.by, not table.hides_ended)

    def use(self, view: SavedView) -> str:
        """Show a saved view. Return what is wrong with its filter; then the list is as it was."""
        problem = self.filter(view.filter)
        if problem:
            return problem
        table = self.table
        table.hides_ended = not view.ended
        found = [sort for sort in SORTS if sort.name == view.sort]
        table.order_by(found[0], view.reverse)
        self.group(view.group)
        return ""

    def use_named(self, name: str) -> str:
        """Show the view of this name. Return the sentence that says what came of it."""
        view, problem = called(views_file(), name)
        if view is None:
            return problem
        if view.of != self.NAME:
            return f"view {name} is of the {view.of} view: ':view {name}' goes there"
        wrong = self.use(view)
        return f"view {name}: {wrong}" if wrong else problem or f"view {name}"

    def on_unmount(self) -> None:
        """Stop to follow the previewed run."""
        self._tail.follow(None)
