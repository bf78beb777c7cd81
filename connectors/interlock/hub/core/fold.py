"""The world as a fold over facts: the same code live, and over the record after a restart."""

from collections.abc import Callable, Mapping
from sys import intern
from typing import Any

from interlock.events import InFlight, RunClaimed, RunNoted, RunReleased
from interlock.hub.core.effects import Fact, Moment
from interlock.hub.core.world import Case, Gate, Permit, Run, Said, World
from interlock.orders import LateOutcome, Stage
from interlock.reserved import reserved
from interlock.text import Untrusted
from interlock.wire import PERMIT_MS

__all__ = ["LAST", "fold", "settle"]

Json = Mapping[str, Any]

LAST = {"kill": "confirmed", "pause": "drained", "resume": "acknowledged", "cancel": "ended"}
"""The stage of each verb after which no other can come."""


def fold(world: World, fact: Fact, now: Moment) -> None:
    """Change the world by one fact. Kinds that control does not need to know are passed over."""
    handler = _HANDLERS.get(fact.kind)
    if handler is not None:
        handler(world, fact, now)


def settle(world: World, case: Case) -> None:
    """Let an order take hold of its run: at once when it takes rights away, once on disk when it gives some."""
    run = world.runs[case.run]
    _SETTLE[case.verb](world, run, case)


def _close(world: World, case: Case | None, why: str) -> None:
    if case is not None and not case.closed:
        case.closed = why
        world.open_cases.pop((case.order, case.run), None)


def _settle_kill(world: World, run: Run, case: Case) -> None:
    for other in (run.pause, run.resume, run.cancel):
        _close(world, other, f"superseded by the kill {case.order}")
    run.kill, run.pause, run.resume, run.cancel = case, None, None, None


def _settle_pause(world: World, run: Run, case: Case) -> None:
    for other in (run.pause, run.resume):
        _close(world, other, f"superseded by the pause {case.order}")
    run.pause, run.resume = case, None


def _settle_resume(world: World, run: Run, case: Case) -> None:
    if not case.closed:
        _close(world, run.pause, f"ended by the resume {case.order}")
        run.pause = None


def _settle_cancel(_: World, run: Run, case: Case) -> None:
    run.cancel = case


_SETTLE: dict[str, Callable[[World, Run, Case], None]] = {
    "kill": _settle_kill,
    "pause": _settle_pause,
    "resume": _settle_resume,
    "cancel": _settle_cancel,
}


def _run(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    run = world.runs[fact.run] = Run(fact.run, trace=body["trace"], parent=body["parent"])
    if run.parent:
        world.children.setdefault(run.parent, []).append(run.name)
    if reserved(body.get("role", "")):
        world.own[run.name] = None


def _gate(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    gate = world.gates.get(body["gate"])
    if gate is None:
        gate = world.gates[body["gate"]] = Gate(body["gate"])
    gate.pid, gate.started = body["pid"], body["started"]
    gate.boot, gate.host = body["boot"], body["host"]
    gate.runs[fact.run] = None
    run = world.runs[fact.run]
    if run.members.get(gate.name) != "":
        run.members[gate.name] = ""
        # A pause whose resume is on its way to the disk waits for nobody any more.
        pause = run.pause if run.resume is None else None
        for case in (run.kill, pause, run.cancel, run.resume):
            if case is not None and (case.order, case.run) in world.open_cases:
                case.answers.pop(gate.name, None)


def _gate_left(world: World, fact: Fact, _: Moment) -> None:
    name = fact.body["gate"]
    run = world.runs[fact.run]
    run.members[name] = fact.body["why"]
    gate = world.gates[name]
    gate.runs.pop(fact.run, None)
    gate.gone = gate.gone or fact.body["gone"]
    _over(world, run)


def _run_finished(world: World, fact: Fact, _: Moment) -> None:
    run = world.runs[fact.run]
    run.claim = fact.body["claim"]
    _over(world, run)


def _over(world: World, run: Run) -> None:
    """Expect nothing more of a pause or resume of a run that ended and has no process left that could obey."""
    if run.over():
        for case in (run.pause, run.resume):
            _close(world, case, "the run ended")
        run.pause = run.resume = None


def _order(world: World, fact: Fact, now: Moment) -> None:
    body = fact.body
    case = Case(
        fact.order,
        fact.run,
        verb=body["verb"],
        by=body["by"],
        reason=body["reason"],
        at=body["at"],
        received=now.mono - max(0.0, now.wall - body["at"]),
        inherited_from=body["inherited_from"],
    )
    cases = world.orders.setdefault(case.order, {})
    first = next(iter(cases.values()), case)
    same = first.stages.get("requested") if first.at == case.at else None
    case.stages["requested"] = same or Stage(stage="requested", ms=0.0, at=case.at)
    cases[case.run] = case
    world.open_cases[case.order, case.run] = case
    world.runs[case.run].orders.append(case.order)
    if body.get("key"):
        world.keys.setdefault(body["key"], (body["ask"], case.order))
    if case.verb == "resume":
        world.runs[case.run].resume = case
    if case.verb != "resume" or world.replaying:
        settle(world, case)


def _stage(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    name = body["stage"]
    stage = Stage(stage=name, ms=body["ms"], at=body["at"], note=body["note"])
    cases = world.orders[fact.order]
    for run in body["runs"]:
        cases[run].stages[name] = stage
        if name == LAST[body["verb"]]:
            world.open_cases.pop((fact.order, run), None)


def _answer(world: World, fact: Fact, _: Moment) -> None:
    case = world.orders[fact.order][fact.run]
    flying = tuple(InFlight.model_validate(entry) for entry in fact.body["in_flight"])
    said = case.answers.get(fact.body["gate"])
    if said is None:
        case.answers[fact.body["gate"]] = Said(flying, flying)
    else:
        said.latest = flying


def _permit(world: World, fact: Fact, now: Moment) -> None:
    body = fact.body
    world.runs[fact.run].permits[fact.permit] = Permit(
        fact.permit,
        body["gate"],
        body["call"],
        body["tool"],
        body["req"],
        body["digest"],
        now.mono + PERMIT_MS / 1000,
        granted=world.replaying,
    )


def _permit_void(world: World, fact: Fact, _: Moment) -> None:
    run = world.runs[fact.run]
    run.permits.pop(fact.permit, None)
    _over(world, run)


def _outcome(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    run = world.runs[fact.run]
    run.permits.pop(fact.permit, None)
    # Kept for as long as the record is, and read from JSON: one text for all, not one for each.
    run.spent[fact.permit] = intern(body["outcome"])
    _over(world, run)
    after = body.get("after")
    if after:
        case = world.orders[after["order"]][fact.run]
        late = LateOutcome(
            call=body["call"],
            tool=Untrusted(body["tool"]),
            permit=fact.permit,
            outcome=body["outcome"],
            ms=after["ms"],
        )
        case.late = [*(entry for entry in case.late if entry.permit != fact.permit), late]


def _hand(world: World, fact: Fact, _: Moment) -> None:
    body, made = fact.body, RunClaimed if fact.kind == "claim" else RunReleased
    taken = Untrusted(body["taken_from"]) if body["taken_from"] else None
    run = world.runs[fact.run]
    run.hand = made(by=Untrusted(body["by"]), note=Untrusted(body["note"]), taken_from=taken)
    run.handed = body["at"]


def _note(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    noted = RunNoted(by=Untrusted(body["by"]), text=Untrusted(body["text"]))
    world.runs[fact.run].noted.append(noted)


_HANDLERS: dict[str, Callable[[World, Fact, Moment], None]] = {
    "run": _run,
    "gate": _gate,
    "gate.left": _gate_left,
    "run.finished": _run_finished,
    "order": _order,
    "stage": _stage,
    "answer": _answer,
    "permit": _permit,
    "permit.void": _permit_void,
    "outcome": _outcome,
    "outcome.unknown": _outcome,
    "claim": _hand,
    "release": _hand,
    "note": _note,
}
