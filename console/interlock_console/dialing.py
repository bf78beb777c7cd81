"""Dials in words, for line 1, the ticker and the dialog: what is held back, by whom, and whom that reaches. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from interlock.levels import LEVELS
from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console import aim
from interlock_console.aim import Aim

__all__ = [
    "DOES",
    "Reach",
    "bare",
    "came",
    "in_force",
    "line",
    "of_scope",
    "over",
    "place",
    "reach",
    "told",
    "tone",
]

Json = dict[str, Any]

DOES = {
    "stopped": "no call of it starts, model calls neither",
    "read-only": "reads start; writes and danger calls are denied",
    "shadow": "no write or danger call is run; what it would do is told",
    "ask": "a person decides each write and danger call",
    "auto": "holds nothing back; what the policy says still holds",
}
"""What each level means for what starts from then on. A call that is in flight goes on."""

_LOW = ("stopped", "read-only")


def place(level: object) -> int:
    """Return how high a level is; one nobody knows counts as the lowest."""
    return LEVELS.index(str(level)) if level in LEVELS else 0


def _lowest(dials: Sequence[Json]) -> Json:
    return min(dials, key=lambda dial: (place(dial.get("level")), -float(dial.get("at") or 0)))


def line(dials: Sequence[Json], names: int) -> str:
    """Return ``DIAL role support-agent shadow``: the lowest, and how many; without cells for a name only the count."""
    if not dials:
        return ""
    if not names:
        return f"DIAL {len(dials)}"
    first = _lowest(dials)
    of = aim.words(first.get("scope"), names)
    many = f"{len(dials)} DIALS:" if len(dials) > 1 else "DIAL"
    return f"{many} {of} {visible_line(str(first.get('level')), 10)}"


def bare(dials: Sequence[Json]) -> str:
    """Return ``DIAL shadow``: the lowest level alone, where there is room for no name; ``DIAL 2 shadow`` of several."""
    if not dials:
        return ""
    level = visible_line(str(_lowest(dials).get("level")), 10)
    return f"DIAL {len(dials)} {level}" if len(dials) > 1 else f"DIAL {level}"


def tone(dials: Sequence[Json]) -> str:
    """Return the tone of line 1's word: louder where nothing with an effect starts at all."""
    return "alarm" if any(dial.get("level") in _LOW for dial in dials) else "held"


def came(before: Sequence[Json], now: Sequence[Json]) -> list[tuple[str, str]]:
    """Return (text, tone) for the ticker of every dial that was turned, whoever turned it."""
    was, are = ({_key(dial): dial for dial in dials} for dials in (before, now))
    said = [
        (_turned(dial, was.get(key)), tone([dial]))
        for key, dial in are.items()
        if key not in was or was[key].get("order") != dial.get("order")
    ]
    return said + [
        (f"dial of {aim.words(was[key].get('scope'))} holds nothing back any more", "text")
        for key in was
        if key not in are
    ]


def _key(dial: Json) -> str:
    return repr(dial.get("scope"))


def _turned(dial: Json, before: Json | None) -> str:
    was = f" (was {visible_line(str(before.get('level')), 10)})" if before else ""
    level, by = visible_line(str(dial.get("level")), 10), visible_line(str(dial.get("by")), 40)
    return f"dial of {aim.words(dial.get('scope'))} at {level}{was} by {by}: {_why(dial)}"


def _why(dial: Json) -> str:
    return visible_line(str(dial.get("reason") or dial.get("cause") or "no reason given"), 120)


def told(dial: Json, ago: str) -> str:
    """Return who turned a dial, when and why, in visible words."""
    by, order = visible_line(str(dial.get("by")), 40), visible_line(str(dial.get("order")), 24)
    return f"{visible_line(str(dial.get('level')), 10)} by {by} {ago} ago, {order}: {_why(dial)}"


def of_scope(dials: Iterable[Json], whom: Aim) -> Json | None:
    """Return the dial of this very scope, None where there is none."""
    return next((dial for dial in dials if dial.get("scope") == whom.scope), None)


def in_force(scope: Json, was: str, dials: Sequence[Json], autonomy: str) -> str:
    """Return what held before and what holds now, each with what it is by; empty where the scope's own dial says it.

    ``was`` is where its own dial stood, ``dials`` are those of now, ``autonomy`` is the level that the policy gives
    this role, empty for none or where the scope is no role. The lowest is in force.
    """
    others = [
        (str(dial["level"]), f"the dial of {aim.words(dial['scope'])}")
        for dial in dials
        if _wider(dial, scope)
    ]
    if autonomy:
        role = visible_line(str(scope.get("role")), 40)
        others.append((autonomy, f"the policy's roles.{role}.autonomy"))
    own = next((str(dial["level"]) for dial in dials if dial["scope"] == scope), "auto")
    before, now = (
        min([(level, "its own dial"), *others], key=lambda each: place(each[0])) for level in (was, own)
    )
    if before[0] == was and now[0] == own:
        return ""
    by = "the same" if now == before else now[1]
    return f"in force was {before[0]}, by {before[1]}; now it is {now[0]}, by {by}"


def _wider(dial: Json, scope: Json) -> bool:
    return "fleet" in dial["scope"] and "fleet" not in scope


def over(state: RunState, whom: Aim) -> bool:
    """Return whether a dial of this scope reaches a run, as far as its own names tell; a tool is one that it called."""
    if whom.kind == "tool":
        return whom.name in state.tools or any(call[0] == whom.name for call in state.flying.values())
    return aim.reaches(whom, state)


class Reach(NamedTuple):
    """What a dial is about now: runs that go on, by the level they are at, and calls in flight by class."""

    runs: int
    levels: Counter[str]
    flying: Counter[str]

    def lower(self, level: str) -> int:
        """Return how many of the runs stand above a level: those that would go down to it."""
        return sum(count for name, count in self.levels.items() if place(name) > place(level))


def reach(states: Iterable[RunState], whom: Aim) -> Reach:
    """Count the runs of a scope that have not ended, and what they have in flight (of a tool: calls of it)."""
    levels, flying, runs = Counter[str](), Counter[str](), 0
    for state in states:
        if state.stop or state.phase == "finished" or not over(state, whom):
            continue
        runs += 1
        levels[
            "shadow" if state.mode == "shadow" and place(state.level) > place("shadow") else state.level
        ] += 1
        calls = (call for call in state.flying.values() if whom.kind != "tool" or call[0] == whom.name)
        flying.update(str(call[1]) for call in calls)
    return Reach(runs, levels, flying)
