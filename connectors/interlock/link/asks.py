"""What waits for a word of the hub: permits asked for, and outcomes not yet kept. Link thread, but for the futures."""

from concurrent.futures import Future
from typing import Any

from interlock.link.member import Member
from interlock.wire import Approved

__all__ = ["Ask", "Granted"]

Json = dict[str, Any]


class Granted:
    """A permit: its name, and until when the call may start, by the boot-time clock."""

    __slots__ = ("permit", "until")

    def __init__(self, permit: str, until: float) -> None:
        self.permit, self.until = permit, until


class Ask:
    """One request. ``answer`` is done by the link; an ask nobody waits for any more is ``dropped``.

    A request for a person's decision is answered by :class:`Approved`, which is no permit.
    """

    __slots__ = ("answer", "asked_at", "call", "dropped", "escalation", "frame", "member", "sent_at")

    def __init__(self, member: Member, call: str, frame: Json) -> None:
        self.member, self.call, self.frame = member, call, frame
        self.asked_at = self.sent_at = 0.0
        """When it was sent first and last, by the boot-time clock: a permit counts from the last."""
        self.answer: Future[Granted | Approved] = Future()
        self.dropped = False
        self.escalation = ""
        """The hub has it on disk that a person is to decide: from then on nobody has to be there for it to wait."""

    @property
    def for_person(self) -> bool:
        """Whether it asks for a person's decision and not for a permit."""
        return self.frame.get("verdict") == "ask" and "escalation" not in self.frame
