"""The fleet: every run, what needs a person first. The first screen of the console."""

from collections.abc import Iterable, Mapping

from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widget import Widget

from interlock.ids import shorten
from interlock.runs import RunState
from interlock_console.filters import parse
from interlock_console.keys import Key
from interlock_console.screens import ON_A_RUN, View
from interlock_console.station import Station
from interlock_console.tail import Tail
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.board import Board
from interlock_console.widgets.fleet_bar import FleetBar
from interlock_console.widgets.fleet_table import FleetTable
from interlock_console.widgets.ink import Pieces
from interlock_console.widgets.preview import Preview

__all__ = ["FleetView"]

_WIDE = 120
_LOW = 22
"""Rows of the terminal below which the preview makes room for the table."""


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
        Key("fleet.open", "enter", "", "open", "open the run under the cursor", foot=4),
        Key(
            "fleet.filter",
            "slash",
            "filter",
            "filter",
            "keep what fits: text, or state:lost role:x !agent:y",
            foot=3,
        ),
        Key(
            "fleet.next",
            "right_square_bracket",
            "needy(1)",
            "next need",
            "next run that needs a person",
            5,
            "[ ]",
        ),
        Key(
            "fleet.before",
            "left_square_bracket",
            "needy(-1)",
            "need before",
            "the run before it that needs a person",
        ),
        Key(
            "fleet.keep",
            "z",
            "keep",
            "keep order",
            "keep order and membership as they are; values stay live",
            6,
        ),
    )
    ACTS = ON_A_RUN

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        rule = "-" if station.ascii else "\u2500"
        self.bar = FleetBar()
        self.table = FleetTable(id="runs", wall=station.wall, empty=self._empty)
        self.heads = Heads(self.table)
        self.preview = Preview(id="preview", rule=rule)
        self.ask = Ask("filter", id="ask")
        self._tail = Tail(station)
        self._second = 0

    def body(self) -> Iterable[Widget]:
        """Return the bar (the filter while it is typed in its place), the table and the preview."""
        return [
            self.bar,
            self.ask,
            Horizontal(Vertical(self.heads, self.table, id="fleet"), self.preview, id="split"),
        ]

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
        if first:
            table.reorder()
        second = int(self.station.clock())
        if second != self._second or not table.order:
            self._second = second
            table.touch()
        self._boards()

    def _boards(self) -> None:
        table, bar = self.table, self.bar
        bar.sought, bar.kept, bar.stale = table.sought, table.kept, self.stale
        bar.shown, bar.total = len(table.order), len(table.rows)
        bar.new = len(table.rows.keys() - set(table.order)) if table.kept and not table.sought else 0
        bar.first, bar.last = table.top + 1, min(len(table.order), table.top + table.size.height)
        bar.renew()
        self.heads.renew()
        preview = self.preview
        preview.state, preview.stale = self.station.runs.get(table.cursor or ""), self.stale
        preview.now = self.station.wall()
        if self.has_class("wide"):
            self._tail.follow(table.cursor)
            preview.events = self._tail.events()
        preview.renew()

    def _empty(self) -> list[Pieces]:
        head = self.station.head()
        url = self.station.desk.hub.url
        if self.table.sought and self.table.rows:
            return _lines("no run fits the filter", "/ changes it, esc in it clears it")
        if head.loaded:
            return [
                *_lines("no runs yet", "", f"the hub at {url} is up; an agent joins it like this:", ""),
                *([(f"      {line}", "key")] for line in _JOIN),
                *_lines("", "to see some without an agent of your own: interlock demo"),
            ]
        if head.link == "away":
            hint = "on this machine: interlock hub" if not head.problem.startswith("the hub") else ""
            return _lines(f"no hub at {url}", "", f"{head.problem}; trying again", hint)
        return _lines(f"loading the fleet from {url}")

    # Keys.

    def target(self) -> str | None:
        """Return the run under the cursor; none in the moment after the cursor went to another run by itself."""
        table = self.table
        table.take()
        if table.drifting and table.cursor is not None:
            self.note(
                f"the list moved to {shorten(table.cursor)} as you pressed: nothing was sent; press again",
                "held",
            )
            return None
        return table.cursor

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

    def action_filter(self) -> None:
        """Type a filter in the place of the bar."""
        self.ask.typed = self.table.sought.text
        # Both at once, not with the next frame: the next key must be a letter already, never an order.
        self.ask.display, self.bar.display = True, False
        self.set_focus(self.ask)
        self.ask.renew()

    def on_ask_answered(self, event: Ask.Answered) -> None:
        """Use what was typed; escape clears the filter."""
        self.ask.display, self.bar.display = False, True
        self.table.sought = parse(event.text or "")
        self.table.kept = False
        self.table.reorder()
        self.set_focus(self.table)
        self._boards()

    def on_unmount(self) -> None:
        """Stop to follow the previewed run."""
        self._tail.follow(None)


_JOIN = (
    "import interlock",
    "gate = interlock.connect()   # finds the hub of this machine, else",
    "                             # INTERLOCK_URL and INTERLOCK_AGENT_TOKEN",
    'with gate.run(agent="refunds", role="support-agent", goal="...") as run:',
    '    run.reasoning("...")     # and @gate.tool(cls="write") on its tools',
)


def _lines(*texts: str) -> list[Pieces]:
    return [(), *([(f"  {text}", "text")] for text in texts)]
