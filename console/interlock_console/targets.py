"""The targets of an order as a table: how each stands, what is in flight, what it did last. Pure."""

from collections.abc import Sequence

from interlock.runs import RunState
from interlock.text import Untrusted, visible_line
from interlock.words import word
from interlock_console.combined import Row
from interlock_console.widgets.ink import Piece, Pieces, fit

__all__ = ["calls", "heads", "laid", "last", "row", "state"]

_HEADS = ("run", "agent", "state", "in flight", "did last")
_ID, _STATE = 18, 10
"""Cells of a whole id and of the longest word for a state with the mark of a shadow: neither is ever cut."""
_NAMED = 3
"""Calls in flight that are named; all are counted."""
_NOTHING = "-"


def row(label: str, tone: str, run: str, who: tuple[Untrusted | str, Untrusted | str], *rest: str) -> Row:
    """Return the line of one run: ``who`` is agent and role, ``rest`` (visible) state, calls and what it did last."""
    agent, role = (visible_line(name, 40) for name in who)
    told = (visible_line(run), f"{agent} as {role}", *rest)
    return Row(label, "  ".join(told), tone, run, told)


def state(known: RunState | None, phase: str = "") -> str:
    """Return how a run stands in one word: as the feed tells, else the ``phase`` the hub told."""
    if known is None:
        return visible_line(phase, _STATE) or _NOTHING
    how = word(known)
    return f"{how.word}{how.mark if known.shadowed else ''}"


def calls(flying: Sequence[tuple[str, Untrusted | str]], more: int = 0) -> str:
    """Return calls in flight, the class before the tool: ``write refund``, ``2: write refund, read find``."""
    many = f"{len(flying) + more}: " if len(flying) + more > 1 else ""
    return (
        many + ", ".join(f"{visible_line(cls, 8)} {visible_line(tool, 20)}" for cls, tool in flying[:_NAMED])
        or _NOTHING
    )


def last(known: RunState | None, under: str | None = None) -> str:
    """Return whose order stops a run, which tool it called last, and as whose child it is reached."""
    if known is None:
        return f"under {visible_line(under, _ID)}" if under else _NOTHING
    whose = f"{visible_line(known.by, 20)}'s order; " if known.stop else ""
    tool = visible_line(known.tool, 20) if known.tool.raw else "no call yet"
    return whose + tool + (f", under {visible_line(under, _ID)}" if under else "")


def heads(width: int) -> list[Piece]:
    """Return the names of the columns for so many cells."""
    return [(text, "dim") for text in _fitted(_HEADS, width)]


def laid(cells: Sequence[str], tone: str, width: int) -> Pieces:
    """Return one line of the table."""
    return [(text, tone) for text in _fitted(cells, width)]


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    rest = max(12, width - _ID - _STATE - 4)
    agent, flight = rest * 3 // 10, rest * 7 // 20
    widths = (_ID, agent, _STATE, flight, rest - agent - flight)
    given = [*cells, *[""] * (len(widths) - len(cells))]
    return [
        fit(cell, room) + " " * (at < len(widths) - 1)
        for at, (cell, room) in enumerate(zip(given, widths, strict=True))
    ]
