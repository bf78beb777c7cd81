"""What a run's screen knows: the feed, the hub's pages and receipts, and what of it is shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from textual import events
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from interlock.ids import shorten
from interlock.runs import RunState
from interlock_console.receipts import complete
from interlock_console.screens import View
from interlock_console.station import Station
from interlock_console.trace.blocks import blocks, cut_items
from interlock_console.trace.finder import Finder
from interlock_console.trace.fold import Row, Trace
from interlock_console.trace.gist import gist
from interlock_console.trace.layout import EDGE
from interlock_console.trace.paper import Block
from interlock_console.trace.reader import Reader
from interlock_console.trace.wording import label as label_of
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.detail import Detail
from interlock_console.widgets.facts import Facts
from interlock_console.widgets.receipt import Receipts
from interlock_console.widgets.run_bar import RunBar
from interlock_console.widgets.trace import Columns, TraceList

__all__ = ["FAST", "JUMP", "RunData"]

Json = dict[str, Any]

FAST = 1000
"""Events of one page where somebody waits for a distant place."""
JUMP = 1000
"""Events behind the newest one from which on the end is opened anew rather than paged to."""
_NEAR = 60
"""Events between the cursor and the end of what is loaded at which the next page is asked for."""
_BEFORE = 100
"""Events in front of the one that somebody wants to see."""
_RECEIPTS_EVERY = 10
"""Renewals (tenths of a second) between two questions for a receipt that is not concluded."""
_STAGES = ("order.", "stop.", "drained", "gate.left", "outcome.unknown")
"""Events after which a receipt may say more."""


class RunData(View):
    """What a run's screen shows and where it comes from: the feed, the hub's pages, the row under the cursor."""

    NAME = "run"

    class Ready(Message):
        """An answer of the hub, to be taken on the screen's thread."""

        def __init__(self, take: Callable[[], None]) -> None:
            super().__init__()
            self.take = take

    def __init__(self, station: Station, run: str) -> None:
        super().__init__(station)
        self.run = run
        self.reader = Reader(station.desk, run, self._deliver, self._answered)
        self.finder = Finder()
        self.feed = station.fleet.watch(run)
        self.facts = Facts(id="facts")
        self.bar = RunBar(id="run-bar")
        self.trace = TraceList(station.wall, id="trace")
        self.detail = Detail(id="detail")
        self.receipts = Receipts(id="receipts")
        self.columns = Columns(self.trace, id="columns")
        self.remark = ""
        self._page: Sequence[Block] = ()
        self._shown: tuple[int, int, int] | None = None
        self._folded: Trace | None = None
        self._looked: int | None = None
        self._to_start = False
        self.goal: int | None = None
        """An event somebody wants to see, whose page is on its way."""
        self._to_ask = False
        """The page of the goal is still to be asked for: the run was not open yet."""
        self._hand = 0
        self._beat = 0
        self._opened = False

    @property
    def title_words(self) -> str:
        """The run by its short name."""
        return f"run {shorten(self.run)}"

    @property
    def state(self) -> RunState | None:
        """The run as the feed knows it, or as the hub said it when the screen was opened."""
        return self.station.runs.get(self.run) or self.reader.state

    def body(self) -> Iterable[Widget]:
        """Facts above, then the list with the text of its row below or beside it."""
        self.facts.run = self.run
        return [
            self.facts,
            self.bar,
            Ask("search", id="ask"),
            Horizontal(
                Vertical(self.columns, self.trace, id="list"),
                Vertical(*self.side(), id="side"),
                id="split",
            ),
        ]

    def side(self) -> list[Widget]:
        """Return the panes of the side: one of them is shown."""
        return [self.detail, self.receipts]

    def on_mount(self) -> None:
        """Ask for the run."""
        self.reader.open()

    def on_unmount(self) -> None:
        """The feed need not keep this run's items any more."""
        self.station.fleet.unwatch(self.feed)

    def on_resize(self, event: events.Resize) -> None:
        """Put the text beside the list where there is room for both."""
        self.set_class(event.size.width >= 120, "wide")
        self.set_class(event.size.height >= 36, "tall")
        self.set_class(event.size.height < 16, "low")

    # What comes in.

    def _deliver(self, take: Callable[[], None]) -> None:
        self.post_message(self.Ready(take))

    def on_run_data_ready(self, message: "RunData.Ready") -> None:
        """Take an answer."""
        message.stop()
        message.take()

    def _answered(self) -> None:
        """The hub answered, and what it said is in the window; or it did not, and the reader says why."""
        window = self.reader.window
        self._opened = self._opened or self.reader.state is not None
        if window.trace is not self._folded:
            self._show_window()
            self._arrive()
        self.answered()
        self._show_detail()
        self._renew_panes()

    def answered(self) -> None:
        """Hook for what is under way over more than one question: the hub answered one."""

    def _arrive(self) -> None:
        """Go where somebody wanted to go, once it is here."""
        window = self.reader.window
        if self._to_start and window.at_start:
            self._to_start = False
            self.trace.go(window.first)
        if self.goal is not None and (rows := window.trace.rows_of(self.goal)):
            self.goal = None
            self.trace.go(rows[-1].n)

    def see(self, n: int) -> None:
        """Go to an event and stay there, also where the run is not open yet."""
        self.trace.follow = False
        self.goal, self._to_ask = n, True
        self._arrive()

    def _seek_goal(self) -> None:
        """Ask for the page of where somebody wants to go, unless that was done: then it is not to be had."""
        if self.goal is None or self.reader.busy("at"):
            return
        if self._to_ask:
            self._to_ask = False
            # With what came before it, so that its call is there from the beginning.
            self.reader.open_at(max(1, self.goal - _BEFORE))
        else:
            self.goal = None  # its page was refused or does not have it; the line above the list says why

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Fold what the feed brought, ask for what is missing, and let the ages go on."""
        del changed
        self._beat += 1
        # A followed list scrolls with every paint: half as often reads the same and costs a slow link half.
        skip = self.trace.follow and self._beat % 2 and not whole
        items, torn = ([], False) if skip else self.feed.take()
        if self._opened:
            self._take(items)
            if torn or self.reader.window.missing:
                self._mend()
            self._seek_goal()
            if not self.seeking:
                self._page_on()
            self._dwell()
        else:
            self.reader.open()
        if whole or self._beat % _RECEIPTS_EVERY == 1:
            children = [run for run, state in self.station.runs.items() if state.parent == self.run]
            self.facts.children_ids = children
        self._renew_panes()

    @property
    def seeking(self) -> bool:
        """Whether a key's search is under way: the window is its own until then."""
        return self.goal is not None

    def _take(self, items: Sequence[Json]) -> None:
        rows = self.reader.window.live(items)
        if rows:
            self._put(rows)
        kinds = [str(item["e"]["event"]["kind"]) for item in items]
        if "order.issued" in kinds:
            self.add_class("receipts")
        if any(kind.startswith(_STAGES) for kind in kinds) or self._waits():
            self.reader.ask_receipts()

    def _waits(self) -> bool:
        """Whether the receipts on the screen may have gone on by themselves (a presumed stop is a matter of time)."""
        if not self.has_class("receipts") or self._beat % _RECEIPTS_EVERY:
            return False
        return any(not complete(receipt) for receipt in self.reader.receipts or ())

    def _mend(self) -> None:
        """Ask for what the feed did not bring."""
        window, state = self.reader.window, self.state
        if window.missing:
            self.reader.fill()
        if state is not None:
            window.end = max(window.end, state.n)

    def _page_on(self) -> None:
        """Ask for the next page before the cursor gets to the end of what is loaded."""
        window, trace = self.reader.window, self.trace
        cursor = trace.cursor or 0
        # Counted in events: where turns are folded, a few rows are all there is of a window.
        if not window.at_start and (trace.place <= 1 or cursor - window.first < _NEAR):
            self.reader.older()
        elif not window.at_end and (trace.follow or self._near_the_end(cursor)):
            if trace.follow and window.end - window.last > JUMP:
                self.reader.open()
            else:
                self.reader.newer(FAST)

    def _near_the_end(self, cursor: int) -> bool:
        return self.trace.place >= len(self.trace.order) - 2 or self.reader.window.last - cursor < _NEAR

    def _dwell(self) -> None:
        """Ask for what is missing in the text of a row, once the cursor rests on it."""
        row, resting = self.trace.row, self._looked
        self._looked = self.trace.cursor
        if row is None or resting != row.n:
            return
        for n in cut_items(row):
            self.reader.full(n)
        for block in self._page:
            if block.digest:
                self.reader.body(block.digest, further=self.detail.at_end)

    # What is shown.

    def _show_window(self) -> None:
        """Show the rows of the window, with the cursor on the same event as before."""
        window = self.reader.window
        self._folded = window.trace
        cursor = self._beside_the_edge(self.trace.cursor)
        if cursor is not None and cursor not in window.trace.rows:
            holding = window.trace.rows_of(cursor)
            cursor = holding[0].n if holding else None
        self.trace.digits = max(3, len(str(window.end)))
        self.trace.whole = window.at_end
        self.windowed()
        self.trace.show(_with_edges(window.first, window.last, window.end, window.trace), cursor)

    def windowed(self) -> None:
        """Hook: the window was folded anew."""

    def _beside_the_edge(self, cursor: int | None) -> int | None:
        """Return the row of an event for a cursor on the end of what was loaded: that end goes on elsewhere now."""
        row, order = self.trace.row, self.trace.order
        if row is None or row.kind != EDGE or len(order) < 3:
            return cursor
        return order[1] if self.trace.place == 0 else order[-2]

    def _put(self, rows: Sequence[Row]) -> None:
        window = self.reader.window
        if window.trace is not self._folded:
            self._show_window()
        for row in rows:
            self.trace.put(row.n, row)
        self.came(rows)
        self._show_detail()

    def came(self, rows: Iterable[Row]) -> None:
        """Hook: the feed brought something new of these rows."""

    def on_lines_moved(self, event: TraceList.Moved) -> None:
        """Show the text of another row."""
        event.stop()
        if event.lines is not self.trace:
            return
        if self.trace.by_hand != self._hand:
            self._hand = self.trace.by_hand
            self.goal, self.remark = None, ""
            self.by_hand()
        self._show_detail()
        self._renew_bar()

    def by_hand(self) -> None:
        """Hook: a person moved the cursor, so what was under way for another place ends."""
        self.remove_class("receipts")

    def on_trace_list_beyond(self, event: TraceList.Beyond) -> None:
        """Go to the very first or the very last event of the run."""
        event.stop()
        if event.to < 0 and not self.reader.window.at_start:
            self._to_start = True
            self.reader.open_start()
        elif event.to > 0 and not self.reader.window.at_end:
            self._to_start = False
            self.trace.follow = True
            self.reader.open()

    def _show_detail(self) -> None:
        row = self.trace.row
        if row is None:
            self.detail.show("nothing here yet", ())
            self._shown, self._page = None, ()
            return
        shown = (row.n, row.version, self.reader.texts.version)
        if shown == self._shown:
            return
        keep = self._shown is not None and self._shown[0] == row.n
        self._shown = shown
        self._page = self.page_of(row)
        self.detail.show(f"{label_of(row)} {row.n}", self._page, keep=keep)

    def page_of(self, row: Row) -> Sequence[Block]:
        """Return what the text pane shows of a row."""
        return blocks(row, self.reader.bodies)

    def show_again(self) -> None:
        """Show the text of the row anew: something else about it is wanted now."""
        self._shown = None
        self._show_detail()

    def _renew_panes(self) -> None:
        stale = self.stale
        state = self.state
        self.facts.state, self.facts.now = state, self.station.wall()
        self.trace.why = self.reader.problem or "asking the hub for the events of this run"
        self.facts.nothing = self.reader.problem or "asking the hub for this run"
        if not self.trace.order:
            self.trace.touch()
        self.facts.renew()
        if self.trace.began == 0.0 and state is not None and state.started_at:
            self.trace.began, self.trace.agent = state.started_at, gist(state.agent.raw, 40)
            self.trace.touch()
        self.detail.aside = stale
        if self.has_class("receipts"):
            self.receipts.tell(self.reader.receipts, self.reader.problem, stale=stale, state=self.state)
        for row in self.trace.visible_open():
            self.trace.touch(row)
        self.columns.renew()
        self._renew_bar()
        self.renew_more()

    def renew_more(self) -> None:
        """Hook: the other panes of the screen are due."""

    def _renew_bar(self) -> None:
        bar, window, trace = self.bar, self.reader.window, self.trace
        trace.whole, over = window.at_end, _over(self.state)
        if trace.over != bool(over):
            trace.over = bool(over)
            trace.touch()
        bar.following, bar.fresh = trace.follow, trace.fresh
        bar.span = (window.first, window.last, window.end)
        bar.over = over
        bar.search = self.search_words()
        bar.note, bar.problem = self.bar_note(), self.reader.problem
        bar.waiting, bar.stale = self.reader.waiting, self.stale
        bar.renew()

    def bar_note(self) -> str:
        """Return the sentence for the line above the list."""
        return self.remark

    def search_words(self) -> str:
        """Return how the search stands, empty without one."""
        return ""


def _with_edges(first: int, last: int, end: int, trace: Trace) -> list[Row]:
    """Return the rows of a window, with a row of its own at each end behind which the run goes on."""
    rows = list(trace.rows.values())
    if not rows:
        return rows
    if first > 1:
        rows.insert(0, Row(0, 0.0, EDGE, word=f"1 to {first - 1:,}"))
    if last < end:
        rows.append(Row(end + 1, 0.0, EDGE, word=f"{last + 1:,} to {end:,}"))
    return rows


def _over(state: RunState | None) -> str:
    """Return how a run ended, for the line that otherwise says that it is followed."""
    if state is None:
        return ""
    if state.stop == "confirmed":
        return "confirmed stopped"
    if state.phase == "lost":
        return "lost: nothing has come since"
    return f"ended: the agent claims {state.claim}" if state.phase == "finished" else ""
