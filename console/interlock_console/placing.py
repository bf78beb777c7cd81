"""Keeps what follows a text in its place, however wide the terminal draws it.

About some characters terminals disagree (:func:`interlock.text.unsure`): tmux gives a vowel sign of Hindi a cell and
a skin tone two, others none. What stands right of such a text would move, in this row and in the pane beside it. Each
piece with such characters is given the room its widget laid out for it, in blanks; then it is drawn over them word by
word, each where its widget counted it to be and no more of it than fits at its widest; then the cursor goes on behind.

This hangs on ``CompositorUpdate`` of Textual 8.2.8, which makes the bytes of every frame.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual._compositor import CompositorUpdate

from interlock.text import breakable, cells, unsure

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Placed", "placed"]

_TOKEN = re.compile(
    r"\x1b\[(?P<row>[0-9]+);(?P<column>[0-9]+)H|(?P<on>\x1b\[[0-9;]+m)?(?P<text>[^\x1b\n]+)(?P<off>\x1b\[0m)?"
    r"|\x1b\[[0-9;?]*[A-Za-z]"
)
_WORD = re.compile("^ +|[^ ]+ *")


class Placed(CompositorUpdate):
    """A frame whose every piece is where its widget put it."""

    def __init__(self, update: CompositorUpdate) -> None:
        self._update = update

    def render_segments(self, console: "Console") -> str:
        """Return the bytes of the frame."""
        return placed(self._update.render_segments(console))


def placed(frame: str) -> str:
    """Return a frame, as Textual writes it, with each piece of unsure width held in its place."""
    if not unsure(frame):
        return frame
    row = column = 0

    def put(token: re.Match[str]) -> str:
        nonlocal row, column
        text = token["text"]
        if text is None:
            row, column = int(token["row"] or row), int(token["column"] or column)
            return token[0]
        start, room = column, cell_len(text)
        column += room
        if not row or not unsure(text):
            return token[0]
        on, off = token["on"] or "", token["off"] or ""
        drawn = [(start, " " * room), *_chunks(_fitting(text, room), start)]
        placed = (f"\x1b[{row};{at}H{on}{chunk}{off}" for at, chunk in drawn)
        return "".join(placed) + f"\x1b[{row};{column}H"

    return _TOKEN.sub(put, frame)


def _chunks(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the text in pieces that begin with a word, each with the column where it belongs; no blanks alone."""
    for chunk in _WORD.findall(text):
        yield start, chunk
        start += cells(chunk)


def _fitting(text: str, room: int) -> str:
    """Return as much of the beginning as fits into so many cells in any terminal."""
    for at, character in enumerate(text):
        room -= cells(character)
        if room < 0:
            return text[: breakable(text, at)]
    return text
