"""The orders of the fleet, each with the letter that picks it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from interlock.runs import RunState
from interlock.words import need
from interlock_console.reading import ended

__all__ = ["BY_NEED", "SORTS", "Rank", "Sort", "named"]

Rank = tuple[object, ...]
"""What a run is sorted by: smaller is further up. Equal runs stand by need, the newest first, then by id."""


@dataclass(frozen=True, slots=True)
class Sort:
    """One order: the ``letter`` of the menu, its name, what line 2 says of it, and what it compares."""

    letter: str
    name: str
    says: str
    reversed: str
    rank: Callable[[RunState], float | str]
    by_role: bool = False
    """Whether it compares a run with the others of its role; then the list ranks it by its own counts of them."""


def _age(state: RunState) -> float:
    """Runs that are over stand behind all others: their age says nothing of what goes on."""
    return state.started_at + (1e12 if ended(state) else 0.0)


SORTS = (
    Sort("n", "need", "what needs a person first", "what needs a person last", need),
    Sort("a", "age", "the oldest first", "the newest first", _age),
    Sort("c", "cost", "the most expensive first", "the cheapest first", lambda state: -state.cost),
    Sort("t", "tokens", "most tokens first", "fewest tokens first", lambda s: -(s.tokens_in + s.tokens_out)),
    Sort("l", "calls", "most calls first", "fewest calls first", lambda state: -state.calls),
    Sort("e", "errors", "most errors first", "fewest errors first", lambda state: -state.errors),
    Sort("g", "agent", "by agent", "by agent, from the end", lambda state: state.agent.raw.casefold()),
    Sort(
        "o",
        "odd",
        "tools that few of the role call first",
        "tools that most of the role call first",
        need,
        True,
    ),
    Sort("h", "change", "the last change first", "the longest quiet first", lambda state: -state.last_at),
)
BY_NEED = SORTS[0]


def named(name: str) -> Sort | None:
    """Return the order of this name, or whose name begins so; None if there is none, or more than one."""
    exact = [sort for sort in SORTS if sort.name == name.casefold()]
    found = exact or [sort for sort in SORTS if name and sort.name.startswith(name.casefold())]
    return found[0] if len(found) == 1 else None
