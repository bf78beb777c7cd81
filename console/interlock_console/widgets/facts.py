"""What is known of one run, above its trace: how it stands, what it is for, by which model, at what cost."""

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.text import cells
from interlock.words import flags, phrase, word
from interlock_console import rules
from interlock_console.output import age
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Piece, Pieces, said, wrap

__all__ = ["Facts"]

_LABEL = 8
_LOW = 3
"""Lines up to which the success criterion makes room."""


class Facts(Board):
    """Lines about :attr:`state`; ``now`` is Unix seconds. ``children`` are runs that name this one as their parent."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.run = ""
        self.state: RunState | None = None
        self.now = 0.0
        self.children_ids: list[str] = []
        self.nothing = ""
        """What is said while the run is not known: why."""

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return as many lines as there is room for, the most important first."""
        state = self.state
        if state is None:
            return [[(f" {self.run}  ", "head"), (self.nothing, "held")]]
        lines: list[Pieces] = [self._stands(state, width)]
        success = bool(state.success) and height > _LOW
        rest = self._rest(state, width, max(1, height - 2 - success))
        # A goal of more than a line gets what the other facts leave.
        most = max(1, height - 1 - success - len(rest))
        goal = wrap(state.goal, max(8, width - _LABEL - 2), most)
        lines += [_named("goal" if not at else "", [(line, "text")]) for at, line in enumerate(goal)]
        if success:
            lines.append(_named("success", [(said(state.success, max(8, width - _LABEL - 2)), "text")]))
        return [*lines, *rest]

    def _stands(self, state: RunState, width: int) -> Pieces:
        how = word(state)
        left: list[Piece] = [(f" {how.word} {how.mark} ", how.tone), (f" {phrase(state)}", how.tone)]
        if state.by and (state.stop or state.hold):
            left.append((f", ordered by {said(state.by, 40)}", "text"))
        left += [(f"  {flag}", "alarm" if flag.startswith("UNKNOWN") else "fault") for flag in flags(state)]
        right = f"{said(state.agent, 40)} as {said(state.role, 40)}  {self._age(state)} "
        room = width - sum(cells(text) for text, _ in left) - 2
        right = said(right, max(0, room))
        return [*left, (" " * (2 + room - cells(right)), "text"), (right, "head")]

    def _age(self, state: RunState) -> str:
        ended = state.phase == "finished" or state.stop == "confirmed"
        return f"took {age(state.last_at - state.started_at)}" if ended else age(self.now - state.started_at)

    def _rest(self, state: RunState, width: int, room: int) -> list[Pieces]:
        """Return what is left, one fact after another, on ``room`` lines."""
        lines: list[Pieces] = []
        line: list[Piece] = []
        used = 0
        for fact in self._parts(state):
            size = sum(cells(text) for text, _ in fact) + 3
            if line and used + size > width:
                if len(lines) + 1 >= room:
                    break
                lines.append(line)
                line, used = [], 0
            line += [(" ", "text"), *fact, ("  ", "text")]
            used += size
        return [*lines, line][:room]

    def _parts(self, state: RunState) -> list[list[Piece]]:
        parts: list[list[Piece]] = [*_hands(state, self.now), *_rules(state), _model(state)]
        flying = ", ".join(f"{said(entry[0], 40)} ({said(str(entry[1]))})" for entry in state.flying.values())
        if flying:
            over = state.phase != "running"
            parts.insert(
                0,
                [
                    ("no end seen of " if over else "in flight ", "dim"),
                    (said(flying, 120), "fault" if over else "live"),
                ],
            )
        if state.unknown:
            names = ", ".join(said(tool, 40) for tool in state.unknown.values())
            parts.insert(0, [("outcome UNKNOWN ", "alarm"), (said(names, 120), "alarm")])
        counts = f"{state.calls} calls, {state.errors} failed, {state.denied} denied"
        parts.append([(counts, "text")])
        if state.models:
            parts.append([(f"{state.tokens_in}+{state.tokens_out} tok ${state.cost:.2f}", "text")])
        parts.append([("gates ", "dim"), (" ".join(map(shorten, state.gates)) or "none connected", "text")])
        if state.parent:
            parts.append([("parent ", "dim"), (shorten(said(state.parent)), "text")])
        if self.children_ids:
            parts.append([("children ", "dim"), (" ".join(map(shorten, self.children_ids[:8])), "text")])
        parts.append([("run ", "dim"), (said(state.run), "text")])
        parts += [
            [(f"{said(name, 30)}=", "dim"), (said(text, 60), "text")] for name, text in state.labels.items()
        ]
        return parts


def _hands(state: RunState, now: float) -> list[list[Piece]]:
    """Return who says to have the run in hand, and the newest note on it."""
    parts: list[list[Piece]] = []
    if state.claimed_by:
        since = f" for {age(now - state.claimed_at)}" if state.claimed_at else ""
        parts.append([("in hand of ", "dim"), (said(state.claimed_by, 60), "key"), (since, "dim")])
    if state.notes:
        parts.append([(f"note {state.notes} ", "dim"), (said(state.last_note, 80), "mark")])
    return parts


def _rules(state: RunState) -> list[list[Piece]]:
    """Say what decides about its calls, and louder where that is not the policy of all others, or holds it back."""
    told = rules.under(state)
    tone = "held" if state.candidate or state.level != "auto" else "text"
    return [[("policy ", "dim"), (told, "shadow" if state.shadowed else tone)]] if told else []


def _named(name: str, pieces: Pieces) -> Pieces:
    return [(f" {name:<{_LABEL}}", "dim"), *pieces]


def _model(state: RunState) -> list[Piece]:
    if not state.models:
        asked = f" (asked for {said(state.model_asked, 40)})" if state.model_asked else ""
        return [("model calls not gated", "held"), (asked, "dim")]
    asked, served = said(state.model_asked, 40), said(state.model_served, 40)
    if not served or not asked or asked == served:
        return [("model ", "dim"), (asked or served or "not named", "text")]
    return [("model ", "dim"), (asked, "text"), (" != ", "alarm"), (f"served {served}", "held")]
