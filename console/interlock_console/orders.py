"""Orders from a key: whether to send one, the sending, and the sentence about what became of it."""

from typing import Any

from interlock.runs import RunState
from interlock.text import visible_line
from interlock.words import phrase, word
from interlock_console.desk import new_key
from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["Sent", "give", "pointless"]

Json = dict[str, Any]


class Sent:
    """One order on its way. ``answer`` and ``problem`` are set by the desk's thread, once; the screen looks at them."""

    def __init__(self, station: Station, verb: str, run: str) -> None:
        self.verb, self.run, self.key = verb, run, new_key()
        self.at = station.clock()
        self.tries = 0
        self.waiting = False
        self.receipts: list[Json] | None = None
        self.problem = ""
        self._station = station

    @property
    def order(self) -> str:
        """The id of the order, empty until the hub answered."""
        return str(self.receipts[0]["order"]) if self.receipts else ""

    def send(self) -> None:
        """Send it, or send it again: the same key tells the hub that it is the same order."""
        self.tries += 1
        self.waiting, self.problem = True, ""
        station = self._station
        station.desk.order(self.verb, [self.run], station.reason, self.key, self._done)

    def _done(self, answer: Json | None, problem: str) -> None:
        if answer is not None:
            self.receipts = answer.get("receipts") or []
        self.problem = problem
        self.waiting = False
        unrecorded = any(receipt.get("unrecorded") for receipt in self.receipts or ())
        said = problem or f"{self.verb} {'acts, but is UNRECORDED' if unrecorded else 'is recorded'}"
        self._station.tell(
            Note(self._station.wall(), self.run, said, "alarm" if problem or unrecorded else "text")
        )


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
    why = "" if station.head().stale else pointless(station.runs.get(run), wanted or verb)
    if why:
        station.tell(Note(station.wall(), run, visible_line(why), "held"))
        return None
    order = Sent(station, verb, run)
    station.tell(Note(station.wall(), run, f"{verb} sent, waiting for the record", "text"))
    order.send()
    return order
