"""Who may do what at the hub, and whose glass was broken. ``:operators`` opens it; the names' changes are commands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textual.widget import Widget

from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console import allowed
from interlock_console.client import Client
from interlock_console.combined import Row
from interlock_console.keys import Key
from interlock_console.output import age
from interlock_console.screens import View, app_of
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.sheet import Sheet

__all__ = ["OperatorsHead", "OperatorsView", "rows"]

Json = dict[str, Any]

_EVERY = 3.0
_MOST = 50
_MEANS = {
    "viewer": "reads",
    "responder": "also stops, lets go, claims, notes, lowers the dial",
    "approver": "also decides what waits, makes good, raises the dial",
    "admin": "also changes policy, operators, tokens, retention",
}


def rows(found: Json, hub: Json, now: float) -> Sequence[Row]:
    """Return the roles, every operator with what they may do now, and every broken glass: visible."""
    told = [Row("roles", f"{role:<10} {means}", "dim") for role, means in _MEANS.items()]
    told += [_operator(each, hub, now) for each in found.get("operators") or ()]
    broken = [_glass(each, now) for each in found.get("glass") or ()]
    return [*told, *(broken or [Row("glass", "nobody has broken any", "dim")])]


def _operator(operator: Json, hub: Json, now: float) -> Row:
    name, role = _line(operator.get("name"), 48), _line(operator.get("role") or "removed", 12)
    acts = _line(operator.get("acts_as"), 12)
    borrowed = bool(acts) and operator.get("acts_as") != operator.get("role")
    more = f", now {acts} by break-glass" if borrowed else ""
    here = sum(_of(each) == str(operator.get("name")) for each in hub.get("consoles") or ())
    consoles = f", {here} console{'s' * (here != 1)} open" if here else ""
    tokens = int(operator.get("tokens") or 0)
    by = f"by {_line(operator.get('by'), 40)} {age(now - float(operator.get('at') or 0))} ago"
    if operator.get("built_in"):
        by = "started the hub"
    said_of = f"{name:<16} {role}{more}, {tokens} token{'s' * (tokens != 1)}{consoles}, {by}"
    tone = "alarm" if more else "dim" if operator.get("role") is None else "text"
    return Row("operator", said_of, tone)


def _of(console: Json) -> str:
    return str(console.get("operator") or str(console.get("who")).partition(" (says ")[0])


def _glass(glass: Json, now: float) -> Row:
    state = str(glass.get("state"))
    left = glass.get("left_s")
    ago = f"{_line(state, 10)} {age(now - float(glass.get('since') or 0))} ago"
    how = f"OPEN for {age(float(left))}" if left is not None else ago
    waits = "; WAITS FOR REVIEW by an admin: interlock break-glass review" if state == "ended" else ""
    review: Json = glass.get("review") or {}
    seen = f"; reviewed by {_line(review.get('by'), 40)}: {_line(review.get('note'), 80)}" if review else ""
    who = f"{_line(glass.get('id'), 20)}  {_line(glass.get('who'), 40)} as {_line(glass.get('role'), 12)}"
    tone = "alarm" if left is not None else "held" if waits else "text"
    return Row("glass", f"{who}, {how}: {_line(glass.get('why'), 80)}{waits}{seen}", tone)


def _line(value: object, most: int) -> str:
    return visible_line("" if value is None else str(value), most)


class OperatorsHead(Board):
    """One line above: who this console is, and what that role may do."""

    ROW = "bar"

    def __init__(self, view: "OperatorsView") -> None:
        super().__init__(id="operators-head")
        self._view = view

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return it."""
        del height
        view = self._view
        hub = view.station.head().hub or {}
        role = allowed.held(hub)
        name = _line(hub.get("operator"), 40)
        you = f" you are {name}, {_line(role, 12)}: {_MEANS.get(role, '')}" if name else ""
        problem = f" {view.problem};" if view.problem else ""
        stale = f" {view.stale}" if view.stale else ""
        return [[(stale, "alarm"), (said(problem), "fault"), (said(you, width), "head")]]


class OperatorsView(View):
    """Read only, but for breaking the glass and ending it."""

    NAME = "operators"
    KEYS = (
        Key(
            "operators.glass", "B", "glass", "break glass", "take a role for 15 minutes, or end that", foot=2
        ),
    )

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.head = OperatorsHead(self)
        self.sheet = Sheet(id="operators")
        self.problem = ""
        self._found: Json | None = None
        self._asking = False
        self._asked_at = float("-inf")

    def body(self) -> Iterable[Widget]:
        """Return the line and the list."""
        return [self.head, self.sheet]

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Ask now and then."""
        del changed, whole
        now, hub = self.station.clock(), self.station.head().hub or {}
        if not self._asking and now - self._asked_at >= _EVERY:
            self._ask(now)
        wait = [Row("", self.problem or "asking the hub", "fault" if self.problem else "dim")]
        self.sheet.tell(rows(self._found, hub, self.station.wall()) if self._found is not None else wait)
        self.head.renew()

    def _ask(self, now: float) -> None:
        self._asking, self._asked_at = True, now

        def done(answer: Json | None, problem: str) -> None:
            self._found = answer if answer is not None else self._found
            self.problem, self._asking = problem, False

        self.station.desk.ask(_everybody, done)

    def action_glass(self) -> None:
        """Break the glass, or end what this operator has broken."""
        from interlock_console.screens.break_glass import BreakGlassDialog

        if said_why := BreakGlassDialog.begin(app_of(self), self.station):
            self.note(said_why, "held")


def _everybody(client: Client) -> Json:
    glass = client.get("/v1/break-glass", limit=_MOST)["break_glass"]
    return {"operators": client.get("/v1/operators")["operators"], "glass": glass}
