"""Hosts that obey the protocol, and plans to carry out, for the core's tests of making good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from interlock import canonical
from interlock.contract import Action, Contract
from interlock.hub.core.making import Plan, Step
from interlock.hub.core.planning import Recalled, Seen, digest, plan
from interlock.jobs import Did, Do, Doing, Offered, Offers
from interlock.text import Untrusted
from interlock.wire import AskPermit
from tests.hub.core.plant import Plant, number_of, run_id

PLAN = "m-00000000000000f1"
CONTRACTS = {
    "refund": Contract(
        cls="write",
        compensate=Action("cancel", '{"refund":"result.id"}'),
        probe=Action("find", '{"key":"permit"}'),
    ),
    "mail": Contract(cls="danger", compensate="none"),
    "cancel": Contract(cls="write"),
}


def permit_name(number: int) -> str:
    """Return the name of a permit by a small number."""
    return f"p-{number:016x}"


def effects(plant: Plant, *outcomes: Any, run: int = 1, conn: int = 1) -> list[Seen]:
    """Let a run have effects with these outcomes, and return them as record and trace have them."""
    found: list[Seen] = []
    for n, outcome in enumerate(outcomes, 1):
        call = f"call-{run}-{n}"
        permit = plant.permit(conn, run, call)
        if outcome:
            plant.outcome(conn, run, permit, call, outcome)
        found.append(seen(len(plant.disk), permit, run=run, call=call, n=n))
    return found


def seen(number: int, permit: str, *, run: int = 1, call: str = "c", n: int = 1, **more: Any) -> Seen:
    """Return one refund as record and trace have it."""
    facts: dict[str, Any] = {
        "tool": "refund",
        "cls": "write",
        "args": Recalled({"order": "A-1"}),
        "result": Recalled({"id": n}),
    }
    facts |= more
    return Seen(
        number, permit, run_id(run), call, facts["tool"], facts["cls"], 5.0, facts["args"], facts["result"]
    )


def steps(plant: Plant, found: list[Seen]) -> list[Step]:
    """Return the plan of these effects as of now."""
    return plan(plant.core.world, found, CONTRACTS.get)


def begin(
    plant: Plant, found: list[Seen], *, name: str = PLAN, proof: str | None = None, shown: str = ""
) -> int:
    """Begin a plan as it would be shown now; return the number of the request."""
    request, made = next(plant.numbers), steps(plant, found)
    shown = shown or digest(made)
    last = shown[-4:] if proof is None else proof
    core = plant.core
    plant.take(
        core.hand(
            lambda: core.makings.begin(request, name, made, shown, last, "ann", "refunded twice"), plant.now
        )
    )
    return request


def made(plant: Plant, name: str = PLAN) -> Plan:
    """Return a plan as the core has it."""
    return plant.core.world.making.plans[name]


def progress(plant: Plant, name: str = PLAN) -> list[str]:
    """Return how far each step got, the newest effect first."""
    return [step.progress for step in made(plant, name).steps]


@dataclass
class Office:
    """A process that offers tools: what it remembers is gone when it dies."""

    plant: Plant
    gate: int
    conn: int = 0
    at: int = 0
    runs: int = 0
    jobs: dict[str, Do] = field(default_factory=dict)
    """Every job it was ever sent."""
    working: dict[str, int] = field(default_factory=dict)
    """Job -> its run."""
    ended: dict[str, Did] = field(default_factory=dict)
    acted: list[str] = field(default_factory=list)
    """What went downstream: a key for each effect."""

    def connect(self) -> None:
        """Connect, and say what there is."""
        self.conn, self.at = next(self.plant.numbers) + 1000, 0
        self.plant.hello(self.conn, self.gate)
        for run in self.working.values():
            self.plant.open(self.conn, run, agent="office", role="office", again=True)
        offered = (
            Offered(tool=Untrusted("cancel"), cls="write", defaults='{"note":"by default"}'),
            Offered(tool=Untrusted("find"), cls="read"),
        )
        self.plant.frame(
            self.conn,
            Offers(agent=Untrusted("office"), role=Untrusted("office"), tools=offered, jobs=tuple(self.jobs)),
        )
        for job, run in self.working.items():
            self.plant.frame(self.conn, Doing(job=job, run=run_id(run)))

    def cut(self) -> None:
        """Lose the connection with everything on it that was not read."""
        conn, self.conn = self.conn, 0
        self.plant.close(conn)

    def read(self) -> None:
        """Take the jobs that came, and answer for those that are known."""
        while self.conn and self.at < len(self.plant.sent[self.conn]):
            frame = self.plant.sent[self.conn][self.at]
            self.at += 1
            if not isinstance(frame, Do):
                continue
            if frame.job in self.ended:
                self.plant.frame(self.conn, self.ended[frame.job])
            elif frame.job in self.working:
                self.plant.frame(self.conn, Doing(job=frame.job, run=run_id(self.working[frame.job])))
            self.jobs[frame.job] = frame

    def start(self, job: str) -> int:
        """Make a run of a job, as a gate does, and say so."""
        self.runs += 1
        run = self.working[job] = self.gate * 1000 + self.runs
        self.plant.open(self.conn, run, agent="office", role="office")
        self.plant.frame(self.conn, Doing(job=job, run=run_id(run)))
        return run

    def ask(self, job: str, args: str | None = None) -> str:
        """Ask for the permit of a job's run, with its arguments or others; return its name, or nothing."""
        run, tool = self.working[job], self.jobs[job].tool
        args = self.jobs[job].args.raw if args is None else args
        before = self.plant.count(self.conn, "granted")
        self.plant.frame(
            self.conn,
            AskPermit(
                req=f"ask-{job}", run=run_id(run), call="c1", tool=tool, cls="write",
                digest=canonical.digest(tool.raw, args), args=Untrusted(args),
            ),
        )  # fmt: skip
        if self.plant.count(self.conn, "granted") == before:
            return ""
        return str(self.plant.last(self.conn, "granted").permit)

    def act(self, job: str) -> None:
        """Have the effect downstream."""
        self.acted.append(self.jobs[job].key)

    def say(self, job: str, permit: str = "", outcome: Any = "done", *, error: str | None = None) -> None:
        """Report how the call and the job ended."""
        run = self.working.pop(job, 0)
        if permit:
            self.plant.outcome(self.conn, run, permit, "c1", outcome)
        said = Did(
            job=job,
            outcome=outcome,
            result=Untrusted('{"ok":1}') if outcome == "done" else None,
            error=Untrusted(error) if error else None,
        )
        self.ended[job] = said
        self.plant.frame(self.conn, said)

    def job(self) -> str:
        """Return the newest job it was sent."""
        self.read()
        return list(self.jobs)[-1]

    def do(self, outcome: Any = "done") -> str:
        """Carry out the newest job from its beginning to its end."""
        job = self.job()
        self.start(job)
        permit = self.ask(job)
        self.act(job)
        self.say(job, permit, outcome)
        return job


def office(plant: Plant, gate: int = 9) -> Office:
    """Return a host that is connected."""
    made = Office(plant, gate)
    made.connect()
    return made


__all__ = [
    "CONTRACTS",
    "PLAN",
    "Office",
    "begin",
    "effects",
    "made",
    "number_of",
    "office",
    "permit_name",
    "progress",
    "seen",
    "steps",
]
