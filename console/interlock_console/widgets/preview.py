"""The run under the cursor in a few lines: what it is for, how it stands, what it does, what was ordered."""

from collections.abc import Sequence
from typing import Any

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.text import cells
from interlock.words import flags, phrase, word
from interlock_console import rules
from interlock_console.grouping import Group
from interlock_console.habits import Habits
from interlock_console.output import age, clock
from interlock_console.state import BUCKETS
from interlock_console.widgets.board import Board
from interlock_console.widgets.columns import dollars, tokens
from interlock_console.widgets.ink import Piece, Pieces, said, wrap

__all__ = ["Preview"]

_LABEL = 9
_LOST = "K kills: should it come back, nothing new of it starts"
_GROUP_KEYS = "enter unfolds it, space marks all of it"
_LOW = 8
"""Lines below which only the most important is said."""


class Preview(Board):
    """``state`` is what is previewed, ``stale`` the word to mark it with, ``events`` one line each, newest last."""

    def __init__(self, *, rule: str = "\u2500", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.state: RunState | None = None
        self.group: Group | None = None
        """The group under the cursor, with ``by`` what it is a group of; then there is no run."""
        self.by = ""
        self.habits = Habits()
        """What runs of a role call."""
        self.stale = ""
        self.now = 0.0
        self.events: Sequence[tuple[float, str, str]] = ()
        self._rule = rule

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the few lines of a low pane, or all of a tall one."""
        state = self.state
        if self.group is not None:
            name = said(self.group.name or f"no {self.by}", width // 2)
            return [self._title(f"{self.by} {name}", width), *_of_group(self.group, width)]
        if state is None:
            return [self._title("", width)]
        if height < _LOW:
            name = said(f"{state.run}  {state.agent} as {state.role}", max(18, width - 20))
            return [self._title(name, width), *self._few(state, width)]
        return [self._title(state.run, width), *self._many(state, width, height - 1)]

    def _title(self, of: str, width: int) -> Pieces:
        name = f" {of} " if of else ""
        stale = f" {self.stale} " if self.stale else ""
        rest = max(0, width - 3 - cells(name) - cells(stale) - 3)
        return [
            (self._rule * 3, "dim"),
            (name, "head"),
            (self._rule * rest, "dim"),
            (stale, "alarm"),
            (self._rule * 3, "dim"),
        ]

    def _few(self, state: RunState, width: int) -> list[Pieces]:
        room = width - _LABEL - 2
        doing = _flying_line(state, self.now) or (
            f'"{said(state.said, room - 2)}"' if state.said else "nothing yet"
        )
        last = _fact("doing", said(doing, room))
        if word(state).word == "LOST":
            last = _fact("what now", said(_LOST, room), "held")
        elif alone := self._alone(state):
            last = _fact("ODD", said(alone, room), "fault")
        return [
            [(f" {word(state).word:<{_LABEL - 1}}", word(state).tone), *self._stands(state)],
            _fact("goal", said(state.goal, room)),
            last,
        ]

    def _alone(self, state: RunState) -> str:
        tools = self.habits.alone(state)
        if not tools:
            return ""
        names = ", ".join(said(tool, 40) for tool in tools[:3])
        others = self.habits.size(state) - 1
        return f"{names}: called by none of the other {others} runs of role {said(state.role, 40)}"

    def _stands(self, state: RunState) -> list[Piece]:
        pieces: list[Piece] = [(phrase(state), word(state).tone)]
        if state.by and (state.stop or state.hold):
            pieces.append((f", by {said(state.by, 30)}", "text"))
        return [*pieces, *((f"  {flag}", "fault") for flag in flags(state))]

    def _many(self, state: RunState, width: int, height: int) -> list[Pieces]:
        room = width - _LABEL - 2
        lines: list[Pieces] = [_fact("agent", said(f"{state.agent} as {state.role}", room), "head")]
        lines += _wrapped("state", phrase(state), word(state).tone, room, 2)
        if word(state).word == "LOST":
            lines += _wrapped("what now", _LOST, "held", room, 3)
        if flags(state):
            lines.append(_fact("flags", "  ".join(flags(state)), "fault"))
        lines += _wrapped("ODD", self._alone(state), "fault", room, 3) if self.habits.alone(state) else []
        if state.by and (state.stop or state.hold):
            lines.append(_fact("order", f"{shorten(state.order)} by {said(state.by, 30)}"))
        lines += _wrapped("goal", state.goal, "text", room, 4)
        if state.success:
            lines += _wrapped("success", state.success, "text", room, 2)
        lines += self._facts(state, room)
        lines += self._air(state, room)
        if state.said:
            lines += _wrapped("said", state.said, "text", room, 5)
        return [*lines, *self._tail(width, height - len(lines))]

    def _facts(self, state: RunState, room: int) -> list[Pieces]:
        asked, served = said(state.model_asked, 30), said(state.model_served, 30)
        model = asked if not served or served == asked else f"{asked}, served {served}"
        spent = f"{tokens(state.tokens_in)} in, {tokens(state.tokens_out)} out, {dollars(state.cost)}"
        lines = [
            _fact("model", said(model or "model calls not gated", room)),
            *_wrapped(
                "calls", f"{state.calls}, {state.errors} failed, {state.denied} denied", "text", room, 1
            ),
            *_wrapped("spent", spent, "text", room, 1),
            _fact(
                "gates",
                " ".join(map(shorten, state.gates)) or "none connected",
                "text" if state.gates else "held",
            ),
        ]
        if told := rules.under(state):
            lines.append(_fact("policy", said(told, room), "shadow" if state.shadowed else "text"))
        if state.claimed_by:
            lines.append(_fact("in hand", said(f"of {state.claimed_by}", room), "key"))
        if state.last_note:
            lines.append(_fact(f"note {state.notes}", said(state.last_note, room)))
        if state.parent:
            lines.append(_fact("parent", said(state.parent, room)))
        return lines

    def _air(self, state: RunState, room: int) -> list[Pieces]:
        lines: list[Pieces] = []
        for tool, cls, since in list(state.flying.values())[:4]:
            text = f"{said(tool, room - 24)} ({said(str(cls))}) {age(self.now - since)}"
            lines.append(_fact("" if lines else "in flight", text, "live"))
        if not lines:
            lines.append(_fact("in flight", "no gated call", "dim"))
        unknown = [f"{said(tool, room - 20)}: outcome not known" for tool in list(state.unknown.values())[:3]]
        return [*lines, *(_fact("unknown", text, "fault") for text in unknown)]

    def _tail(self, width: int, room: int) -> list[Pieces]:
        if room < 3:
            return []
        lines: list[Pieces] = [(), [(" newest events", "dim"), (", enter shows all", "dim")]]
        for at, label, text in self.events[-(room - 2) :]:
            when = f" {clock(at)[:8]} "
            lines.append(
                [(when, "dim"), (f"{label:<8} ", "key"), (said(text, max(4, width - len(when) - 10)), "text")]
            )
        return lines


def _of_group(group: Group, width: int) -> list[Pieces]:
    room = width - _LABEL - 2
    counts = ", ".join(f"{bucket} {group.counts[bucket]}" for bucket in BUCKETS if group.counts[bucket])
    spent = dollars(group.cost) if group.cost else "nothing"
    return [
        *_wrapped("runs", f"{len(group.runs)}: {counts}", "text", room, 2),
        _fact("now", said(f"{_calls(group.flying)} in flight, {spent} spent", room)),
        *_wrapped("keys", _GROUP_KEYS, "dim", room, 2),
    ]


def _calls(count: int, how: str = "") -> str:
    return f"{count}{how} call{'s' * (count != 1)}"


def _fact(label: str, text: str, tone: str = "text") -> Pieces:
    return [(f" {label:<{_LABEL}} ", "dim"), (text, tone)]


def _wrapped(label: str, text: Any, tone: str, room: int, most: int) -> list[Pieces]:
    return [_fact(label if not at else "", line, tone) for at, line in enumerate(wrap(text, room, most))]


def _flying_line(state: RunState, now: float) -> str:
    calls = [
        f"{said(tool, 40)} ({said(str(cls))}) {age(now - since)}"
        for tool, cls, since in state.flying.values()
    ]
    return ", ".join(calls[:3])
