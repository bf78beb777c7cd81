"""Break-glass: a role for 15 minutes, with a reason, on record, and on every console until it ends."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from textual.app import App

from interlock.rights import includes
from interlock.text import visible_line
from interlock_console import allowed
from interlock_console.client import segment
from interlock_console.keys import Key
from interlock_console.output import age
from interlock_console.proof import Proof
from interlock_console.screens.box import Box
from interlock_console.station import Station
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import fact, titled, wrapped

__all__ = ["BreakGlassDialog"]

Json = dict[str, Any]

ROLES = {"p": "approver", "d": "admin"}
_WORD = "glass"
"""What is typed to show that it is meant: nobody does it by accident."""
_LEAST = 8
"""Letters of a reason that the hub wants at least."""
_SAYS = (
    "for 15 minutes; on record before it holds; line 1 of every console says so until it ends, and no setting hides "
    "it; it gives no rights that would outlast it; afterwards an admin who is not you reviews what was done"
)


class BreakGlassDialog(Box):
    """Which role, why, then the word ``glass`` and ``y``. Where this operator's glass is broken it ends it: one key."""

    KEYS = (
        Key("glass.approver", "p", "role('approver')", "approver", "act as an approver", foot=1),
        Key("glass.admin", "d", "role('admin')", "admin", "act as an admin", foot=1),
        Key("glass.why", "i", "why", "reason", "say why; it is recorded and shown to all", foot=1),
        Key("glass.yes", "y", "smash", "break it", "take the role, once the word was typed", foot=1),
        Key("glass.end", "e", "end", "end it", "give the role back now", foot=1),
        Key("glass.close", "q,escape", "leave", "close", "close", foot=1),
    )
    DOES = "break-glass"

    def __init__(self, station: Station, role: str = "") -> None:
        """``role`` is what was typed with the command."""
        super().__init__(station)
        self.role, self.reason = "", ""
        if role in ROLES.values():
            self._choose(role)

    @classmethod
    def begin(cls, app: App[None], station: Station, role: str = "") -> str | None:
        """Open it; a console that only looks by its own setting breaks nothing, and says what does."""
        if station.read_only:
            return (
                "this console only looks: start one without --read-only, or use 'interlock break-glass start'"
            )
        app.push_screen(cls(station, role))
        return None

    @property
    def mine(self) -> Json | None:
        """What this operator has broken, while it holds."""
        hub = self.station.head().hub or {}
        me = str(hub.get("operator") or "").casefold()
        return next(
            (each for each in hub.get("break_glass") or () if str(each.get("who")).casefold() == me), None
        )

    def _choose(self, role: str) -> None:
        self.role, self.proof = role, Proof(_WORD, _WORD)

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something now."""
        keys = {key.name.partition(".")[2]: key for key in self.KEYS}
        if self.answer is not None or self._all:
            return (keys["close"],)
        if self.mine is not None:
            return (keys["end"], keys["close"])
        if not self.role:
            return (keys["approver"], keys["admin"], keys["close"])
        return (keys["yes"], replace(keys["why"], says="reason (asked for)"), keys["close"])

    def action_role(self, role: str) -> None:
        """Take which role it is about."""
        if self.armed and not self.role and self.mine is None and self.answer is None and not self._all:
            self._choose(role)
            self.rearm()
            self.pulse()

    def action_smash(self) -> None:
        """Break it: not without a reason, and not before the word is right."""
        proof = self.proof
        if not self.armed or self.waiting or self.answer is not None or proof is None or not proof.given:
            return
        if len(self.reason) < _LEAST:
            self.problem = f"it needs a reason of {_LEAST} letters at least: i asks for it"
            self.pulse()
            return
        body = {"role": self.role, "reason": self.reason}
        self.send(lambda client: client.post("/v1/break-glass", body))

    def action_end(self) -> None:
        """Give it back at once: this only takes rights."""
        mine = self.mine
        if self.armed and not self.waiting and self.answer is None and mine is not None:
            path = f"/v1/break-glass/{segment(str(mine['id']))}/end"
            body = {"reason": self.reason or self.station.reason}
            self.send(lambda client: client.post(path, body))

    def became(self, answer: Json) -> str:
        """Say what holds."""
        glass: Json = answer.get("break_glass") or {}
        who, role = visible_line(str(glass.get("who")), 48), visible_line(str(glass.get("role")), 12)
        if glass.get("left_s") is None:
            return f"break-glass of {who} has ended; it waits for review by an admin who is somebody else"
        return f"{who} acts as {role} for {age(float(glass['left_s']))}"

    def said(self, width: int) -> list[Pieces]:
        """Return what it is, for whom, and how to prove that it is meant."""
        head = self.station.head()
        you, role = said(str((head.hub or {}).get("operator") or "?"), 40), self._is or "not told yet"
        lines = [titled("BREAK-GLASS", head.age_word, width), fact("you are", f"{you}, {said(role, 12)}")]
        if self.answer is not None:
            return [*lines, *wrapped("now", self.became(self.answer), "alarm", width), self.closes("close")]
        if (mine := self.mine) is not None:
            return [*lines, *self._holds(mine, width), self.closes("close; it goes on")]
        if self._all:
            none = "an admin has every right there is: there is no glass to break"
            return [*lines, *wrapped("", none, "text", width), self.closes("close")]
        lines += wrapped("is", _SAYS, "head", width, 5)
        lines += self._meant(width) if self.role else self._choice(width)
        return [*lines, self.closes("close; nothing was broken")]

    @property
    def _is(self) -> str:
        return allowed.held(self.station.head().hub)

    @property
    def _all(self) -> bool:
        """Whether there is nothing more to take."""
        return self.mine is None and includes(self._is, "admin")

    def _holds(self, mine: Json, width: int) -> Iterable[Pieces]:
        left = age(float(mine.get("until") or 0) - self.station.wall())
        told = f"as {mine.get('role')} for {left} more: {mine.get('why')}"
        return [
            *wrapped("holds", told, "alarm", width),
            *self.sent(width),
            [(" e ", "key"), ("end it now", "text")],
        ]

    def _choice(self, width: int) -> Iterable[Pieces]:
        for letter, name in ROLES.items():
            there = " (you are that already)" if includes(self._is, name) else ""
            yield [(f" {letter} ", "key"), (f"act as {name}", "text"), (there, "dim")]
        yield from self.sent(width)

    def _meant(self, width: int) -> Iterable[Pieces]:
        yield fact("as", self.role, "alarm")
        yield from self.sent(width)
        proof = self.proof
        if proof is None:
            return
        yield [
            (" i ", "key"),
            ("say it otherwise" if self.reason else "say why: it is recorded, and all see it", "text"),
        ]
        yield [(" type ", "key"), (f"the word {_WORD}: ", "text"), (proof.told, "mark")]
        ready = proof.given and len(self.reason) >= _LEAST
        none = "does nothing before there is a reason and the word is right"
        yield [(" y ", "key"), (f"act as {self.role}" if ready else none, "text")]
