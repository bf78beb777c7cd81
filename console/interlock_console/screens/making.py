"""The box for making good: the plan as a dry run, the end of its digest as proof, then each step's receipt, live."""

from collections.abc import Iterable, Sequence
from typing import Any

from interlock.text import visible_line
from interlock_console.combined import Row
from interlock_console.keys import Key
from interlock_console.making import plans
from interlock_console.making.following import Making
from interlock_console.making.words import short
from interlock_console.proof import Proof
from interlock_console.screens import app_of
from interlock_console.screens.panel import Panel
from interlock_console.screens.reason import ReasonLine
from interlock_console.state import Note
from interlock_console.station import Station
from interlock_console.widgets.ink import Piece, Pieces, said, wrap
from interlock_console.widgets.labelled import fact, titled, wrapped

__all__ = ["MakingDialog", "broken"]

Json = dict[str, Any]

_HEX = "0123456789abcdef"
_LAST = 4
_BESIDE = 6
"""Cells of a line that marks and the number of a step take."""
_INDENT = 3
_MOST = 6
"""Lines over which a text is broken at most."""


class MakingDialog(Panel):
    """About exactly the effects it was opened for, by their permits or their run. Enter begins nothing."""

    KEYS = (
        Key(
            "making.yes", "y", "begin", "begin", "have it done, once the end of its digest was typed", foot=1
        ),
        Key("making.reason", "i", "reason", "reason", "type the reason that goes into the record", foot=2),
        Key("making.stop", "s", "stop", "stop", "send no further step; what runs is killed", foot=1),
        Key("making.card", "v", "card", "card", "show the card of the step that waits for a person", foot=2),
        Key("making.close", "q,escape", "leave", "close", "close; a plan that was begun goes on", foot=1),
    )

    def __init__(self, station: Station, about: Json) -> None:
        super().__init__(station)
        self.making = Making(station, about)
        self.reason = station.reason
        self.sheet.tight = True
        self._changed = False
        self._told = False

    # Keys.

    def action_begin(self) -> None:
        """Begin. Nothing is sent before keys count and the proof of the plan that is shown is right."""
        proof, making = self.proof, self.making
        if not self.armed or making.made is not None or making.beginning or proof is None or not proof.given:
            return
        making.begin(proof.typed, self.reason)
        self.renew()

    def action_reason(self) -> None:
        """Type a reason."""
        if self.armed and self.making.made is None:
            app_of(self).push_screen(ReasonLine("reason", self._keep, self.reason))

    def _keep(self, typed: str) -> None:
        self.reason = typed
        self.renew()

    def action_stop(self) -> None:
        """Send no further step."""
        if self.armed:
            self.making.stop(self.station.reason)
            self.renew()

    def action_card(self) -> None:
        """Show the card of the escalation a step waits for, above this box: once it is decided the plan goes on."""
        from interlock_console.screens.approvals import open_card

        made = self.making.made
        escalation = plans.waits_on(made, self.station.runs) if made is not None else ""
        if self.armed and escalation:
            open_card(app_of(self), self.station, [escalation])

    def action_leave(self) -> None:
        """Close."""
        if self.armed:
            self.dismiss()

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something."""
        making = self.making
        if making.made is None:
            gone = ["making.stop", "making.card"] + ["making.yes"] * (self.proof is None)
            return tuple(key for key in self.KEYS if key.name not in gone)
        gone = ["making.yes", "making.reason"]
        gone += ["making.stop"] if making.ended else []
        gone += [] if plans.waits_on(making.made, self.station.runs) else ["making.card"]
        return tuple(key for key in self.KEYS if key.name not in gone)

    # What is shown.

    @property
    def opens(self) -> bool:
        """Once it was begun, enter opens the run of a line: of the effect, or the one a step runs as."""
        return self.making.made is not None

    def pulse(self) -> None:
        """Follow the plan; a plan that changed is another one, and what was typed for the first is void."""
        making = self.making
        making.pulse()
        if making.changed:
            making.changed, self._changed, self.proof = False, True, None
            self.rearm()
        plan = making.plan
        if making.made is not None or plan is None or plans.blocked(plan):
            self.proof = None
        elif self.proof is None:
            self.proof = Proof(plan["digest"][-_LAST:], _HEX)
        self._tell()
        self.renew()

    def _tell(self) -> None:
        made = self.making.made
        if made is not None and self.making.ended and not self._told:
            self._told = True
            row = plans.head(made)
            note = Note(self.station.wall(), "", f"plan {visible_line(made['plan'])} {row.text}", row.tone)
            self.station.tell(note)

    def listed(self) -> Sequence[Row]:
        """Return the steps, and how far each got once it was begun."""
        making = self.making
        if making.made is not None:
            rows = plans.begun(making.made, self.station.runs)
        else:
            rows = plans.proposed(making.plan) if making.plan is not None else []
        return broken(rows, (self.sheet.size.width or 76) - _BESIDE)

    def said(self, width: int) -> list[Pieces]:
        """Return what it is about and what has happened: nothing, before it was begun."""
        making = self.making
        lines = [titled(said(self._title(), width - 12), self.station.head().age_word, width)]
        if making.made is not None:
            return [*lines, *self._became(making.made, width), self._keys()]
        plan = making.plan
        if plan is None:
            text = making.problem or "asking the hub what would make it good; nothing has happened"
            lines += wrapped("plan", text, "alarm" if making.problem else "dim", width)
            return [*lines, self._keys()]
        return [*lines, *self._proposed(plan, width), self._keys()]

    def _title(self) -> str:
        about = self.making.about
        if "run" in about:
            return f"MAKE GOOD every effect of {visible_line(about['run'])}"
        count = len(about["permits"])
        return f"MAKE GOOD {count} effect{'s' * (count != 1)}"

    def _proposed(self, plan: Json, width: int) -> Iterable[Pieces]:
        making = self.making
        if making.beginning:
            yield fact("plan", "sent, waiting for the record", "held")
            return
        yield fact("dry run", "NOTHING HAS HAPPENED YET; the newest effect comes first", "head")
        yield fact("does", said(plans.counted(plan), width - 12))
        if self._changed:
            yield fact("changed", "the plan is another one since you opened this: read it again", "alarm")
        if making.problem:
            yield from wrapped("hub", making.problem, "alarm", width)
        yield fact("digest", said(plan["digest"], width - 12), "dim")
        yield [*fact("reason", said(self.reason, width - 24)), ("  i ", "key"), ("changes it", "dim")]
        proof = self.proof
        if proof is None:
            yield from wrapped("", plans.blocked(plan), "held", width)
            return
        yield [(" type ", "key"), ("the last four of the digest: ", "text"), (proof.told, "mark")]
        then = "have exactly this done" if proof.given else "does nothing before they are right"
        yield [(" y ", "key"), (then, "text")]

    def _became(self, made: Json, width: int) -> Iterable[Pieces]:
        row = plans.head(made)
        yield from wrapped("now", row.text, row.tone, width)
        yield fact("plan", said(f"{made['plan']} by {short(made['by'], 40)}", width - 12))
        yield fact("reason", said(made["reason"], width - 12), "dim")
        if self.making.problem:
            yield from wrapped("hub", f"{self.making.problem}; below is what it said before", "fault", width)
        if self.making.stopping:
            yield fact("stop", "sent", "held")
        if plans.waits_on(made, self.station.runs):
            yield [(" v ", "key"), ("show the card of what waits for a person", "text")]
        if not self.making.ended:
            yield [(" s ", "key"), ("stop: no further step is sent", "text")]

    def _keys(self) -> Pieces:
        return [(" q ", "key"), self._leaves(), self.waits()]

    def _leaves(self) -> Piece:
        making = self.making
        if making.ended:
            return "close", "text"
        if making.made is not None:
            return "close; the plan goes on, h on screen 3 lists it", "text"
        if making.beginning:
            return "close; it is sent and goes on", "text"
        if "may or may not" in making.problem:
            return "close; it is NOT known whether it was begun", "alarm"
        return "close; nothing was sent", "text"


def broken(rows: Iterable[Row], width: int) -> list[Row]:
    """Return lines with what is too long broken over several: what cannot be undone has to be read to its end."""
    found: list[Row] = []
    for row in rows:
        text = row.text.lstrip(" ")
        indent = " " * (_INDENT if text != row.text else 0)
        first = True
        for line in wrap(text, max(20, width - _INDENT), _MOST):
            found.append(row._replace(text=indent + line if first else " " * _INDENT + line))
            first = False
    return found
