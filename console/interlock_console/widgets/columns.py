"""The columns of the fleet: which of them there are at a width, how wide, and what each says of a run or a group."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.words import flags, word
from interlock_console.grouping import Group
from interlock_console.output import age
from interlock_console.reading import over, unbegun
from interlock_console.state import BUCKETS
from interlock_console.widgets.ink import TROUBLE, Piece, cells_of, fit, said

__all__ = ["COLUMNS", "Column", "dollars", "group_pieces", "layout", "short", "tokens"]

_WIDE = 94
"""Cells of the table from which there is room for more than what a laptop shows."""
_DOING = 28
"""Cells that what a run does gets before anything else grows."""
_BLANKS = re.compile(r"[ \t\r\n]+")
_LATER = {"UNKNOWN": "UNK", "DENIED": "DENY"}
_TONES = {**TROUBLE, "RUN": "live", "SHADOW": "shadow", "ASKS": "held"}


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
    named: bool = False
    """Whether it is a name: those of a fleet begin alike and end alike, so both ends are kept and the middle is cut."""

    def text(self, text: str, width: int) -> str:
        """Return a text of this column on exactly ``width`` cells."""
        return fit(_ends(text, width) if self.named else text, width, right=self.right)


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


def _ends(text: str, width: int) -> str:
    if len(text) <= width or width < 6 or not text.replace("\u2026", "").isascii():
        # Only of ASCII is the end of a text sure to be what stands at its end.
        return text
    tail = text[-(width // 3) :]
    return said(text, width - len(tail)) + tail


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
    if state.waiting and word(state).word == "ASKS":
        wanted = next(iter(state.proposed.values()), None)
        more = f"+{len(state.waiting) - 1} " if len(state.waiting) > 1 else ""
        return f"{more}asks: {said(wanted[0], 40) if wanted else 'a person'}", "held"
    if state.stop and unbegun(state):
        return f"never began: {shorten(state.order)} by {said(state.by, 40)}", "still"
    # A line break is a blank here, as in the trace: the cells are few, and the run's own page has the text as it is.
    return said(_BLANKS.sub(" ", state.said.raw[:400]), 120), "dim"


def _age(state: RunState, now: float) -> tuple[str, str]:
    return age((state.last_at if over(state) else now) - state.started_at), "text"


def _flags(state: RunState, _: float) -> tuple[str, str]:
    found = flags(state)
    calm = "shadow" if state.shadowed else "quiet"
    return " ".join(map(short, found)), calm if all(flag.isalpha() for flag in found) else "fault"


def _hand(state: RunState, _: float) -> tuple[str, str]:
    notes = f"{state.notes}n" if state.notes else ""
    if not state.claimed_by:
        return notes, "dim"
    return f"{notes} {said(state.claimed_by, 40)}".lstrip(), "key"


def _errors(state: RunState, _: float) -> tuple[str, str]:
    return str(state.errors or "-"), "fault" if state.errors else "text"


def _model(state: RunState, _: float) -> tuple[str, str]:
    return said(state.model_served or state.model_asked, 60), "dim"


COLUMNS = (
    Column("STATE", 11, 11, 0, _state),
    Column("RUN", 8, 8, 0, lambda state, _: (shorten(state.run), "head")),
    Column("AGENT", 14, 18, 0, lambda state, _: (said(state.agent, 60), "text"), named=True),
    Column("ROLE", 13, 20, 4, lambda state, _: (said(state.role, 60), "head"), since=_WIDE, named=True),
    Column("MODEL", 10, 16, 9, _model, since=130, named=True),
    Column("DOING", 16, 200, 0, _doing),
    Column("AGE", 6, 6, 2, _age, right=True),
    Column("CALL", 4, 5, 10, lambda state, _: (str(state.calls or "-"), "text"), right=True, since=130),
    Column("ERR", 3, 4, 8, _errors, right=True, since=110),
    Column(
        "TOK", 5, 5, 6, lambda state, _: (tokens(state.tokens_in + state.tokens_out), "text"), True, since=110
    ),
    Column("COST", 5, 6, 3, lambda state, _: (dollars(state.cost), "text"), right=True),
    Column("HAND", 4, 12, 7, _hand, since=90),
    Column("FLAGS", 8, 12, 1, _flags),
)


def layout(width: int) -> list[tuple[Column, int]]:
    """Return the columns that fit into so many cells, with the width of each. The same for the same width, always."""
    chosen = [column for column in COLUMNS if column.since <= width]
    while sum(column.least + 1 for column in chosen) - 1 > width and any(column.rank for column in chosen):
        chosen.remove(max(chosen, key=lambda column: column.rank))
    spare = width - sum(column.least + 1 for column in chosen) + 1
    widths = {column.name: column.least for column in chosen}
    # What a run does comes first where there is room at all; an empty hand beside a cut sentence helps nobody.
    widths["DOING"] += (first := max(0, min(spare, _DOING - widths["DOING"])) if width >= _WIDE else 0)
    spare -= first
    for column in sorted(chosen, key=lambda column: column.most):
        more = max(0, min(spare, column.most - widths[column.name]))
        widths[column.name] += more
        spare -= more
    return [(column, widths[column.name]) for column in chosen]


def group_pieces(group: Group, by: str, folded: bool, width: int) -> list[Piece]:
    """Return the row of a group: its name, how many runs, what is wrong with how many, in flight, and the cost."""
    name = said(group.name, 40) if group.name else f"no {by}"
    size = len(group.runs)
    sign, runs = "+" if folded else "-", f"{size:>5} run{' ' if size == 1 else 's'} "
    front = f"{sign} {fit(name, 16 if width < _WIDE else 24)} {runs}"
    end = f"{group.flying:>4} in flight {dollars(group.cost):>6}"
    room = width - len(end)
    pieces: list[Piece] = [(front, "head")]
    used = cells_of(pieces)
    for bucket in BUCKETS:
        text = f" {bucket} {group.counts[bucket]}"
        if group.counts[bucket] and used + len(text) < room:
            pieces.append((text, _TONES.get(bucket, "quiet")))
            used += len(text)
    return [*pieces, (" " * max(1, room - used), "text"), (end, "text")]
