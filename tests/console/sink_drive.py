"""A stage on which each sink of the console is filled with a text, and its own lines are read before any net."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console as RichConsole
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widget import Widget

import interlock_console
from interlock.text import Untrusted
from interlock_console import themes
from interlock_console.filters import parse
from interlock_console.grouping import key_of
from interlock_console.screens.command import Line
from interlock_console.screens.kill import Face, KillDialog
from interlock_console.state import Head, Note
from interlock_console.trace.blocks import blocks
from interlock_console.trace.fold import Trace
from interlock_console.trace.paper import Block
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.board import Board
from interlock_console.widgets.detail import Detail
from interlock_console.widgets.facts import Facts
from interlock_console.widgets.fleet_bar import FleetBar
from interlock_console.widgets.fleet_table import FleetTable
from interlock_console.widgets.ink import Ink, Pieces
from interlock_console.widgets.lines import Lines
from interlock_console.widgets.preview import Preview
from interlock_console.widgets.receipt import Receipts
from interlock_console.widgets.run_bar import RunBar
from interlock_console.widgets.ticker import Ticker
from interlock_console.widgets.trace import TraceList
from interlock_console.widgets.tree import Branch, TreeList
from tests.console.feed import Feed, run_id
from tests.console.hostile import hostile_items, hostile_receipt, hostile_state
from tests.console.sink_asks import STAGED as ASKS
from tests.console.sink_orders import STAGED as ORDERS
from tests.console.sink_policy import STAGED as POLICY
from tests.console.sink_record import STAGED as RECORD
from tests.console.stories import RUN

WIDTH, HEIGHT = 150, 70
STYLE = Path(interlock_console.__file__).with_name("console.tcss")
"""The console's own style sheet, wherever it is installed."""
_TERMINAL = RichConsole(color_system="truecolor", force_terminal=True, legacy_windows=False, width=WIDTH)

Fill = Callable[[str], None]
Staged = tuple[Widget, Fill]


class Host(App[None]):
    """Shows one widget, or the screen it is in, with the console's own style and no net."""

    CSS_PATH = STYLE

    def __init__(self, widget: Widget | None) -> None:
        super().__init__()
        self.widget = widget
        theme = themes.load()
        self.register_theme(theme)
        self.theme = theme.name

    def compose(self) -> ComposeResult:
        """Show the widget over the whole screen."""
        if self.widget is not None:
            self.widget.styles.width, self.widget.styles.height = "100%", "100%"
            yield self.widget


def raw(strip: Strip) -> bytes:
    """Return what one line becomes on a terminal, as Textual writes it."""
    return f"\x1b[?1049h\x1b[1;1H{strip.render(_TERMINAL)}\x1b[?1049l".encode("utf-8", "surrogatepass")


def _board(made: Board, fill: Callable[[Any, str], None]) -> Staged:
    def run(text: str) -> None:
        fill(made, text)
        made.renew()

    return made, run


def _ticker() -> Staged:
    heads = [Head()]

    def fill(_: Any, text: str) -> None:
        away = len(text) % 2
        heads[0] = Head(link="away" if away else "live", problem=text, age=1.0, note=Note(1.0, RUN, text))

    return _board(Ticker(lambda: heads[0]), fill)


def _ask(board: Ask, text: str) -> None:
    # The end of what is typed stays in sight, so the beginning is there once more.
    board.typed, board.problem = f"{text[:100]} {text[:4]}", text[:20]


def _bar(board: FleetBar, text: str) -> None:
    board.sought = parse(text)


def _facts(board: Facts, text: str) -> None:
    board.state, board.run, board.nothing = hostile_state(text), RUN, text


def _run_bar(board: RunBar, text: str) -> None:
    board.problem, board.search, board.note, board.over = text[:30], text[:30], text[:30], text[:30]


def _preview(board: Preview, text: str) -> None:
    board.state, board.stale, board.events = hostile_state(text), "STALE 7s", [(1.0, "say", text)]


def _table() -> Staged:
    made = FleetTable()

    def fill(text: str) -> None:
        made.put(RUN, hostile_state(text))
        made.by, made.unfolded = "role", {key_of(text)}
        made.reorder()

    return made, fill


class _Names(Lines[str, str]):
    def pieces(self, key: str, row: str, width: int) -> list[tuple[str, str]]:
        """Return the text as it is: the base has to make it visible."""
        return [(row, "text"), (self.copied()[:10] if key == "b" else "", "dim")]


def _lines() -> Staged:
    made = _Names()

    def fill(text: str) -> None:
        made.put("a", text)
        made.put("b", "two")
        made.reorder()

    return made, fill


class _Said(Board):
    said = ""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the text as it is: the base has to make it visible."""
        return [[(self.said, "text")]]


class _Painted(Ink):
    said = ""

    def render_line(self, y: int) -> Strip:
        """Paint the text as it is, once."""
        return self.paint([(self.said, "text")] if y == 0 else [], self.size.width)


def _painted() -> Staged:
    made = _Painted()
    return made, lambda text: setattr(made, "said", text)


def _trace() -> Staged:
    made = TraceList(lambda: 1_000_100.0)
    return made, lambda text: made.show(Trace(hostile_items(text)).rows.values(), None)


def _tree() -> Staged:
    made = TreeList(lambda: 1_000_100.0)

    def fill(text: str) -> None:
        made.here, made.why = RUN, text
        states = (hostile_state(text), hostile_state(text, run_id(7)))
        made.tell([Branch(depth, state) for depth, state in enumerate(states)])

    return made, fill


def _detail() -> Staged:
    made = Detail()

    def fill(text: str) -> None:
        page: list[Block] = []
        for row in Trace(hostile_items(text)).rows.values():
            # A long text would push what comes after it off the page.
            page += [Block(b.title, Untrusted(b.text.raw[:400]), b.tone, b.note) for b in blocks(row, {})]
        made.show("all rows", page)

    return made, fill


def _receipts() -> Staged:
    made = Receipts()
    return made, lambda text: made.tell([hostile_receipt(text[:600])], text[:200])


STAGED: dict[str, Callable[[], Staged]] = {
    **RECORD,
    **ORDERS,
    **ASKS,
    **POLICY,
    "widgets.ink.Ink": _painted,
    "widgets.board.Board": lambda: _board(_Said(), lambda board, text: setattr(board, "said", text)),
    "widgets.lines.Lines": _lines,
    "widgets.ticker.Ticker": _ticker,
    "widgets.ask.Ask": lambda: _board(Ask("search"), _ask),
    "screens.command.Line": lambda: _board(Line(lambda _: [], ""), lambda board, text: board.set(text[:100])),
    "widgets.fleet_bar.FleetBar": lambda: _board(FleetBar(), _bar),
    "widgets.fleet_table.FleetTable": _table,
    "widgets.preview.Preview": lambda: _board(Preview(), _preview),
    "widgets.facts.Facts": lambda: _board(Facts(), _facts),
    "widgets.run_bar.RunBar": lambda: _board(RunBar(), _run_bar),
    "widgets.trace.TraceList": _trace,
    "widgets.tree.TreeList": _tree,
    "widgets.detail.Detail": _detail,
    "widgets.receipt.Receipts": _receipts,
}
"""The sinks that stand by themselves: place -> a fresh widget, and what fills it with a text."""


@asynccontextmanager
async def staged(place: str) -> AsyncIterator[Callable[[str], list[Strip]]]:
    """Put the sink of a row on the stage; yields what fills it with a text and returns its own lines."""
    if place == "screens.kill.Face":
        async with _dialog() as given:
            yield given
        return
    widget, put = STAGED[place]()
    async with Host(widget).run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()

        def fill(text: str) -> list[Strip]:
            put(text)
            return [widget.render_line(y) for y in range(widget.size.height)]

        yield fill


@asynccontextmanager
async def _dialog() -> AsyncIterator[Callable[[str], list[Strip]]]:
    feed = Feed()
    station = feed.station()
    host = Host(None)
    async with host.run_test(size=(WIDTH, HEIGHT)) as pilot:
        dialog = KillDialog(station, RUN, None)
        await host.push_screen(dialog)
        await pilot.pause()
        face = dialog.query_one(Face)

        def fill(text: str) -> list[Strip]:
            station.runs[RUN] = hostile_state(text)
            face.renew()
            return [face.render_line(y) for y in range(face.size.height)]

        yield fill
