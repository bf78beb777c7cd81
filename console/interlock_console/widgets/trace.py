"""The trace of one run as a list: a line a row of :mod:`interlock_console.trace`, the newest at the end."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from interlock.text import cells
from interlock_console.output import millis
from interlock_console.trace.fold import GAP, Row
from interlock_console.trace.layout import EDGE, Layout
from interlock_console.trace.wording import label, said
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, fit
from interlock_console.widgets.lines import Lines

__all__ = ["Columns", "TraceList", "since"]

_KIND = 6
_TOOK = 7
_WORD = 8
_OPEN_TAIL = "(more)"
_TONES = {"READ": "dim", "WRITE": "key", "DANGER": "held", "SAY": "text", "USER": "mark", "THINK": "quiet"}


def since(seconds: float) -> str:
    """Return the time from the beginning of the run: ``02:05.1``, from an hour on ``3:02:05``."""
    tenths = max(0, round(seconds * 10))
    if tenths < 36_000:
        return f"{tenths // 600:02d}:{tenths % 600 // 10:02d}.{tenths % 10}"
    whole = tenths // 10
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


class TraceList(Lines[int, Row]):
    """Rows by the number of their first event. ``began`` is when the run did, ``now`` the time, both Unix seconds.

    ``follow`` keeps the cursor on the newest row; moving up turns it off, and ``fresh`` then counts what came since.
    """

    GROWS = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("b", "screen.read(-1)", show=False)]

    class Beyond(Message):
        """Somebody wants the very first or the very last row of the run (-1 or 1), loaded or not."""

        def __init__(self, to: int) -> None:
            super().__init__()
            self.to = to

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.began = 0.0
        self.why = ""
        """What is said while there is no row."""
        self.agent = ""
        """The run's own agent: its name is left out in front of what it says itself."""
        self.digits = 3
        self.follow = True
        self.fresh = 0
        self.by_hand = 0
        """How often a person moved the cursor: what was under way for another place then stops."""
        self.whole = True
        """Whether the newest event of the run is in the list; if not, an open call may well have ended."""
        self.over = False
        """Whether the run is over or its agent is gone: a call that is still open has no end."""
        self.found: frozenset[int] = frozenset()
        """Rows that hold what was searched for."""
        self.folds = Layout()
        self._now = now

    def ranked(self) -> Iterable[int]:
        """Return what no fold hides, in the order it came."""
        return self.folds.arrange(self.rows)

    def _grow(self) -> None:
        """Show new rows behind the others; what belongs below a folded head is only counted there."""
        fresh = [n for n in self._fresh if self.folds.add(self.rows[n])]
        if len(fresh) < len(self._fresh):
            self.refresh()
        self._fresh = fresh
        super()._grow()

    def go(self, key: int) -> bool:
        """Put the cursor on a row, out of every fold that hides it."""
        if hiding := self.folds.hides(key):
            self.folds.folded.difference_update(hiding)
            self.reorder()
        return super().go(key)

    def fold(self, *, folded: bool) -> bool:
        """Fold what the cursor is in, or unfold it; return whether there was anything to."""
        head = None if self.cursor is None else self.folds.head_of(self.cursor)
        if head is None or (head in self.folds.folded) == folded:
            return False
        (self.folds.folded.add if folded else self.folds.folded.discard)(head)
        self._refold(head)
        return True

    def fold_all(self, *, folded: bool) -> int:
        """Fold every turn and every sub-agent, or unfold all; return how many."""
        heads = self.folds.heads() if folded else set(self.folds.folded)
        self.folds.folded = heads if folded else set()
        cursor = self.cursor
        hiding = [] if cursor is None else self.folds.hides(cursor)
        self._refold(hiding[-1] if hiding else cursor)
        return len(heads)

    def _refold(self, cursor: int | None) -> None:
        line = self.place - self.top
        self.cursor = cursor
        self.reorder()
        self._keep_height(line)
        self.post_message(self.Moved(self, self.cursor))

    def _keep_height(self, line: int) -> None:
        """Let the row under the cursor stand where the eye is, although rows came or went above it."""
        self.top = max(0, min(self.place - max(0, line), len(self.order) - self.size.height))
        self.refresh()

    def head(self, width: int) -> Pieces:
        """Return the line that names the columns."""
        room = self._room(width - 2)
        number, at = "#".rjust(self.digits), "T+".ljust(7)
        return [
            (f"  {number} {at} {'KIND':<{_KIND}} {'WHAT':<{room}} {'TOOK':>{_TOOK}} STATE", "dim"),
        ]

    def _room(self, width: int) -> int:
        return max(8, width - self.digits - 7 - _KIND - _TOOK - _WORD - 5)

    def pieces(self, key: int, row: Row, width: int) -> Pieces:
        """Return number, time since the run began, kind, what it says, how long it took and how it stands."""
        room = self._room(width)
        kind = label(row)
        if row.kind == EDGE:
            return [
                (f"{'':{self.digits}} {'':7} {kind:<{_KIND}} ", "held"),
                *_within(row, room + _TOOK + _WORD),
            ]
        if row.kind == GAP:
            return [
                (f"{key:>{self.digits}} {'':7} {kind:<{_KIND}} ", "alarm"),
                *_within(row, room, self.agent),
                ("  MISSING", "alarm"),
            ]
        took, word, tone = self._standing(row)
        found = "mark" if key in self.found else "dim"
        quiet = row.kind in ("gate", "context", "start") and not row.word.isupper()
        return [
            (f"{key:>{self.digits}} {since(row.at - self.began):<7} ", found),
            (f"{kind:<{_KIND}} ", "dim" if quiet else row.tone if row.error else _TONES.get(kind, "key")),
            *self._said(row, room),
            (f" {took:>{_TOOK}} ", "dim"),
            (fit(word, _WORD), tone),
        ]

    def _said(self, row: Row, room: int) -> list[Piece]:
        """Return what the row says behind its place in the fold: indented, folded with what is below, or of whom."""
        before = ""
        if row.n in self.folds.folded and (under := self.folds.under(row.n)).rows:
            before = f"[{under.words()}] "
        elif depth := self.folds.depth.get(row.n, 0):
            before = "  " * depth
            parent = self.folds.parent.get(row.n)
            if parent is not None and not self._follows_its_kin(row.n, parent):
                before += f"of {parent}: "
        return [
            (before, "mark" if row.n in self.folds.folded else "dim"),
            *_within(row, room - len(before), self.agent),
        ]

    def _follows_its_kin(self, n: int, parent: int) -> bool:
        """Whether the row above is the call this one is of, or another call of it."""
        place = self._places.get(n, 0)
        above = self.order[place - 1] if place else 0
        return above == parent or self.folds.parent.get(above) == parent

    def _standing(self, row: Row) -> tuple[str, str, str]:
        if not row.open:
            return ("" if row.ms is None else millis(row.ms).replace(" ", "")), row.word, row.tone
        if not self.whole:
            return "", _OPEN_TAIL, "dim"
        if self.over:
            return "", "no end", "fault"
        return f"{max(0.0, self._now() - row.at):.0f}s", row.word, row.tone

    def nothing(self, width: int) -> list[Pieces]:
        """Return why there is no row yet."""
        del width
        return [(), [(f"  {self.why}", "dim")]]

    def text_of(self, key: int) -> str:
        """Return one row as plain visible text, without the blanks that make columns on a screen."""
        row = self.rows.get(key)
        if row is None:
            return ""
        first, then = said(row)
        words = "".join(text for text, _ in (*first, *([(" -> ", ""), *then] if then else ())))
        if row.kind == EDGE:
            return f"... {words}"
        took, word, _ = self._standing(row)
        folded = f"[{self.folds.under(key).words()}] " if key in self.folds.folded else ""
        indent = "  " * self.folds.depth.get(key, 0)
        return (
            f"{key} {since(row.at - self.began)} {label(row)} {indent}{folded}{words}  {took} {word}".rstrip()
        )

    def visible_open(self) -> list[int]:
        """Return the rows on the screen whose time goes on."""
        shown = self.order[self.top : self.top + self.size.height]
        return [key for key in shown if key in self.rows and self.rows[key].open]

    def show(self, rows: Iterable[Row], cursor: int | None) -> None:
        """Show other rows than before; the cursor goes to the row of this number, or stays where it is."""
        line = self.place - self.top
        self.rows = {row.n: row for row in rows}
        self.reorder()
        if cursor is not None and self.go(cursor):
            self._keep_height(line)
        if self.follow:
            self._go(len(self.order) - 1)
        self.refresh()

    def grown(self, count: int) -> None:
        """Go with the newest row, or count it."""
        if self.follow:
            self._go(len(self.order) - 1)
        else:
            self.fresh += count

    def action_step(self, by: int) -> None:
        """Move the cursor: going up ends following, arriving at the newest row begins it."""
        super().action_step(by)
        self._follow_on(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screen, as a step does."""
        super().action_page(by)
        self._follow_on(by)

    def action_edge(self, to: int) -> None:
        """Move the cursor to the first or the last row, and ask for what lies beyond them."""
        super().action_edge(to)
        self._follow_on(to)
        self.post_message(self.Beyond(to))

    def _follow_on(self, by: int) -> None:
        self.by_hand += 1
        self.follow = by > 0 and (self.follow or (self.whole and self.place == len(self.order) - 1))
        if self.follow:
            self.fresh = 0


class Columns(Board):
    """The names of the columns above the list."""

    def __init__(self, trace: TraceList, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._trace = trace

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the one line."""
        del height
        return [self._trace.head(width)]


def _within(row: Row, room: int, agent: str = "") -> list[Piece]:
    """Return what a row says on exactly ``room`` cells: what came of it gets half, unless the first part is short."""
    first, then = said(row)
    if row.kind == "say" and first[0][0] == f"{agent}: ":
        first = first[1:]
    need = sum(cells(text) for text, _ in first)
    if then:
        arrow: list[Piece] = [(" -> ", "dim"), *then]
        first = _clipped(first, max(room // 2, room - sum(cells(text) for text, _ in arrow)))
        need = sum(cells(text) for text, _ in first)
        first += _clipped(arrow, room - need)
        need = sum(cells(text) for text, _ in first)
    else:
        first = _clipped(first, room)
        need = sum(cells(text) for text, _ in first)
    return [*first, (" " * (room - need), "text")]


def _clipped(pieces: list[Piece], room: int) -> list[Piece]:
    kept: list[Piece] = []
    for text, tone in pieces:
        if room <= 0:
            break
        if cells(text) > room:
            text = fit(text, room)
        kept.append((text, tone))
        room -= cells(text)
    return kept
