"""The base of the dialogs that give one order to many: a count as proof, then the combined receipt in the same box."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from interlock_console import combined
from interlock_console.aim import Aim
from interlock_console.combined import Row
from interlock_console.following import Following
from interlock_console.keys import Key
from interlock_console.orders import Sent
from interlock_console.proof import Proof
from interlock_console.screens.panel import Panel
from interlock_console.station import Station
from interlock_console.widgets.ink import Piece, Pieces
from interlock_console.widgets.labelled import fact, titled, wrapped

__all__ = ["Ordering"]


class Ordering(Panel):
    """``aim`` is what was under the hand when the key was pressed, and never looked up again."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("order.yes", "y", "give", "give it", "give the order, once the count is right", foot=1),
        Key("order.close", "q,escape", "leave", "close", "close; what was ordered stands", foot=1),
    )

    def __init__(self, station: Station, verb: str, aim: Aim) -> None:
        super().__init__(station)
        self.verb, self.aim = verb, aim
        self.sent: Sent | None = None
        self.following: Following | None = None

    # What differs.

    def about(self, width: int) -> Iterable[Pieces]:
        """Return what is said before the order is given, below the title and above the keys."""
        del width
        return ()

    def targets(self) -> Sequence[Row]:
        """Return the exact targets."""
        return ()

    def confirmed(self) -> None:
        """Do what ``y`` means once the proof is given."""
        self.send(self.aim)

    def leaves(self) -> Piece:
        """Return what closing leaves behind, before the order was given."""
        return "close; nothing was sent", "text"

    # Keys.

    @property
    def heading(self) -> str:
        """What the box says it is about."""
        return f"{self.verb.upper()} {self.aim.said}"

    @property
    def ready(self) -> bool:
        """Whether ``y`` gives the order now: keys count, and the count of targets was typed."""
        return self.armed and self.proof is not None and self.proof.given

    def action_give(self) -> None:
        """Give the order; pressed again, send the same one again if nobody answered."""
        if self.sent is not None:
            if self.armed and self.sent.problem and not self.sent.waiting:
                self.sent.send()
        elif self.ready:
            self.confirmed()
        self.pulse()

    def action_leave(self) -> None:
        """Close. What was ordered stands."""
        if self.armed:
            self.dismiss()

    def send(self, aim: Aim) -> None:
        """Send the order to exactly this."""
        self.sent = Sent(self.station, self.verb, aim)
        self.proof = None
        self.sent.send()

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something: none that gives an order which is given."""
        given = self.sent is not None and not self.sent.problem
        return tuple(key for key in self.KEYS if not given or key.name == "order.close")

    # What is shown.

    @property
    def opens(self) -> bool:
        """Enter opens a run once there is a receipt."""
        return self.following is not None

    def pulse(self) -> None:
        """Follow the order once there is one."""
        sent = self.sent
        if sent is not None and sent.order and self.following is None:
            self.following = Following(self.station, sent.order, sent.answer)
        if self.following is not None:
            self.following.pulse()
        self.renew()

    def listed(self) -> Sequence[Row]:
        """Return the targets, and the receipt once there is one."""
        return self.targets() if self.following is None else self.following.rows()

    def said(self, width: int) -> list[Pieces]:
        """Return title, what it is about or what became of it, and the keys."""
        stale = self.station.head().age_word
        lines = [titled(self.heading, stale, width)]
        if self.sent is None:
            return [
                *lines,
                *self.about(width),
                *self._asks(width),
                [(" q ", "key"), self.leaves(), self.waits()],
            ]
        return [
            *lines,
            *self._became(self.sent, width),
            [(" q ", "key"), self._left(self.sent), self.waits()],
        ]

    def _asks(self, width: int) -> Iterable[Pieces]:
        proof = self.proof
        if proof is None:
            return
        many = f"the count of targets, {proof.expected}: "
        yield [(" type ", "key"), (many, "text"), (proof.told, "mark")]
        then = f"{self.verb} exactly these" if self.aim.kind == "runs" else f"{self.verb} {self.aim.said}"
        yield [(" y ", "key"), (then if proof.given else "does nothing before the count is right", "text")]
        del width

    def _became(self, sent: Sent, width: int) -> Iterable[Pieces]:
        if sent.problem:
            yield from wrapped(self.verb, sent.problem, "alarm", width)
            again = "refused" not in sent.problem
            yield [(" y ", "key"), ("send the same order again" + ", which is harmless" * again, "text")]
        elif self.following is None:
            yield fact(self.verb, "sent, waiting for the record", "held")
        elif self.following.summary is not None:
            told = combined.head(self.following.summary, self.following.receipts)
            yield from wrapped("now", told.text, told.tone, width)
            yield fact("order", self.following.order + _stands(self.following), "text")

    def _left(self, sent: Sent) -> Piece:
        if sent.problem:
            return f"close; the {self.verb} is NOT known to be given", "alarm"
        if sent.answer is None:
            return f"close; the {self.verb} is sent and goes on", "text"
        return f"close; the {self.verb} stands", "text"

    def asks_for(self, count: int) -> None:
        """Ask for this count of targets; what was typed for another is void."""
        if self.proof is None:
            self.proof = Proof(str(count))
        elif self.proof.expected != str(count):
            self.proof.renew(str(count))


def _stands(following: Following) -> str:
    summary = following.summary or {}
    if not summary.get("standing") or summary.get("lifted"):
        return ""
    return "  STANDING: also for later runs, until lifted"
