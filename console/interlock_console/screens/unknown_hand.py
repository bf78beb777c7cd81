"""A person says of an unknown call whether it happened: which of the two, how they know, then ``y``."""

from collections.abc import Iterable, Sequence
from typing import Any

from interlock.text import visible_line
from interlock_console.combined import Row
from interlock_console.keys import Key
from interlock_console.making.inbox import Inbox
from interlock_console.making.unknown import told
from interlock_console.screens import app_of
from interlock_console.screens.making import broken
from interlock_console.screens.panel import Panel
from interlock_console.screens.reason import ReasonLine
from interlock_console.widgets.ink import Pieces, said
from interlock_console.widgets.labelled import fact, titled

__all__ = ["HandDialog"]

Json = dict[str, Any]

_MEANS = {
    "done": "IT HAPPENED: it can be made good then like any other effect",
    "failed": "NOTHING HAPPENED: there is nothing to make good then",
}


class HandDialog(Panel):
    """About one permit. Enter does nothing; ``y`` does nothing before both are said."""

    KEYS = (
        Key("hand.done", "d", "say('done')", "happened", "it happened", foot=2),
        Key("hand.failed", "f", "say('failed')", "did not", "nothing happened", foot=2),
        Key(
            "hand.reason",
            "i",
            "reason",
            "how I know",
            "type how you found out; it goes into the record",
            foot=2,
        ),
        Key("hand.yes", "y", "mark", "write down", "write it into the record", foot=1),
        Key("hand.close", "q,escape", "leave", "close", "close; it stays unknown", foot=1),
    )

    def __init__(self, inbox: Inbox, row: Json) -> None:
        super().__init__(inbox.station)
        self.inbox, self.row = inbox, row
        self.outcome = self.reason = ""

    @property
    def known(self) -> bool:
        """Whether it is unknown no more by now."""
        return self.inbox.rows is not None and self.row["permit"] not in self.inbox.rows

    def action_say(self, outcome: str) -> None:
        """Choose which of the two; nothing is written by it."""
        if self.armed:
            self.outcome = outcome
            self.renew()

    def action_reason(self) -> None:
        """Type how it was found out."""
        if self.armed:
            app_of(self).push_screen(ReasonLine("how I know", self._keep, self.reason))

    def _keep(self, typed: str) -> None:
        self.reason = typed
        self.renew()

    def action_mark(self) -> None:
        """Write it down, once it is said what happened and how one knows."""
        if self.armed and self.outcome and self.reason and not self.known:
            self.inbox.mark(self.row["permit"], self.outcome, self.reason)
            self.dismiss()

    def action_leave(self) -> None:
        """Close."""
        if self.armed:
            self.dismiss()

    def pulse(self) -> None:
        """Follow whether it is unknown still."""
        self.inbox.pulse()
        self.renew()

    def said(self, width: int) -> list[Pieces]:
        """Return what is chosen, and what is missing."""
        title = f"BY HAND {visible_line(self.row['permit'])}"
        lines = [
            titled(said(title, width - 12), self.station.head().age_word, width, "held"),
            *self._choice(width),
        ]
        return [*lines, [(" q ", "key"), ("close; it stays unknown", "text"), self.waits()]]

    def _choice(self, width: int) -> Iterable[Pieces]:
        if self.known:
            yield fact("now", "it is known by now: there is nothing to write down", "held")
            return
        for key, outcome in (("d", "done"), ("f", "failed")):
            mark = "*" if self.outcome == outcome else " "
            tone = "head" if self.outcome == outcome else "text"
            yield [(f" {mark}{key} ", "key"), (said(_MEANS[outcome], width - 6), tone)]
        how = said(self.reason, width - 18) if self.reason else "how you know is missing"
        yield [(" i ", "key"), ("how I know: ", "dim"), (how, "text" if self.reason else "held")]
        ready = self.outcome and self.reason
        yield [(" y ", "key"), ("write it down" if ready else "does nothing before both are said", "text")]

    def listed(self) -> Sequence[Row]:
        """Return everything that is known of the call."""
        return broken(told(self.row, self.station.wall()), (self.sheet.size.width or 76) - 18)
