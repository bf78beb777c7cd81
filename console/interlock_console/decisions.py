"""One person's decision about one call that waits: sent once, its answer or its problem, and what the ticker says."""

from collections.abc import Mapping
from typing import Any

from interlock.ids import shorten
from interlock_console.desk import new_key
from interlock_console.inbox import words
from interlock_console.output import line
from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["Decision", "rejected"]

Json = dict[str, Any]


class Decision:
    """``verb`` is ``approve`` or ``reject``. It is about exactly the digest in ``body``: what was shown."""

    def __init__(self, station: Station, escalation: str, verb: str, body: Json) -> None:
        self.station, self.escalation, self.verb, self.body = station, escalation, verb, body
        self.waiting = False
        self.problem = ""
        self.answer: Json | None = None
        self._key = new_key()

    def send(self) -> None:
        """Send it. It goes out at once; the answer comes on another thread."""
        self.waiting, self.problem = True, ""
        self.station.desk.decide(self.verb, self.escalation, self.body, self._key, self._done)

    def _done(self, answer: Json | None, problem: str) -> None:
        self.answer, self.problem = answer, problem
        self.waiting = False
        tone = "alarm" if problem or (answer or {}).get("unrecorded") else "text"
        self.station.tell(Note(self.station.wall(), "", self.said, tone))

    @property
    def said(self) -> str:
        """How far it is, in one visible sentence."""
        name = shorten(self.escalation)
        if self.problem:
            return f"{name}: {line(self.problem)}"
        if self.answer is None:
            return f"{name}: {self.verb} sent, waiting for the record"
        late = "; UNRECORDED: it is written down once there is room" if self.answer["unrecorded"] else ""
        if self.answer["state"] == "waiting":
            return f"{name}: your vote is on record, {words.counted(self.answer)}; it still waits{late}"
        # What was decided stays true in a line that nobody renews; that the call is in flight does not.
        told = "approved" if words.unended(self.answer) else words.state(self.answer)
        return f"{name}: {told}{late}"

    def follow(self, found: Json) -> None:
        """Take what the hub says of the call by now, and say how it ended once that is known."""
        if self.answer is None or self.problem or not found["outcome"] or self.answer["outcome"]:
            return
        self.answer = {**found, "unrecorded": self.answer["unrecorded"]}
        self.station.tell(Note(self.station.wall(), "", self.said, words.tone(found)))


def rejected(station: Station, digests: Mapping[str, str], reason: str) -> list[Decision]:
    """Reject each of these, by id and the digest that was shown, and return the decisions. It lowers risk: no proof."""
    sent = [
        Decision(station, name, "reject", {"digest": digest, "reason": reason})
        for name, digest in digests.items()
    ]
    for decision in sent:
        decision.send()
    return sent
