"""From pieces of text with a tone to one painted line: the only way text gets into a widget of the console.

A *piece* is ``(text, tone)``. A tone is the name of a theme colour (:data:`TONES`), never a style string, so that
no text can bring its own style. Every piece goes through ``interlock.text.visible_line`` here, whoever made it,
and no markup parser is involved.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from interlock.text import MARKS_IN_A_ROW, Untrusted, breakable, cells, unsure, visible_line

if TYPE_CHECKING:
    from textual.app import App

__all__ = [
    "GROUNDS",
    "TONES",
    "TROUBLE",
    "TURNED",
    "Ink",
    "Piece",
    "Pieces",
    "cells_of",
    "fit",
    "said",
    "wrap",
]

Piece = tuple[str, str]
Pieces = Sequence[Piece]

TONES = ("text", "dim", "head", "key", "alarm", "fault", "held", "live", "shadow", "still", "quiet", "mark")
"""``alarm`` only where a person must act. The words of :mod:`interlock.words` name some of these."""

TROUBLE = {
    "STOPPING": "alarm",
    "PRESUMED": "alarm",
    "LOST": "fault",
    "UNKNOWN": "fault",
    "LOOP": "fault",
    "ERR": "fault",
    "FAILED": "fault",
    "PAUSING": "held",
    "PAUSED": "held",
}
"""The tones of what runs are counted under where a person may be needed; every other count is calm."""

GROUNDS = ("plain", "bar", "cursor", "badge", "prod")
"""What a line may stand on; ``prod`` takes the place of ``bar`` where the widget has the class ``production``."""
TURNED = "turned"
"""The variable of a theme that names the grounds which turn ink and plain ground around."""

_PER_CELL = MARKS_IN_A_ROW + 2
"""Characters one cell can take at most: what is further along in a text than this times the width is never seen."""
_CUT = "\u2026"
_WIDEST = 8
"""More cells than any sign takes with all that rides on it."""
_BOLD = frozenset(("head", "key", "alarm", "mark"))


def said(text: Untrusted | str, limit: int | None = None) -> str:
    """Return text on one visible line of at most ``limit`` cells; what was cut ends in an ellipsis.

    Cut before a sign of several cells it is filled up with blanks: what follows stands where it stood.
    """
    line = visible_line(text, limit)
    if limit is None or line[-1:] != _CUT or not 0 < (short := limit - cells(line)) < _WIDEST:
        return line
    return line + " " * short


def fit(text: Untrusted | str, width: int, *, right: bool = False) -> str:
    """Return text on one visible line of exactly ``width`` cells, cut or filled with blanks on one side."""
    line = visible_line(text, width)
    blanks = " " * (width - cells(line))
    return blanks + line if right else line + blanks


def cells_of(pieces: Iterable[Piece]) -> int:
    """Return how many cells pieces of visible text take."""
    return sum(cells(text) for text, _ in pieces)


def wrap(text: Untrusted | str, width: int, most: int) -> list[str]:
    """Return text as visible lines of at most ``width`` cells each, broken at blanks, at most ``most`` lines.

    A line break in the text breaks the line. What does not fit into ``most`` lines is cut with an ellipsis.
    """
    raw = text if isinstance(text, str) else text.raw
    room = max(1, width) * max(1, most)
    lines: list[str] = []
    for paragraph in raw[: room * 8].split("\n"):
        lines += _broken(visible_line(paragraph.replace("\t", "    "), room), width)
        if len(lines) > most:
            break
    if len(lines) > most:
        lines[most - 1] = visible_line(lines[most - 1], width - 1).rstrip(" \u2026") + "\u2026"
    return lines[:most]


def _broken(line: str, width: int) -> list[str]:
    lines = [""]
    for word in line.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        while cells(word) > width:
            # At least one character a line, even where a wide one has no room.
            head = visible_line(word, width + 1)[:-1]
            head = head[: breakable(word, len(head))] or word[:1]
            lines[-1], word = head, word[len(head) :]
            lines.append("")
        lines[-1] = word
    return lines


_WITHOUT_COLOUR = {
    "alarm": Style(bold=True, reverse=True),
    "fault": Style(bold=True, underline=True),
    "held": Style(underline=True),
    "head": Style(bold=True),
    "key": Style(bold=True),
    "mark": Style(bold=True),
}
_REVERSED = ("cursor", "badge", "prod")


@cache
def _style(ink: str | None, ground: str | None, bold: bool, turned: bool) -> Style:
    colours = (colour and colour.removeprefix("ansi_") for colour in (ink, ground))
    color, bgcolor = colours
    return Style(color=color, bgcolor=bgcolor, bold=bold, reverse=turned)


@cache
def _plainly(tone: str, row: str) -> Style:
    """Return the style where no colour is wanted: what matters differs by attributes the terminal has anyway."""
    style = _WITHOUT_COLOUR.get(tone, Style())
    if row not in _REVERSED:
        return style
    # An alarm is the other way round than the line it is in, whichever that is.
    return style + Style(reverse=not style.reverse, bold=row == "prod" or style.bold)


def _ascii(line: str) -> str:
    """Return the line with as many cells and nothing but ASCII: what has no place there is a question mark."""
    if line.isascii():
        return line
    return "".join(c if c.isascii() else "?" * cells(c) for c in line.replace("\u2026", "."))


@lru_cache(256)
def _blank(width: int, style: Style) -> Strip:
    return Strip.blank(width, style)


def _coloured(app: "App[None]", tone: str, row: str) -> Style:
    colours = app.current_theme.variables
    turned = row in colours.get(TURNED, "").split()
    return _style(colours.get(f"ink-{tone}"), colours.get(f"ground-{row}"), tone in _BOLD, turned)


class Ink(Widget):
    """A widget painted from pieces, in the colours of the theme.

    The colours are taken from the theme itself and not over the style sheet: a component class for each tone and
    widget would be laid out anew with every screen, which is most of what a first frame then costs.

    ``dimmed`` draws everything but alarms in the dim tone: the data is not current. A pane that is dimmed also says
    so in words; see :meth:`interlock_console.screens.View.stale`.
    """

    dimmed = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._inks: dict[tuple[str, str], Style] = {}
        self._plain: bool | None = None

    def notify_style_update(self) -> None:
        """Forget the colours when the theme changed."""
        self._inks.clear()
        super().notify_style_update()

    @property
    def plain(self) -> bool:
        """Whether the console was asked to draw with ASCII only."""
        if self._plain is None:
            self._plain = any(node.has_class("ascii") for node in self.ancestors)
        return self._plain

    def paint(self, pieces: Iterable[Piece], width: int, row: str = "plain") -> Strip:
        """Return one line of exactly ``width`` cells. ``row`` is one of :data:`GROUNDS`."""
        if not pieces:
            return _blank(width, self._ink("text", row))
        segments: list[Segment] = []
        used = 0
        for text, tone in pieces:
            if used >= width:
                break
            line = visible_line(text[: (width + 1) * _PER_CELL])
            if self.plain:
                line = _ascii(line)
            used += cells(line)
            # Textual measures some characters as narrower than the most they can take: blanks keep the room.
            line += " " * (cells(line) - cell_len(line))
            segments.append(Segment(line, self._ink(tone, row)))
        blank = self._ink("text", row)
        strip = Strip(segments, used).adjust_cell_length(width, blank)
        # Those are set in their place one piece at a time; see interlock_console.placing.
        return strip if any(unsure(segment.text) for segment in segments) else strip.simplify()

    def _ink(self, tone: str, row: str) -> Style:
        style = self._inks.get((tone, row))
        if style is None:
            name = "dim" if self.dimmed and tone != "alarm" else tone
            app = cast("App[None]", self.app)  # pyright: ignore[reportUnknownMemberType]
            place = "prod" if row == "bar" and self.has_class("production") else row
            style = _plainly(name, place) if app.no_color else _coloured(app, name, place)
            self._inks[tone, row] = style
        return style

    def dim(self, on: bool) -> None:
        """Draw everything but alarms dimly, or as usual again."""
        if self.dimmed != on:
            self.dimmed = on
            self._inks.clear()
            self.refresh()

    def copied(self) -> str:
        """Return what a copy takes while this pane has the focus, as plain visible text."""
        return ""

    def told(self) -> Iterable[str]:
        """Return everything this pane has to show, as plain visible lines, for saving and paging."""
        return ()
