"""What changes the policy asks first: promote or withdraw the candidate, or let a version of before hold again."""

from typing import Any

from interlock.text import visible_line
from interlock_console import policies
from interlock_console.keys import Key
from interlock_console.proof import Proof
from interlock_console.screens.box import HEX, Box
from interlock_console.station import Station
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import titled, wrapped

__all__ = ["PolicyDialog"]

Json = dict[str, Any]

_DOES = {
    "promote": "the candidate holds for all runs, at once; the version that holds now can be rolled back to",
    "withdraw": "the candidate holds for no run; those that were under it are under the active version at once",
    "rollback": "this version holds for all runs again, at once; a candidate is withdrawn with it",
}
_BECAME = {"promote": "is active for all runs", "withdraw": "is withdrawn", "rollback": "is active again"}


class PolicyDialog(Box):
    """About one version by number and digest, as they were on the screen. Enter does nothing here."""

    KEYS = (
        Key("policy.yes", "y", "change", "do it", "do it, once the end of the digest was typed", foot=1),
        Key("policy.why", "i", "why", "reason", "say why; it goes into the record", foot=2),
        Key("policy.close", "q,escape", "leave", "close", "close", foot=1),
    )
    DOES = "policy"

    def __init__(self, station: Station, verb: str, version: Json, changes: str = "") -> None:
        """``verb`` is ``promote``, ``withdraw`` or ``rollback``; ``version`` is the hub's VERSION it is about.

        ``changes`` says how much of what is in force now it changes, as of when this was opened.
        """
        super().__init__(station)
        self.verb, self.version, self.changes = verb, version, changes
        self.digest = str(version["digest"])
        self.proof = Proof(self.digest[-4:], HEX)

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something."""
        return self.KEYS if self.answer is None else self.KEYS[-1:]

    def action_change(self) -> None:
        """Do it. Nothing is sent before the proof is right."""
        proof = self.proof
        if not self.armed or self.waiting or self.answer is not None or proof is None or not proof.given:
            return
        path = f"/v1/policy/{self.verb}"
        which: Json = {"n": self.version["n"]} if self.verb == "rollback" else {"digest": self.digest}
        body = {**which, "reason": self.reason}
        self.send(lambda client: client.post(path, body))

    def became(self, answer: Json) -> str:
        """Say what holds."""
        del answer
        return f"version {visible_line(str(self.version['n']), 12)} of the policy {_BECAME[self.verb]}"

    def said(self, width: int) -> list[Pieces]:
        """Return what it does, to which version, and how to prove that it is meant."""
        n = visible_line(str(self.version["n"]), 12)
        title = f"{self.verb.upper()} version {n} of the policy"
        lines = [titled(said(title, width - 14), self.station.head().age_word, width)]
        lines += wrapped("version", policies.who(self.version, self.station.wall()), "text", width, 3)
        if self.answer is not None:
            lines += wrapped("done", self.became(self.answer), "live", width)
            return [*lines, self.closes("close")]
        lines += wrapped("does", _DOES[self.verb], "head", width)
        if self.changes and self.verb != "withdraw":
            lines += wrapped("changes", self.changes, "text", width)
        lines += [
            *self.sent(width),
            *self.asks(f"its digest \u2026{visible_line(self.digest, 64)[-12:]}", "do it"),
        ]
        return [*lines, self.closes("close; nothing was changed")]
