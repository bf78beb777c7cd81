"""One plan and the hub: what it would be, that it is begun, how far it got, that it goes no further."""

from collections.abc import Callable
from typing import Any

from interlock_console.client import Client, segment
from interlock_console.making.plans import ENDED
from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["Making"]

Json = dict[str, Any]
Changed = Callable[[], object]

_PLAN_EVERY, _LOOK_EVERY = 2.0, 0.4
_PATH = "/v1/compensations"


class Making:
    """Used on the screen's thread; the desk's threads only hand answers over.

    ``about`` is what the plan is asked for with: ``{"permits": [...]}`` or ``{"run": id}``; never
    looked up again.
    """

    def __init__(self, station: Station, about: Json) -> None:
        self.station, self.about = station, about
        self.plan: Json | None = None
        """What would be done."""
        self.made: Json | None = None
        """The plan once it was begun, with its receipts."""
        self.problem = ""
        self.beginning = self.stopping = False
        self.changed = False
        """Whether the plan is another one than the one that was shown before; whoever says so clears it."""
        self._asking = False
        self._asked_at = float("-inf")

    @property
    def ended(self) -> bool:
        """Whether a plan that was begun goes no further."""
        return self.made is not None and self.made["state"] in ENDED

    def pulse(self) -> None:
        """Ask what is due: the plan again while nothing was begun, how far it got from then on."""
        made, now = self.made, self.station.clock()
        every = _PLAN_EVERY if made is None else _LOOK_EVERY
        if self._asking or self.beginning or self.ended or now - self._asked_at < every:
            return
        self._asking, self._asked_at = True, now
        if made is None:
            about = self.about
            self.station.desk.ask(lambda client: client.post(f"{_PATH}/plan", about), self._planned)
        else:
            name = str(made["plan"])
            self.station.desk.ask(lambda client: client.get(f"{_PATH}/{segment(name)}"), self._followed)

    def _planned(self, answer: Json | None, problem: str) -> None:
        self._asking = False
        if self.beginning or self.made is not None:
            return
        self.problem = _plain(problem)
        if answer is not None:
            self.changed = self.plan is not None and self.plan["digest"] != answer["digest"]
            self.plan = answer

    def _followed(self, answer: Json | None, problem: str) -> None:
        self._asking, self.problem = False, _plain(problem)
        if answer is not None:
            self.made = answer

    def begin(self, proof: str, reason: str) -> None:
        """Have the plan that is shown carried out: exactly these effects, by this digest."""
        plan = self.plan
        if plan is None or self.beginning or self.made is not None:
            return
        self.beginning, self.problem = True, ""
        body = {
            "permits": [step["permit"] for step in plan["steps"]],
            "digest": plan["digest"],
            "proof": proof,
            "reason": reason,
        }
        self.station.desk.ask(lambda client: client.post(_PATH, body), self._begun)

    def _begun(self, answer: Json | None, problem: str) -> None:
        self.beginning, self.made = False, answer
        self.problem = problem and f"not begun: {_plain(problem)}"
        if problem.startswith("no answer"):
            self.problem = f"{problem}; it may or may not have begun (h on screen 3 lists the plans)"
        if problem:
            # What was refused is asked for anew: the hub may have another plan by now.
            self._asked_at = self.station.clock()

    def stop(self, reason: str) -> None:
        """Let no further step be sent."""
        if self.made is None or self.ended or self.stopping:
            return
        self.stopping = True
        name = str(self.made["plan"])

        def job(client: Client) -> Json:
            return client.post(f"{_PATH}/{segment(name)}/stop", {"reason": reason})

        def done(answer: Json | None, problem: str) -> None:
            self.stopping = False
            self._followed(answer, problem)
            said = (
                f"plan {name} NOT known to be stopped: {_plain(problem)}"
                if problem
                else f"plan {name} is stopped"
            )
            self.station.tell(Note(self.station.wall(), "", said, "alarm" if problem else "text"))

        self.station.desk.ask(job, done)


def _plain(problem: str) -> str:
    return problem.removeprefix("question refused: ")
