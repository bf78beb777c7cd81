"""What a run's screen knows: the feed, the hub's pages and receipts, and what of it is shown."""

import threading
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
from interlock_console.trace.finder import PAGES, Finder, Seek
from interlock_console.trace.fold import Row, Trace
from interlock_console.trace.paper import Block
from interlock_console.trace.reader import Reader
from interlock_console.trace.search import found_in, search, unsearched
from interlock_console.trace.wording import gist
from interlock_console.trace.wording import label as label_of
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.detail import Detail
from interlock_console.widgets.facts import Facts
from interlock_console.widgets.receipt import Receipts
from interlock_console.widgets.run_bar import RunBar
from interlock_console.widgets.trace import Columns, TraceList

__all__ = ["JUMP", "RunData"]

Json = dict[str, Any]

_FAST = 1000
"""Events of one page where somebody waits for a distant place."""
JUMP = 1000
"""Events behind the newest one from which on the end is opened anew rather than paged to."""
_NEAR = 60
"""Rows between the cursor and the end of what is loaded at which the next page is asked for."""
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
        self._shown: tuple[int, int, tuple[int, int]] | None = None
        self._folded: Trace | None = None
        self._seek: Seek | None = None
        self._looked: int | None = None
        self._to_start = False
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
                Vertical(self.detail, self.receipts, id="side"),
                id="split",
            ),
        ]

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
            if self._to_start and window.at_start:
                self._to_start = False
                self.trace.go(window.first)
            if self.finder.needle:
                self.search_for()
            elif (seek := self._seek) is not None:
                self._seek = None
                self.go_on(seek)
        self._show_detail()
        self._renew_panes()

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
            if self._seek is None:
                self._page_on()
            self._dwell()
        else:
            self.reader.open()
        if whole or self._beat % _RECEIPTS_EVERY == 1:
            children = [run for run, state in self.station.runs.items() if state.parent == self.run]
            self.facts.children_ids = children
        self._renew_panes()

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
        if trace.place < _NEAR and not window.at_start:
            self.reader.older()
        elif not window.at_end and (trace.follow or len(trace.order) - trace.place < _NEAR):
            if trace.follow and window.end - window.last > JUMP:
                self.reader.open()
            else:
                self.reader.newer(_FAST)

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
                self.reader.body(block.digest)

    # What is shown.

    def _show_window(self) -> None:
        """Show the rows of the window, with the cursor on the same event as before."""
        window = self.reader.window
        self._folded = window.trace
        cursor = self.trace.cursor
        if cursor is not None and cursor not in window.trace.rows:
            holding = window.trace.rows_of(cursor)
            cursor = holding[0].n if holding else None
        self.trace.digits = max(3, len(str(window.end)))
        self.trace.whole = window.at_end
        self.trace.show(window.trace.rows.values(), cursor)

    def _put(self, rows: Iterable[Row]) -> None:
        window = self.reader.window
        if window.trace is not self._folded:
            self._show_window()
        for row in rows:
            self.trace.put(row.n, row)
        if self.finder.needle:
            wanted = self.finder.needle.casefold()
            self.finder.add(row.n for row in rows if found_in(row, wanted))
            self.trace.found = frozenset(self.finder.hits)
        self._show_detail()

    def on_lines_moved(self, event: TraceList.Moved) -> None:
        """Show the text of another row."""
        event.stop()
        if self.trace.by_hand != self._hand:
            self._hand = self.trace.by_hand
            self._seek, self.remark = None, ""
            self.remove_class("receipts")
        self._show_detail()
        self._renew_bar()

    def on_trace_list_beyond(self, event: TraceList.Beyond) -> None:
        """Go to the very first or the very last event of the run."""
        event.stop()
        if event.to < 0 and not self.reader.window.at_start:
            self._to_start = True
            self.reader.open_start()
        elif event.to > 0 and not self.reader.window.at_end:
            self.trace.follow = True
            self.reader.open()

    def _show_detail(self) -> None:
        row = self.trace.row
        if row is None:
            self.detail.show("nothing here yet", ())
            self._shown, self._page = None, ()
            return
        # A text that came and one that is late are different pages of the same row.
        fetched = self.reader.bodies.values()
        known = (sum(got.text is not None for got in fetched), len(fetched))
        shown = (row.n, row.version, known)
        if shown == self._shown:
            return
        keep = self._shown is not None and self._shown[0] == row.n
        self._shown = shown
        self._page = blocks(row, self.reader.bodies)
        self.detail.show(f"{label_of(row)} {row.n}", self._page, keep=keep)

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
            self.receipts.tell(self.reader.receipts, self.reader.problem, stale=stale)
        for row in self.trace.visible_open():
            self.trace.touch(row)
        self.columns.renew()
        self._renew_bar()

    def _renew_bar(self) -> None:
        bar, window, trace = self.bar, self.reader.window, self.trace
        trace.whole, over = window.at_end, _over(self.state)
        if trace.over != bool(over):
            trace.over = bool(over)
            trace.touch()
        bar.following, bar.fresh = trace.follow, trace.fresh
        bar.span = (window.first, window.last, window.end)
        bar.over = over
        bar.search = self.finder.words(trace.cursor or 0, whole=window.at_start and window.at_end)
        bar.note, bar.problem = self.remark, self.reader.problem
        bar.waiting, bar.stale = self.reader.waiting, self.stale
        bar.renew()

    # Searching, over what is loaded and beyond.

    def go_on(self, seek: Seek) -> None:
        """Go to the next thing that is sought; where it is not loaded, ask for a page and go on when that is here."""
        window, trace = self.reader.window, self.trace
        at = trace.cursor or 0
        trace.follow = False
        target = self.finder.next(list(window.trace.rows.values()), at, seek)
        if target is not None:
            trace.go(target)
            self.remark = ""
            self.remove_class("receipts")
            return
        more = self.reader.older if seek.by < 0 else self.reader.newer
        ended = window.at_start if seek.by < 0 else window.at_end
        side = "before" if seek.by < 0 else "after"
        if ended:
            self.remark = f"no {seek.name} {side} event {at:,}"
        elif seek.pages >= PAGES:
            looked = window.first if seek.by < 0 else window.last
            self.remark = f"no {seek.name} as far as event {looked:,}; the key looks further"
            trace.go(trace.order[0 if seek.by < 0 else -1])
        else:
            self.remark = f"looking {side} event {window.first if seek.by < 0 else window.last:,}"
            seek.pages += 1
            more(_FAST)
            self._seek = seek
        self._renew_bar()

    def search_for(self, *, go: bool = False) -> None:
        """Search what is loaded on a thread; then show the hits and, if asked, go to the nearest one."""
        rows, needle = list(self.reader.window.trace.rows.values()), self.finder.needle
        if not needle:
            self.trace.found = frozenset()
            self.trace.touch()
            self._renew_bar()
            return

        def take(hits: list[int], partly: int) -> None:
            if needle != self.finder.needle:
                return
            self.finder.hits, self.finder.partly = hits, partly
            self.trace.found = frozenset(hits)
            self.trace.touch()
            if go and (nearest := self.finder.nearest(self.trace.cursor or 0)) is not None:
                self.trace.follow = False
                self.trace.go(nearest)
            seek, self._seek = self._seek, None
            if seek is not None:
                self.go_on(seek)
            self._renew_bar()

        def work() -> None:
            hits, partly = search(rows, needle), unsearched(rows)
            self._deliver(lambda: take(hits, partly))

        threading.Thread(target=work, name="interlock search", daemon=True).start()


def _over(state: RunState | None) -> str:
    """Return how a run ended, for the line that otherwise says that it is followed."""
    if state is None:
        return ""
    if state.stop == "confirmed":
        return "confirmed stopped"
    if state.phase == "lost":
        return "lost: nothing has come since"
    return f"ended: the agent claims {state.claim}" if state.phase == "finished" else ""
