"""The inbox of what is unknown and the hub: what stands in it, a probe, a person's word; what left it is told."""

from collections.abc import Mapping
from typing import Any

from interlock.text import visible_line
from interlock_console.client import Client, segment
from interlock_console.desk import Done, Job
from interlock_console.making.unknown import undecided
from interlock_console.making.words import short
from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["Inbox", "settled"]

Json = dict[str, Any]

_EVERY = 1.0
_PROBE_S = 10
_PATH = "/v1/unknowns"


def settled(found: Json) -> str:
    """Return what was found out about a call, in a sentence."""
    word = "it happened" if found["outcome"] == "done" else "nothing happened"
    about = f"{visible_line(found['permit'])} ({short(found['tool'], 40)})"
    if found["how"] == "probe":
        return f"{about}: {word}, says the probe: {visible_line(found['answer'])}"
    return f"{about}: {word}, as {short(found['by'], 40)} found out: {visible_line(found['reason'])}"


class Inbox:
    """``rows`` by permit, the oldest first. Used on the screen's thread; the desk's threads only hand answers over."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.rows: dict[str, Json] | None = None
        self.total = 0
        self.problem = ""
        self.busy: set[str] = set()
        """The permits whose probe or mark is under way."""
        self.said: dict[str, str] = {}
        """What came of the newest probe or mark of a permit, where that did not settle it."""
        self._told: set[str] = set()
        self._asking = False
        self._asked_at = float("-inf")

    def pulse(self) -> None:
        """Ask what is unknown now and then."""
        now = self.station.clock()
        if not self._asking and now - self._asked_at >= _EVERY:
            self._asking, self._asked_at = True, now
            self.station.desk.ask(lambda client: client.get(_PATH), self._done)

    def _done(self, answer: Json | None, problem: str) -> None:
        self._asking, self.problem = False, _plain(problem)
        if answer is None:
            return
        rows = {str(row["permit"]): row for row in answer["unknowns"]}
        self._left(rows)
        self.rows, self.total = rows, int(answer["total"])

    def _left(self, rows: Mapping[str, Json]) -> None:
        for permit, row in (self.rows or {}).items():
            if permit not in rows and permit not in self._told:
                tool = short(row["tool"], 40)
                self._tell(
                    f"{permit} ({tool}) is unknown no more: see kind:reconciled and kind:outcome on screen 3"
                )

    def probe(self, permit: str) -> None:
        """Have the declared probe look whether it happened."""

        def job(client: Client) -> Json:
            client.timeout = max(client.timeout, _PROBE_S + 5.0)
            return client.post(f"{_PATH}/{segment(permit)}/probe?timeout={_PROBE_S}", {})

        self._send(permit, job, "probe")

    def mark(self, permit: str, outcome: str, reason: str) -> None:
        """Write down what a person found out."""
        body = {"outcome": outcome, "reason": reason}
        self._send(permit, lambda client: client.post(f"{_PATH}/{segment(permit)}/mark", body), "mark")

    def _send(self, permit: str, job: Job, what: str) -> None:
        if permit in self.busy:
            return
        self.busy.add(permit)
        self.said.pop(permit, None)
        self.station.desk.ask(job, self._answered(permit, what))

    def _answered(self, permit: str, what: str) -> Done:
        def done(answer: Json | None, problem: str) -> None:
            self.busy.discard(permit)
            self._asked_at = float("-inf")
            if answer is None:
                self.said[permit] = f"{what} not certain: {_plain(problem)}"
                self._tell(f"{permit}: {self.said[permit]}", "alarm")
            elif answer.get("reconciled") is not None:
                self._told.add(permit)
                self._tell(settled(answer["reconciled"]))
            elif answer.get("unknown") is None:
                self._told.add(permit)
                self._tell(f"{permit}: its own outcome came meanwhile")
            else:
                self.said[permit] = undecided(answer["unknown"])
                self._tell(f"{permit}: still unknown, {self.said[permit]}", "held")

        return done

    def _tell(self, text: str, tone: str = "text") -> None:
        self.station.tell(Note(self.station.wall(), "", text, tone))


def _plain(problem: str) -> str:
    return problem.removeprefix("question refused: ")
