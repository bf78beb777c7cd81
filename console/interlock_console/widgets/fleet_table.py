"""The fleet as a table: filtered, sorted, in groups where asked for, with marks; columns by the room there is."""

import time
from collections.abc import Callable, Iterable

from interlock.reserved import CANARY
from interlock.runs import RunState
from interlock.words import Need, need
from interlock_console.filters import Filter
from interlock_console.grouping import Group, gather, is_group, most_in_need, recount
from interlock_console.habits import Habits
from interlock_console.reading import ENDED
from interlock_console.sorting import BY_NEED, Sort
from interlock_console.state import bucket
from interlock_console.widgets.columns import Column, dollars, group_pieces, layout, short, tokens
from interlock_console.widgets.ink import Piece, Pieces, fit
from interlock_console.widgets.lines import Lines

__all__ = ["DRIFT", "NEEDS_A_PERSON", "FleetTable", "dollars", "short", "tokens"]

DRIFT = 0.7
"""Seconds for which a key that acts is not taken after the cursor went to another run by itself."""
NEEDS_A_PERSON = Need.LEFT
"""``interlock.words.need`` up to which ``[`` and ``]`` stop at a run."""

_WRITTEN = 300
"""Cells of a row that is copied or saved: every column is there, and what is said is not cut short."""

_Rank = tuple[float | str, int, float, str]


class FleetTable(Lines[str, RunState]):
    """Runs by id. ``sought`` leaves out what does not fit it; ``empty`` is drawn where there is nothing to list.

    In groups, ``order`` also holds the keys of :mod:`interlock_console.grouping`, and the runs of open groups only.
    """

    MARKS = True

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        empty: Callable[[], list[Pieces]] = list,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.sought = Filter()
        self.sort, self.backwards = BY_NEED, False
        self.by = ""
        """What the list is grouped by; empty for no groups."""
        self.hides_ended = False
        self.groups: dict[str, Group] = {}
        self.unfolded: set[str] = set()
        self.habits = Habits()
        self.fitting: list[str] = []
        """The runs that fit, in order, also those in folded groups."""
        self._wall, self._empty = wall, empty
        self._width, self._columns = -1, layout(78)
        self._needs: dict[str, Need] = {}
        self._buckets: dict[str, str] = {}
        self._ranks: dict[str, _Rank] = {}
        self._fits: set[str] = set()
        self._proofs: set[str] = set()
        self._over: set[str] = set()
        self._last_mark = ""
        self.taken = False
        """Whether a person took the cursor. Until then it stays on the top row: on what needs one most."""
        self._drifted = float("-inf")

    # The model.

    def put(self, key: str, row: RunState) -> None:
        """Take a run, what it is sorted by, and whether it fits."""
        self.habits.put(row)
        self._weigh(key, row)
        super().put(key, row)

    def _weigh(self, key: str, row: RunState) -> None:
        wanted = self._needs[key] = need(row)
        self._buckets[key] = bucket(row, wanted)
        self._ranks[key] = (self._rank(row), wanted, -row.started_at, key)
        _keep(self._over, key, wanted in ENDED)
        _keep(self._proofs, key, row.role.raw == CANARY)
        _keep(self._fits, key, self.sought.fits(row, self._wall()))

    def _rank(self, row: RunState) -> float | str:
        return self.habits.rarest(row) if self.sort.by_role else self.sort.rank(row)

    def _forget(self, key: str) -> None:
        self.habits.drop(key)
        for table in (self._needs, self._buckets, self._ranks):
            table.pop(key, None)
        for runs in (self._proofs, self._over, self._fits):
            runs.discard(key)

    def seek(self, sought: Filter) -> None:
        """Show what fits this filter from now on."""
        self.sought = sought
        now, fits = self._wall(), sought.fits
        self._fits = {key for key, row in self.rows.items() if fits(row, now)}
        self.reorder()

    def tick(self) -> None:
        """Let ages go on, and with them what a filter by age leaves; once a second."""
        if self.sought.timed:
            self._moved = True
        if self.groups and self.still:
            for group in self.groups.values():
                recount(group, self.rows, self._buckets)
        self.touch()

    def order_by(self, sort: Sort, backwards: bool = False) -> None:
        """Sort by this from now on, with the cursor on top: who asks for an order wants what it puts first."""
        self.sort, self.backwards = sort, backwards
        self.taken = False
        self._rank_anew()
        self.reorder()

    def _rank_anew(self) -> None:
        rank = self._rank
        self._ranks = {key: (rank(self.rows[key]), *one[1:]) for key, one in self._ranks.items()}

    def group(self, by: str) -> None:
        """Group by this from now on, with every group folded; by nothing where it is empty.

        A cursor that somebody took goes to the group of its run, and from a group to that of its first run, or to
        the run itself; else it stays on top.
        """
        under = self.under
        run = under.runs[0] if under is not None and under.runs else self.run
        self.by = by
        self.unfolded.clear()
        self.reorder()
        place = next((name for name, one in self.groups.items() if run in one.runs), run)
        if self.taken and place is not None and place in self._places:
            self._go(self._places[place])

    def ranked(self) -> Iterable[str]:
        """Return what is shown: the runs that fit in their order, or groups and the runs of the open ones."""
        if self.sought.timed:
            now, fits = self._wall(), self.sought.fits
            self._fits = {key for key, row in self.rows.items() if fits(row, now)}
        for key in self._ranks.keys() - self.rows.keys():
            self._forget(key)
        if self.sort.by_role:
            # What the others of the role did since counts as well.
            self._rank_anew()
        chosen = self._fits - self._over if self.hides_ended else self._fits
        if self._proofs and not self.sought.proofs:
            chosen = chosen - self._proofs
        # From the order of before: where little moved, that is almost sorted.
        kept = [key for key in self.fitting if key in chosen]
        new = chosen.difference(kept) if len(kept) < len(chosen) else ()
        self.fitting = sorted([*kept, *new], key=self._ranks.__getitem__, reverse=self.backwards)
        if not self.by:
            self.groups = {}
            return self.fitting
        self.groups = gather(self.by, self.fitting, self.rows, self._buckets)
        if self.sort is BY_NEED and not self.backwards:
            self.groups = most_in_need(self.groups, self._needs)
        return [key for name, one in self.groups.items() for key in (name, *self._open(name, one))]

    def _open(self, key: str, group: Group) -> list[str]:
        return group.runs if key in self.unfolded else []

    @property
    def listed(self) -> int:
        """How many runs there are to be listed without any filter: all but the ones that prove the brake."""
        return len(self.rows) - (0 if self.sought.proofs else len(self._proofs))

    @property
    def hidden_ended(self) -> int:
        """How many runs that fit are left out because they have ended."""
        return len((self._fits & self._over) - self._proofs) if self.hides_ended else 0

    @property
    def odd(self) -> int:
        """How many runs that go on call a tool which no other run of their role calls."""
        return len(self.habits.odd().difference(self._over))

    @property
    def newcomers(self) -> int:
        """How many runs that fit are not in a kept list."""
        return len(self._fits.difference(self.fitting, self._proofs)) if self.kept else 0

    @property
    def mark_counts(self) -> tuple[int, int]:
        """How many runs are marked, and how many of those are not in the list because of the filter."""
        marks = self.marks & self.rows.keys()
        return len(marks), len(marks.difference(self.fitting)) if marks else 0

    def reorder(self) -> None:
        """Make the order anew; a cursor that nobody took goes to the top of it."""
        before = self.cursor
        super().reorder()
        if not self.taken:
            self._go(0)
        if before is not None and self.cursor != before:
            self._drifted = self._clock()

    # The cursor.

    @property
    def run(self) -> str | None:
        """The run under the cursor, None on a group and in an empty list."""
        return None if is_group(self.cursor) else self.cursor

    @property
    def under(self) -> Group | None:
        """The group under the cursor, None on a run."""
        return self.groups.get(self.cursor or "")

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
        """Open the run under the cursor; unfold the group under it, or fold it again."""
        self.take()
        if self.cursor is not None and is_group(self.cursor):
            self.unfolded ^= {self.cursor}
            self.reorder()
            return
        super().action_open()

    def needy(self, by: int) -> bool:
        """Put the cursor on the next or the last run before it that needs a person. Return False if there is none."""
        order, needs = self.order, self._needs
        here = self.place
        after = range(here + 1, len(order)) if by > 0 else range(here - 1, -1, -1)
        around = range(here + 1) if by > 0 else range(len(order) - 1, here - 1, -1)
        for places in (after, around):
            for place in places:
                if needs.get(order[place], Need.OVER) <= NEEDS_A_PERSON:
                    return self.go(order[place])
        return False

    # Marks.

    def action_mark(self) -> None:
        """Mark the run under the cursor, or all of the group under it; take the marks away if all have one."""
        self.take()
        if self.cursor is None:
            return
        group = self.under
        runs = set(group.runs) if group else {self.cursor}
        self.marks = self.marks - runs if runs <= self.marks else self.marks | runs
        self._last_mark = self.cursor
        self._go(self.place + 1)
        self.refresh()

    def mark_range(self) -> bool:
        """Mark what is listed from the last mark to the cursor. Return False where the last mark is not listed."""
        self.take()
        start, end = self._places.get(self._last_mark, -1), self.place
        if start < 0 or end < 0:
            return False
        listed = self.order[min(start, end) : max(start, end) + 1]
        self.marks |= {key for key in listed if not is_group(key)}
        self._last_mark = self.cursor or ""
        self.refresh()
        return True

    def mark_fitting(self) -> None:
        """Mark every run that fits, also in folded groups."""
        self.take()
        self.marks |= set(self.fitting)
        self.refresh()

    def unmark(self) -> None:
        """Take every mark away."""
        self.marks.clear()
        self._last_mark = ""
        self.refresh()

    def marked(self) -> tuple[str, ...]:
        """Return the marked runs that are known: first those that fit, in their order, then the others by id."""
        marks = (self.marks & self.rows.keys()) - self._gone
        shown = [key for key in self.fitting if key in marks]
        others = sorted(marks.difference(shown))
        return (*shown, *others)

    # Painting.

    def columns(self, width: int) -> list[tuple[Column, int]]:
        """Return the columns that fit into so many cells, with the width of each."""
        if width != self._width:
            self._width, self._columns = width, layout(width)
        return self._columns

    def heads(self, width: int) -> Pieces:
        """Return the line above the table."""
        names = [fit(column.name, size, right=column.right) for column, size in self.columns(width - 2)]
        return [("  " + " ".join(names), "dim")]

    def line(self, key: str, width: int) -> Pieces:
        """Return the row of a run, or of a group."""
        group = self.groups.get(key)
        if group is not None:
            return group_pieces(group, self.by, key not in self.unfolded, width)
        return super().line(key, width)

    def pieces(self, key: str, row: RunState, width: int) -> Pieces:
        """Return one run."""
        del key
        now = self._wall()
        pieces: list[Piece] = []
        for column, size in self.columns(width):
            text, tone = column.draw(row, now)
            if column.name == "FLAGS" and self.habits.alone(row):
                text, tone = f"{text} ODD".lstrip(), "fault"
            pieces += [(column.text(text, size), tone), (" ", "text")]
        return pieces[:-1]

    def text_of(self, key: str) -> str:
        """Return a run or a group as plain visible text, wide enough for everything in it."""
        if key in self.groups:
            return "".join(text for text, _ in self.line(key, _WRITTEN)).rstrip()
        row = self.rows.get(key)
        return "" if row is None else "".join(text for text, _ in self.pieces(key, row, _WRITTEN)).rstrip()

    def copied(self) -> str:
        """Return the marked runs, also those the filter does not show, else the row under the cursor."""
        chosen = self.marked() or ((self.cursor,) if self.cursor else ())
        return "\n".join(map(self.text_of, chosen))

    def written(self) -> Iterable[str]:
        """Return the names of the columns and every run that fits as plain visible text, in order."""
        yield "".join(text for text, _ in self.heads(_WRITTEN + 2))[2:].rstrip()
        yield from map(self.text_of, list(self.fitting))

    def nothing(self, width: int) -> list[Pieces]:
        """Return what is said in an empty table."""
        del width
        return self._empty()


def _keep(runs: set[str], key: str, found: bool) -> None:
    if found:
        runs.add(key)
    else:
        runs.discard(key)
