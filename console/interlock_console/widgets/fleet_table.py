"""The fleet as a table: what needs a person first, then the newest; columns by the room there is."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.words import Need, flags, need, word
from interlock_console.filters import Filter
from interlock_console.output import age
from interlock_console.widgets.ink import Piece, Pieces, fit, said
from interlock_console.widgets.lines import Lines

__all__ = ["DRIFT", "NEEDS_A_PERSON", "FleetTable", "dollars", "short", "tokens"]

DRIFT = 0.7
"""Seconds for which a key that acts is not taken after the cursor went to another run by itself."""
NEEDS_A_PERSON = Need.LEFT
"""``interlock.words.need`` up to which ``[`` and ``]`` stop at a run."""

_LATER = {"UNKNOWN": "UNK", "DENIED": "DENY"}


@dataclass(frozen=True, slots=True)
class Column:
    """``least`` cells, up to ``most`` when there is room; the column of the highest ``rank`` goes when there is not."""

    name: str
    least: int
    most: int
    rank: int
    draw: Callable[[RunState, float], tuple[str, str]]
    right: bool = False
    since: int = 0
    """Cells of the table from which the column is worth its room."""


def tokens(count: int) -> str:
    """Return a number of tokens on at most five cells: ``812``, ``88k``, ``1.2M``."""
    if count < 1000:
        return str(count) if count else "-"
    return f"{count / 1000:.0f}k" if count < 999_500 else f"{count / 1_000_000:.1f}M"


def dollars(cost: float) -> str:
    """Return US dollars on at most six cells: ``$0.31``, ``$11.1``, ``$1234``."""
    if not cost:
        return "-"
    return f"${cost:.2f}" if cost < 10 else f"${cost:.1f}" if cost < 100 else f"${cost:.0f}"


def short(flag: str) -> str:
    """Return a flag as the table writes it: ``UNK 1``."""
    name, _, count = flag.partition(" ")
    return f"{_LATER.get(name, name)} {count}".rstrip()


def _state(state: RunState, _: float) -> tuple[str, str]:
    how = word(state)
    return f"{how.word:<9} {how.mark}", how.tone


def _doing(state: RunState, now: float) -> tuple[str, str]:
    calls = list(state.flying.values())
    if calls:
        tool, cls, since = calls[0]
        more = f"+{len(calls) - 1} " if len(calls) > 1 else ""
        # What must not be cut comes first: how long, and how many more.
        return f"{age(now - since)} {more}{'llm' if cls == 'model' else said(tool, 40)}", "text"
    return said(state.said, 120), "dim"


def _age(state: RunState, now: float) -> tuple[str, str]:
    over = state.phase == "finished" or state.stop == "confirmed"
    return age((state.last_at if over else now) - state.started_at), "text"


def _flags(state: RunState, _: float) -> tuple[str, str]:
    found = flags(state)
    return " ".join(map(short, found)), "quiet" if all(flag.isalpha() for flag in found) else "fault"


COLUMNS = (
    Column("STATE", 11, 11, 0, _state),
    Column("RUN", 8, 8, 0, lambda state, _: (shorten(state.run), "head")),
    Column("AGENT", 11, 18, 0, lambda state, _: (said(state.agent, 60), "text")),
    Column("ROLE", 10, 14, 9, lambda state, _: (said(state.role, 60), "dim"), since=112),
    Column("DOING", 12, 200, 0, _doing),
    Column("AGE", 6, 6, 2, _age, right=True),
    Column("CALL", 4, 5, 5, lambda state, _: (str(state.calls or "-"), "text"), right=True),
    Column("TOK", 5, 5, 4, lambda state, _: (tokens(state.tokens_in + state.tokens_out), "text"), right=True),
    Column("COST", 5, 6, 3, lambda state, _: (dollars(state.cost), "text"), right=True),
    Column("FLAGS", 8, 12, 1, _flags),
)


def _layout(width: int) -> list[tuple[Column, int]]:
    chosen = [column for column in COLUMNS if column.since <= width]
    while sum(column.least + 1 for column in chosen) - 1 > width and any(column.rank for column in chosen):
        chosen.remove(max(chosen, key=lambda column: column.rank))
    spare = width - sum(column.least + 1 for column in chosen) + 1
    widths = {column.name: column.least for column in chosen}
    for column in sorted(chosen, key=lambda column: column.most):
        more = max(0, min(spare, column.most - column.least))
        widths[column.name] += more
        spare -= more
    return [(column, widths[column.name]) for column in chosen]


class FleetTable(Lines[str, RunState]):
    """Runs by id. ``sought`` leaves out what does not fit it; ``empty`` is drawn where there is nothing to list."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        empty: Callable[[], list[Pieces]] = list,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.sought = Filter()
        self._wall, self._empty = wall, empty
        self._width, self._columns = -1, _layout(78)
        self._ranks: dict[str, tuple[int, float]] = {}
        self.taken = False
        """Whether a person took the cursor. Until then it stays on the top row: on what needs one most."""
        self._drifted = float("-inf")

    def put(self, key: str, row: RunState) -> None:
        """Take a run, and what it is sorted by."""
        self._ranks[key] = (need(row), -row.started_at)
        super().put(key, row)

    def ranked(self) -> Iterable[str]:
        """Return the runs that fit, by need, then the newest first."""
        rows, ranks = self.rows, self._ranks
        fits = self.sought.fits
        chosen = [key for key in rows if fits(rows[key])] if self.sought else rows
        return sorted(chosen, key=ranks.__getitem__)

    def reorder(self) -> None:
        """Make the order anew; a cursor that nobody took goes to the top of it."""
        before = self.cursor
        super().reorder()
        if not self.taken:
            self._go(0)
        if before is not None and self.cursor != before:
            self._drifted = self._clock()

    @property
    def drifting(self) -> bool:
        """Whether the cursor just went to another run by itself: a key may have been meant for the one before."""
        return self._clock() - self._drifted < DRIFT

    def go(self, key: str) -> bool:
        """Put the cursor on a run, where it stays."""
        self.take()
        return super().go(key)

    def take(self) -> None:
        """Keep the cursor on its run from now on, wherever the order puts it."""
        self.taken = True

    def action_step(self, by: int) -> None:
        """Move the cursor up or down."""
        self.take()
        super().action_step(by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screen."""
        self.take()
        super().action_page(by)

    def action_edge(self, to: int) -> None:
        """Move the cursor to the first or the last row."""
        self.take()
        super().action_edge(to)

    def action_open(self) -> None:
        """Open the run under the cursor."""
        self.take()
        super().action_open()

    def columns(self, width: int) -> list[tuple[Column, int]]:
        """Return the columns that fit into so many cells, with the width of each."""
        if width != self._width:
            self._width, self._columns = width, _layout(width)
        return self._columns

    def heads(self, width: int) -> Pieces:
        """Return the line above the table."""
        names = [fit(column.name, size, right=column.right) for column, size in self.columns(width - 2)]
        return [("  " + " ".join(names), "dim")]

    def pieces(self, key: str, row: RunState, width: int) -> Pieces:
        """Return one run."""
        del key
        now = self._wall()
        pieces: list[Piece] = []
        for column, size in self.columns(width):
            text, tone = column.draw(row, now)
            pieces += [(fit(text, size, right=column.right), tone), (" ", "text")]
        return pieces[:-1]

    def nothing(self, width: int) -> list[Pieces]:
        """Return what is said in an empty table."""
        del width
        return self._empty()

    def needy(self, by: int) -> bool:
        """Put the cursor on the next or the last run before it that needs a person. Return False if there is none."""
        shown = [key for key in self.order if self._ranks.get(key, (Need.OVER, 0.0))[0] <= NEEDS_A_PERSON]
        if not shown:
            return False
        places = {key: place for place, key in enumerate(self.order)}
        here = self.place
        if by > 0:
            after = next((key for key in shown if places[key] > here), shown[0])
        else:
            after = next((key for key in reversed(shown) if places[key] < here), shown[-1])
        return self.go(after)
