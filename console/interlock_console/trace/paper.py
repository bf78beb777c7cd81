"""Long text set out in lines of a width, as far as somebody reads: megabytes cost what is looked at.

:class:`Paper` wraps blocks one after another. Nothing is lost or added by wrapping: the lines of a block, joined, are
the text made visible, with tabs set out as blanks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import category

from interlock.text import Untrusted, breakable, cells, visible

__all__ = ["Block", "Paper", "signs", "wrapped"]

_PIECE = 4096
_BACK = 16
_TAB = 4
_SIGNS = re.compile("<U\\+[0-9A-F]{4,6}>|[\u2400-\u241f\u2421]")


@dataclass(slots=True)
class Block:
    """A piece of a page: a title of the console's own, and somebody's text below it.

    ``tone`` is the text's. ``digest`` names a body that has to be fetched first; ``note`` is said beside the title.
    """

    title: str
    text: Untrusted
    tone: str = "text"
    note: str = ""
    digest: str = ""
    lead: str = ""
    """What stands before the first line of the text; the lines it is broken into hang below that text."""
    tight: bool = False
    """True for a block that follows the one before without an empty line between them."""


def signs(raw: str) -> int:
    """Return how many characters of the text are shown as signs, because they would act or hide."""
    shown = visible(raw)
    return 0 if shown is raw else len(_SIGNS.findall(shown)) - len(_SIGNS.findall(raw))


def wrapped(raw: str, width: int) -> Iterator[str]:
    """Yield the text as visible lines of at most ``width`` cells, broken after blanks where there are any."""
    start = 0
    while start <= len(raw):
        end = raw.find("\n", start)
        end = len(raw) if end < 0 else end
        yield from _paragraph(raw, start, end, width)
        start = end + 1


def _paragraph(raw: str, start: int, end: int, width: int) -> Iterator[str]:
    if start == end:
        yield ""
        return
    rest = ""
    while start < end:
        stop = _cut(raw, start, end)
        rest += visible(raw[start:stop])
        start = stop
        rest = rest.expandtabs(_TAB) if "\t" in rest else rest
        while len(rest) > width or cells(rest) > width:
            at = _fitting(rest, width)
            if at >= len(rest):
                break
            yield rest[:at]
            rest = rest[at:]
    if rest:
        yield rest


def _cut(raw: str, start: int, end: int) -> int:
    """Return where a piece may end: never between a character and the marks on it."""
    stop = start + _PIECE
    if stop >= end:
        return end
    while stop > start + _PIECE - _BACK and (category(raw[stop])[0] == "M" or raw[stop] == "\ufe0f"):
        stop -= 1
    return stop


def _fitting(line: str, width: int) -> int:
    """Return how many characters of the line go on one of ``width`` cells; at least one."""
    if line.isascii():
        at = width
    else:
        at, room = 0, width
        while at < len(line):
            room -= cells(line[at])
            if room < 0:
                break
            at += 1
        at = breakable(line, at) or max(1, at)
    blank = line.rfind(" ", 0, at)
    return blank + 1 if blank >= at // 2 and at < len(line) else at


class Paper:
    """Blocks as lines of ``(text, tone)``. Only :meth:`reach` does work, and only as much as it is asked for."""

    def __init__(self, blocks: Sequence[Block], width: int) -> None:
        self.blocks, self.width = blocks, max(8, width)
        self.lines: list[tuple[str, str]] = []
        self._source = self._set()
        self.complete = False
        """Whether every line is there: only then is the number of lines known."""

    def reach(self, count: int) -> bool:
        """Set out lines until there are ``count`` of them. Return whether there are."""
        while len(self.lines) < count and not self.complete:
            line = next(self._source, None)
            if line is None:
                self.complete = True
            else:
                self.lines.append(line)
        return len(self.lines) >= count

    def holds(self, at: int, wanted: str) -> bool:
        """Return whether a text that is case-folded begins in the line ``at``, also where a break goes through it."""
        line, tone = self.lines[at]
        after = self.lines[at + 1] if self.reach(at + 2) else ("", "")
        tail = after[0] if after[1] == tone else ""
        found = (line + tail[: len(wanted)]).casefold().find(wanted)
        return 0 <= found < len(line)

    def _set(self) -> Iterator[tuple[str, str]]:
        for place, block in enumerate(self.blocks):
            if place and not block.tight:
                yield "", "text"
            if block.title:
                yield from (
                    (line, "head") for line in wrapped(f"{block.title}  {block.note}".rstrip(), self.width)
                )
            lead = block.lead
            for line in wrapped(block.text.raw, self.width - cells(lead)) if block.text else ():
                yield lead + line, block.tone
                lead = " " * cells(lead)
