"""What waits for a person, in the linear console: list it, hear all of it, then approve with proof, or reject."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interlock_console.client import Client, segment
from interlock_console.commands import _escalation
from interlock_console.inbox import words
from interlock_console.inbox.facts import deciding
from interlock_console.output import line

if TYPE_CHECKING:
    from interlock_console.linear.session import Session

__all__ = ["HELP", "Asks"]

Json = dict[str, Any]

_LISTED = 20
_OUTCOME = 4.0
"""Seconds that are waited, after an approval, for how the call ended."""

HELP = (
    ("asks", "list the calls that wait for a person, danger first"),
    (
        "approve N",
        "hear all of one, then approve it: yes, or for danger the last four of its digest; N as asks lists it",
    ),
    ("reject N REASON", "reject one; its agent gets the reason"),
)


class Asks:
    """The words for decisions; a number means the call that ``asks`` listed with it."""

    def __init__(self, session: "Session") -> None:
        self._session, self._voice = session, session.voice
        self._listed: list[str] = []
        self.words: dict[str, Callable[[str], None]] = {
            "asks": self._list,
            "approve": self._approve,
            "reject": self._reject,
        }

    def _list(self, _: str) -> None:
        answer = self._session.ask(lambda client: client.get("/v1/escalations", limit=_LISTED))
        if answer is None:
            return
        found: list[Json] = answer["escalations"]
        more = " or more" if answer["next"] is not None else ""
        self._voice.say(
            f"{len(found)}{more} call{'s' * (len(found) != 1)} wait for a person"
            if found
            else "nothing waits"
        )
        self._listed = [str(one["id"]) for one in found]
        for number, one in enumerate(found, 1):
            votes = f", {words.counted(one)} approved" if words.counted(one) else ""
            head = f"{line(one['cls'])} {line(one['tool'], 40)} of {line(one['agent'], 30)}"
            self._voice.say(f"{number}. {head}, {words.state(one)}{votes}: {deciding(one)}")

    def _found(self, name: str) -> Json | None:
        """Return what a number or an id means, as it is now; else say what is wrong."""
        if name.isascii() and name.isdigit() and 0 < int(name[:6]) <= len(self._listed):
            name = self._listed[int(name[:6]) - 1]
        if not name.startswith("e-"):
            self._voice.say(
                f"{line(name, 60)!r} is no number of the last list and no id; asks lists what waits"
            )
            return None
        return self._session.ask(lambda client: client.get(f"/v1/escalations/{segment(name)}"))

    def _may(self) -> bool:
        station = self._session.station
        if station.looks_only:
            self._voice.say(f"nothing was sent: {station.off('approver', 'deciding')}")
        return not station.looks_only

    def _approve(self, name: str) -> None:
        found = self._found(name) if self._may() else None
        if found is None:
            return
        for told in _escalation.card(found).split("\n"):
            self._voice.say(told)
        if found["state"] != "waiting":
            return
        wanted = str(found["digest"])[-4:] if found["cls"] == "danger" else "yes"
        what = "the last four of its digest" if found["cls"] == "danger" else "yes"
        context = self._session.station.context
        at = f" in PRODUCTION {line(context.name)}" if context.production else ""
        self._voice.say(f"type {what} to approve exactly this{at}; anything else leaves it waiting")
        self._session.asked = lambda typed: self._approved(found, typed.strip().casefold() == wanted)

    def _approved(self, found: Json, meant: bool) -> None:
        name = line(found["id"])
        if not meant:
            self._voice.say(f"not approved; reject {name} REASON rejects it")
            return
        answer = self._send("approve", found, {"digest": found["digest"], "args": None, "reason": ""})
        if answer is not None and answer["state"] != "waiting":
            self._follow(found)

    def _follow(self, found: Json) -> None:
        """Say how the call ended, if that is soon."""
        path = f"/v1/escalations/{segment(str(found['id']))}"
        until = self._session.station.clock() + _OUTCOME
        now: Json | None = found
        while now is not None and not _ended(now) and self._session.station.clock() < until:
            for _ in range(10):
                self._session.pause()
            now = self._session.ask(lambda client: client.get(path))
        if now is not None:
            late = "" if _ended(now) else "; approve with its id tells later how it ended"
            self._voice.say(f"{line(now['id'])}: {words.decided(now)}{late}")

    def _reject(self, text: str) -> None:
        name, _, reason = text.partition(" ")
        if not reason.strip():
            self._voice.say("nothing was sent: say why, the agent gets it: reject N REASON")
            return
        found = self._found(name) if self._may() else None
        if found is not None:
            self._send("reject", found, {"digest": found["digest"], "reason": reason.strip()[:500]})

    def _send(self, verb: str, found: Json, body: Json) -> Json | None:
        path = f"/v1/escalations/{segment(str(found['id']))}/{verb}"

        def job(client: Client) -> Json:
            return client.post(path, body)

        answer = self._session.ask(job)
        if answer is None:
            self._voice.say(f"if nobody answered, the {verb} may or may not have arrived; asks tells")
        else:
            self._voice.say(_escalation.decided(answer))
        return answer


def _ended(found: Json) -> bool:
    return bool(found["outcome"]) or found["state"] in ("rejected", "timed_out", "void")
