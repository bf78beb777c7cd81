"""The floor of a first frame: a bare Textual app with the console's widgets, fixed text, no hub and no fold."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult

from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces
from interlock_console.widgets.lines import Lines


class Words(Board):
    """One fixed line."""

    ROW = "bar"

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the line."""
        return [[(" bare  ? help  q quit", "text")]]


class Rows(Lines[int, str]):
    """Fixed rows."""


class Bare(App[None]):
    """Line 1, a list, a ticker and the keys, as the fleet screen has them."""

    ENABLE_COMMAND_PALETTE = False
    CSS: ClassVar[str] = """
        Screen { layout: vertical; }
        .ink--bar { background: #1b222a; color: #d3d9df; }
        .ink--cursor { background: #273544; }
        .ink--text { color: #d3d9df; }
        Words { height: 1; width: 100%; }
        Rows { height: 1fr; width: 1fr; }
    """

    def compose(self) -> ComposeResult:
        """Put them under one another."""
        yield Words()
        rows = Rows()
        for number in range(100):
            rows.put(number, f"row {number}")
        yield rows
        yield Words()
        yield Words()


if __name__ == "__main__":
    Bare().run(mouse=False)
