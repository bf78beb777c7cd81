"""Orders from a key: whether to send one, the sending, and the sentence about what became of it."""

from typing import Any

from interlock.runs import RunState
from interlock.text import visible_line
from interlock.words import phrase, word
from interlock_console.aim import Aim, of_runs
from interlock_console.desk import new_key
from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["Sent", "give", "pointless"]

Json = dict[str, Any]


class Sent:
    """One order on its way. ``answer`` and ``problem`` are set by the desk's thread, once; the screen looks at them."""

    def __init__(self, station: Station, verb: str, about: str | Aim) -> None:
        """``about`` is one run by its id, or what :mod:`interlock_console.aim` makes of several or a scope.

        An order about one run is given or refused as a whole; of several, those that cannot be told are left out.
        """
        self.aim = of_runs([about]) if isinstance(about, str) else about
        self.verb, self.key = verb, new_key()
        self.run = self.aim.runs[0] if len(self.aim.runs) == 1 else ""
        """The one run it is about; empty where there are several."""
        self.at = station.clock()
        self.tries = 0
        self.waiting = False
        self.answer: Json | None = None
        self.problem = ""
        self._station = station

    @property
    def receipts(self) -> list[Json] | None:
        """The receipts the hub answered with, None before."""
        return None if self.answer is None else self.answer.get("receipts") or []

    @property
    def refused(self) -> list[Json]:
        """The targets the hub left out, each with its problem."""
        return (self.answer or {}).get("refused") or []

    @property
    def order(self) -> str:
        """The id of the order, empty until the hub answered."""
        receipts = self.receipts
        return str((self.answer or {}).get("order") or (receipts[0]["order"] if receipts else ""))

    @property
    def unrecorded(self) -> bool:
        """Whether the hub answered that it acts but is not on disk."""
        summary: Json = (self.answer or {}).get("summary") or {}
        receipts = self.receipts or ()
        return bool(summary.get("unrecorded")) or any(receipt.get("unrecorded") for receipt in receipts)

    def send(self) -> None:
        """Send it, or send it again: the same key tells the hub that it is the same order."""
        self.tries += 1
        self.waiting, self.problem = True, ""
        body: Json = {"verb": self.verb, **self.aim.body, "reason": self._station.reason}
        if not self.run:
            body["partial"] = True
        self._station.desk.give(body, self.key, self._done)

    def _done(self, answer: Json | None, problem: str) -> None:
        if answer is not None:
            self.answer = answer
        self.problem = problem
        self.waiting = False
        told = problem or f"{self._what} {'acts, but is UNRECORDED' if self.unrecorded else 'is recorded'}"
        if self.refused and not problem:
            told += f", refused for {len(self.refused)}"
        alarm = bool(problem) or self.unrecorded
        self._station.tell(Note(self._station.wall(), self.run, told, "alarm" if alarm else "text"))

    @property
    def _what(self) -> str:
        return self.verb if self.run else f"{self.verb} of {self.aim.said}"


def pointless(state: RunState | None, verb: str) -> str:
    """Return why this order would change nothing, as a sentence, or nothing if it has to be sent.

    Only what cannot change any more keeps an order from being sent: a kill, or the end of a run. That a run has
    ended is what its agent claims: while a gate of it has not left, an order still reaches something.
    """
    if state is None:
        return ""
    if state.stop:
        if verb == "resume":
            return f"a killed run never resumes; it is {phrase(state)}"
        return "" if verb == "kill" else f"it is killed already: {phrase(state)}"
    if state.phase == "finished" and not state.gates:
        return f"it has ended ({word(state).word}): there is nothing to {'stop' if verb == 'kill' else verb}"
    return ""


def give(station: Station, verb: str, run: str, *, wanted: str = "") -> Sent | None:
    """Send an order for one run, unless that is pointless; the ticker says what comes of it.

    ``wanted`` is the verb the operator has in mind, if the order is only the first step to it. The state looked at
    may be old: what is stale never keeps an order back, the hub decides.
    """
    why = pointless(station.runs.get(run), wanted or verb)
    if why and not station.head().stale:
        station.tell(Note(station.wall(), run, visible_line(why), "held"))
        return None
    order = Sent(station, verb, run)
    station.tell(Note(station.wall(), run, f"{verb} sent, waiting for the record", "text"))
    order.send()
    return order
