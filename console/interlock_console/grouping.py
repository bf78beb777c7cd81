"""The groups of the fleet: by agent, role, model or tool, and what is said of one. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from interlock.runs import RunState
from interlock.words import Need
from interlock_console.reading import in_use

__all__ = ["GROUPS", "MARK", "Group", "gather", "is_group", "key_of", "most_in_need", "next_group", "recount"]

GROUPS: dict[str, Callable[[RunState], str]] = {
    "role": lambda state: state.role.raw,
    "agent": lambda state: state.agent.raw,
    "model": lambda state: state.model_served.raw or state.model_asked.raw,
    "tool": lambda state: in_use(state).raw,
}
"""What the runs of one group have in common, exactly as it was written."""

MARK = "\0"
"""How the key of a group begins in a list of runs: the id of a run never does."""


def key_of(name: str) -> str:
    """Return the key of a group in a list of runs."""
    return MARK + name


def is_group(key: str | None) -> bool:
    """Return whether a key of the list stands for a group."""
    return key is not None and key.startswith(MARK)


@dataclass(slots=True)
class Group:
    """The runs of one name, in the order of the list. ``counts`` is by the words line 1 counts under."""

    name: str
    runs: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    flying: int = 0
    cost: float = 0.0


def gather(
    by: str, order: Iterable[str], rows: Mapping[str, RunState], buckets: Mapping[str, str]
) -> dict[str, Group]:
    """Return the groups by key, the one with the foremost run first. ``order`` is the list without groups."""
    pick = GROUPS[by]
    groups: dict[str, Group] = {}
    for run in order:
        state = rows[run]
        name = pick(state)
        group = groups.get(MARK + name)
        if group is None:
            group = groups[MARK + name] = Group(name)
        group.runs.append(run)
        group.counts[buckets[run]] += 1
        group.flying += len(state.flying)
        group.cost += state.cost
    return groups


def most_in_need(groups: Mapping[str, Group], needs: Mapping[str, Need]) -> dict[str, Group]:
    """Return groups of a list by need with those in front that have the most runs as much in need as their foremost.

    One run of hundreds that repeats itself must not hide a whole role that does.
    """

    def rank(group: Group) -> tuple[Need, int]:
        worst = needs[group.runs[0]]
        return worst, -sum(1 for _ in takewhile(lambda run: needs[run] == worst, group.runs))

    return dict(sorted(groups.items(), key=lambda item: rank(item[1])))


def recount(group: Group, rows: Mapping[str, RunState], buckets: Mapping[str, str]) -> None:
    """Say of the runs of a group how they stand now, without taking any in or letting any go."""
    there = [run for run in group.runs if run in rows]
    group.counts = Counter(buckets[run] for run in there)
    group.flying = sum(len(rows[run].flying) for run in there)
    group.cost = sum(rows[run].cost for run in there)


def next_group(by: str) -> str:
    """Return what the list is grouped by after this, round through no groups at all."""
    names = ["", *GROUPS]
    return names[(names.index(by) + 1) % len(names)]
