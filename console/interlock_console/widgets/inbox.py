"""The list of what waits for people, one row a call or a group of identical ones, and the line above it."""

from collections.abc import Callable, Iterable
from typing import Any

from interlock.ids import shorten
from interlock.text import visible_line
from interlock_console.inbox import words
from interlock_console.inbox.facts import deciding
from interlock_console.inbox.rows import BELOW, Row
from interlock_console.output import clock
from interlock_console.widgets.board import Board
from interlock_console.widgets.card import CardBoard
from interlock_console.widgets.ink import Pieces, fit
from interlock_console.widgets.lines import Lines

__all__ = ["InboxBar", "InboxHeads", "InboxList", "floods", "limits"]

Json = dict[str, Any]

_WIDE = 96
_SOON = 60.0
_CLASSES = {"danger": "alarm", "write": "held", "read": "text"}


def _widths(width: int) -> tuple[int, int, int, int]:
    """Return cells for class, time left, agent and tool; the arguments get the rest."""
    return (6, 9, 14, 14) if width < _WIDE else (6, 9, 20, 22)


class InboxList(Lines[str, Row]):
    """Rows by the id of the call, or of the group. The order is the hub's: danger first, then the least time left."""

    MARKS = True

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._now = now
        self.waits = False
        """Whether any row is of a call that waits."""
        self.why: list[Pieces] = []
        """What an empty list says."""

    def show(self, rows: dict[str, Row]) -> None:
        """Show these rows, in this order; a list that must hold still keeps its order and membership."""
        self.waits = any(row.waits for row in rows.values())
        for key in [key for key in self.rows if key not in rows]:
            self.drop(key)
        ordered = list(rows) == [key for key in self.rows if key in rows]
        for key, row in rows.items():
            if self.rows.get(key) != row:
                self.put(key, row)
        if not ordered:
            self.rows = {key: self.rows[key] for key in (*rows, *self._gone)}
            self._moved = True

    def nothing(self, width: int) -> list[Pieces]:
        """Say why there is nothing."""
        del width
        return self.why

    def pieces(self, key: str, row: Row, width: int) -> Pieces:
        """Return class, time left or outcome, who, what, and the facts that decide."""
        if key == BELOW:
            first = "" if self.waits else "nothing waits; "
            return [(fit(f"-- {first}decided, the newest first ", width), "dim")]
        found = row.first
        cls, left, agent, tool = _widths(width)
        used = cls + left + agent + tool + 4
        names: Pieces = [
            (f"{fit(str(found['agent']), agent)} ", "text"),
            (f"{fit(str(found['tool']), tool)} ", "head"),
        ]
        if not row.waits:
            return [
                (f"{fit(str(found['cls']), cls)} ", "dim"),
                *_ended(found, left),
                *names,
                *_last(found, width - used),
            ]
        seconds = row.left(self._now())
        soon = seconds is not None and seconds < _SOON
        told = fit(words.left(seconds, bool(found["held"])), left, right=True)
        front: Pieces = [
            (f"{fit(str(found['cls']).upper(), cls)} ", _CLASSES.get(str(found["cls"]), "text")),
            (f"{told} ", "alarm" if soon else "held" if found["held"] else "text"),
        ]
        many = f"x{len(row.members)} " if row.folded else ""
        votes = f"[{words.counted(found)}] " if words.counted(found) else ""
        tail = fit(deciding(found), max(4, width - used - len(many) - len(votes)))
        return [*front, *names, (many, "mark"), (votes, "key"), (tail, "text")]


def _ended(found: Json, left: int) -> Pieces:
    return [(f"{fit(words.became(found), left)} ", words.tone(found))]


def _last(found: Json, width: int) -> Pieces:
    """Return why, or what ran, and who decided it when: what is cut first is the time."""
    told = deciding(found) if found["state"] in ("used", "approved") else str(found["reason"] or "")
    late = found["state"] == "timed_out"
    by = f"  by {found['decided_by']}" if found["decided_by"] and not late else ""
    return [(fit(f"{told}{by}  {clock(float(found['decided_at'] or 0))[:8]}".lstrip(), max(4, width)), "dim")]


class InboxHeads(Board):
    """The names of the columns."""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return them, as wide as the list."""
        del height
        cls, left, agent, tool = _widths(width - 2)
        names = (fit("CLASS", cls), fit("LEFT", left, right=True), fit("AGENT", agent), fit("TOOL", tool))
        return [[(fit(f"  {' '.join(names)} ARGUMENTS", width), "dim")]]


class InboxBar(CardBoard):
    """How much waits, the pace at which people decide, and below it where there is too much of it."""


def floods(paces: Iterable[Json]) -> list[str]:
    """Return a sentence for each pace of the policy that people are asked faster than."""
    return [
        f"FLOOD {visible_line(str(one['role']), 40)}: asked {one['per_h']} times in the last hour, its pace is "
        f"{one['pace']}; :dial lets it ask less"
        for one in paces
        if one["per_h"] > one["pace"]
    ]


def limits(waiting: Iterable[Json], run_max: int, agent_max: int) -> list[str]:
    """Return a sentence for each agent and run of which no more calls may wait: further ones are refused."""
    agents: dict[str, int] = {}
    runs: dict[str, int] = {}
    for found in waiting:
        agents[str(found["agent"])] = agents.get(str(found["agent"]), 0) + 1
        runs[str(found["run"])] = runs.get(str(found["run"]), 0) + 1
    told = [
        f"LIMIT {visible_line(name, 40)}: {count} of {agent_max} wait, more are refused"
        for name, count in agents.items()
        if count >= agent_max
    ]
    return told + [
        f"LIMIT {shorten(run)}: {count} of {run_max} wait, more are refused"
        for run, count in runs.items()
        if count >= run_max
    ]
