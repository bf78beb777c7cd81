"""A small Textual app that shows every payload and ends: `python -m tests.hostile.poster raw|visible|net`.

`raw` shows them as they are, `visible` through `interlock.text`, `net` as they are behind the console's own
net. Each is shown twice: in a line of our own drawing, which Textual does not clean at
all, and in a `Static` made from `Content`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from interlock.text import visible, visible_line
from interlock_console.net import hang
from tests.hostile.payloads import CONTROLS, PAYLOADS

STYLE = Style(color="green", bgcolor="black")
SHOWN = 200
ROWS = 400


class Lines(Widget):
    """One row a text, drawn by hand."""

    DEFAULT_CSS = "Lines { height: auto; }"

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self.texts = texts

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return one row for each text."""
        return len(self.texts)

    def render_line(self, y: int) -> Strip:
        """Draw a text as it is."""
        return Strip([Segment(self.texts[y] if y < len(self.texts) else "", STYLE)])


class Poster(App[object]):
    """Shows the texts once and ends."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, lines: list[str], blocks: list[str], net: bool) -> None:
        super().__init__()
        self.lines = lines
        self.blocks = blocks
        if net:
            hang(self)

    def compose(self) -> ComposeResult:
        """Show each text in a line and in a block."""
        yield Lines(self.lines)
        for block in self.blocks:
            yield Static(Content(block))

    def on_mount(self) -> None:
        """End as soon as everything was drawn."""
        self.call_after_refresh(self.call_after_refresh, self.exit)


def poster(mode: str) -> Poster:
    """Return the app for a mode."""
    texts: Iterable[str] = [text[: SHOWN * 2] for text in (*PAYLOADS.values(), *CONTROLS.values())]
    as_is: Callable[[str], str] = str
    line = (lambda text: visible_line(text, SHOWN)) if mode == "visible" else as_is
    block = visible if mode == "visible" else as_is
    return Poster([line(text) for text in texts], [block(text) for text in texts], mode == "net")


if __name__ == "__main__":
    poster(sys.argv[1]).run(mouse=False)
