"""Lifting a standing order gives rights back: what that does, the end of the order's id as proof, then ``y``."""

from collections.abc import Iterable, Sequence
from typing import Any

from interlock.text import visible_line
from interlock_console import aim
from interlock_console.combined import Row
from interlock_console.desk import new_key
from interlock_console.following import Following
from interlock_console.keys import Key
from interlock_console.proof import Proof
from interlock_console.screens.panel import Panel
from interlock_console.state import Note
from interlock_console.station import Station
from interlock_console.widgets.ink import Piece, Pieces, said
from interlock_console.widgets.labelled import fact, titled, wrapped

__all__ = ["LiftDialog"]

Json = dict[str, Any]

_HEX = "0123456789abcdef"
_DOES = {
    "kill": "killed runs stay killed; new runs of {about} may start again",
    "pause": "what this order alone holds goes on; what another order holds stays paused",
    "cancel": "nothing is taken back; new runs of {about} are not asked to end any more",
}


class LiftDialog(Panel):
    """About one order, by its id. Enter does nothing here."""

    KEYS = (
        Key("lift.yes", "y", "lift", "lift it", "lift the order, once the end of its id was typed", foot=1),
        Key("lift.close", "q,escape", "leave", "close", "close", foot=1),
    )

    def __init__(self, station: Station, order: str) -> None:
        super().__init__(station)
        self.order = order
        self.proof = Proof(order[-4:], _HEX)
        self.following = Following(station, order)
        self.waiting = False
        self.problem = ""
        self.answer: Json | None = None
        self._key = new_key()

    def action_lift(self) -> None:
        """Lift it. Nothing is sent before the proof is right; sent again, it is the same lift."""
        proof = self.proof
        if not self.armed or self.waiting or self.answer is not None or proof is None or not proof.given:
            return
        self.waiting, self.problem = True, ""
        station = self.station
        station.desk.lift(self.order, proof.typed, station.reason, self._key, self._done)
        self.renew()

    def _done(self, answer: Json | None, problem: str) -> None:
        self.answer, self.problem, self.waiting = answer, problem, False
        told = problem or f"{self.order} is lifted: {_resumed(answer or {})}"
        self.station.tell(Note(self.station.wall(), "", told, "alarm" if problem else "text"))

    def action_leave(self) -> None:
        """Close."""
        if self.armed:
            self.dismiss()

    def usable(self) -> tuple[Key, ...]:
        """Return the keys that do something."""
        return self.KEYS if self.answer is None else self.KEYS[1:]

    def pulse(self) -> None:
        """Follow the order."""
        self.following.pulse()
        self.renew()

    def said(self, width: int) -> list[Pieces]:
        """Return what lifting does, and how to prove that it is meant."""
        summary = self.following.summary or {}
        verb = visible_line(str(summary.get("verb", "")), 8)
        about = aim.words(summary.get("scope"))
        title = f"LIFT {verb} {about} {self.order}".replace("  ", " ")
        lines = [titled(said(title, width - 12), self.station.head().age_word, width)]
        if self.answer is not None:
            lines += wrapped("lifted", f"it stands no more: {_resumed(self.answer)}", "live", width)
            return [*lines, [(" q ", "key"), ("close", "text")]]
        if summary:
            lines += wrapped("does", _DOES.get(verb, "it stands no more").format(about=about), "head", width)
            lines += self._reach(summary, width)
        lines += self._sent(width)
        return [*lines, *self._asks(), [(" q ", "key"), self._leaves(), self.waits()]]

    def _leaves(self) -> Piece:
        if self.waiting:
            return "close; the lift is sent and goes on", "text"
        if "not certain" in self.problem:
            return "close; it is NOT known whether the order stands", "alarm"
        return "close; the order stands", "text"

    def _reach(self, summary: Json, width: int) -> Iterable[Pieces]:
        later = int(summary.get("later") or 0)
        held = (
            f"{summary['targets']} runs, {later} of them registered since"
            if later
            else f"{summary['targets']} runs"
        )
        yield fact("holds", said(f"{held}; given by {visible_line(str(summary['by']), 40)}", width - 12))
        if summary["verb"] == "pause":
            runs = self.station.runs.values()
            mine = sum(state.order == self.order and bool(state.hold) and not state.stop for state in runs)
            yield fact(
                "goes on", f"{mine} runs it holds now, as far as the feed tells, unless another order does"
            )
        if summary.get("lifted"):
            yield fact("now", "it is lifted already", "held")
        elif not summary.get("standing"):
            yield fact("now", "it does not stand: there is nothing to lift", "held")

    def _sent(self, width: int) -> Iterable[Pieces]:
        if self.waiting:
            yield fact("lift", "sent, waiting for the record", "held")
        elif self.problem:
            yield from wrapped("lift", self.problem, "alarm", width)
        yield fact("reason", said(self.station.reason, width - 12), "dim")

    def _asks(self) -> Iterable[Pieces]:
        proof = self.proof
        if proof is not None:
            yield [(" type ", "key"), (f"the last four of {self.order}: ", "text"), (proof.told, "mark")]
            then = "lift it" if proof.given else "does nothing before they are right"
            yield [(" y ", "key"), (then, "text")]

    def listed(self) -> Sequence[Row]:
        """Return the combined receipt of the order."""
        return self.following.rows(head=True)


def _resumed(answer: Json) -> str:
    count = int(answer.get("resumed") or 0)
    if not count:
        return "no run goes on by it"
    return f"{count} run{' goes' if count == 1 else 's go'} on, by order {visible_line(str(answer.get('order') or ''))}"
