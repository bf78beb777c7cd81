"""What waits for a word of the hub: permits asked for, and outcomes not yet kept. Link thread, but for the futures."""

from concurrent.futures import Future
from typing import Any

from interlock.link.member import Member

__all__ = ["Ask", "Granted"]

Json = dict[str, Any]


class Granted:
    """A permit: its name, and until when the call may start, by the boot-time clock."""

    __slots__ = ("permit", "until")

    def __init__(self, permit: str, until: float) -> None:
        self.permit, self.until = permit, until


class Ask:
    """One request for a permit. ``answer`` is done by the link; an ask nobody waits for any more is ``dropped``."""

    __slots__ = ("answer", "call", "dropped", "frame", "member", "sent_at")

    def __init__(self, member: Member, call: str, frame: Json) -> None:
        self.member, self.call, self.frame = member, call, frame
        self.sent_at = 0.0
        """When it was last sent, by the boot-time clock: the permit counts from here."""
        self.answer: Future[Granted] = Future()
        self.dropped = False
