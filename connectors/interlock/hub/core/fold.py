"""The world as a fold over facts: the same code live, and over the record after a restart."""

from collections.abc import Callable, Mapping
from sys import intern
from typing import Any

from interlock.events import InFlight, RunClaimed, RunNoted, RunReleased
from interlock.hub.core.effects import Fact, Moment
from interlock.hub.core.inbox_fold import KINDS, fold_inbox, note_outcome, note_permit, note_void
from interlock.hub.core.making_fold import HANDLERS as MAKING
from interlock.hub.core.making_fold import outcome as in_doubt
from interlock.hub.core.making_fold import permitted
from interlock.hub.core.memory import drop
from interlock.hub.core.people_fold import HANDLERS as PEOPLE
from interlock.hub.core.rulebook import RULINGS, turn
from interlock.hub.core.scope import Scope
from interlock.hub.core.targets import holder
from interlock.hub.core.world import Case, Gate, Given, Lifted, Permit, Run, Said, World
from interlock.orders import LateOutcome, Stage
from interlock.reserved import reserved
from interlock.text import Untrusted
from interlock.wire import PERMIT_MS

__all__ = ["LAST", "began", "fold", "settle", "settle_lift"]

Json = Mapping[str, Any]

LAST = {"kill": "confirmed", "pause": "drained", "resume": "acknowledged", "cancel": "ended"}
"""The stage of each verb after which no other can come."""
_AGAIN = ("pushed", "acknowledged", LAST["pause"])
"""What a run reaches anew when a pause holds it once more."""


def fold(world: World, fact: Fact, now: Moment) -> None:
    """Change the world by one fact. Kinds that control does not need to know are passed over."""
    handler = _HANDLERS.get(fact.kind)
    if handler is not None:
        handler(world, fact, now)


def began(now: Moment, at: float) -> float:
    """Return when something of that Unix second was, by the monotonic clock."""
    return now.mono - max(0.0, now.wall - at)


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
    if case.closed:
        return
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
    run.agent, run.role = intern(body.get("agent", "")), intern(body.get("role", ""))
    run.owner = intern(body.get("owner", ""))
    world.live[run.name] = run
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
    gate.token = body.get("token", "")
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
        world.live.pop(run.name, None)


def _order(world: World, fact: Fact, now: Moment) -> None:
    """Begin a case for each target: the run the fact is about, or all that its body names, with their descendants."""
    body = fact.body
    given = world.given.get(fact.order) or _give(world, fact)
    since: float | None = body.get("since")
    at = body["at"] if since is None else since
    note = "" if since is None else "it stood when the run registered"
    if body.get("instead"):
        note = f"it goes on in place of {body['instead']!r}, which was lifted"
    requested = Stage(stage="requested", ms=0.0, at=at, note=note)
    named = [fact.run] if fact.run else body["runs"]
    pairs = [(name, body.get("inherited_from", "")) for name in named]
    pairs.extend(body.get("below", {}).items())
    for name, above in pairs:
        known = world.orders[fact.order].get(name)
        if known is not None:
            _again(world, known, above)
            continue
        case = Case(
            fact.order,
            name,
            verb=body["verb"],
            by=given.by,
            reason=given.reason,
            at=given.at,
            received=began(now, at),
            inherited_from=above,
            later=since is not None,
        )
        case.stages["requested"] = requested
        _count(given, case)
        world.orders[case.order][name] = case
        world.runs[name].orders.append(case.order)
        _begin(world, case)
    if body.get("key"):
        world.keys.setdefault(body["key"], (body["ask"], fact.order))


def _count(given: Given, case: Case) -> None:
    if case.later:
        given.later += 1
    elif case.inherited_from:
        given.children += 1
    else:
        given.named += 1


def _again(world: World, case: Case, above: str) -> None:
    """Take up a case that another pause had put an end to, and that has been lifted since."""
    case.closed, case.inherited_from = "", above
    case.answers.clear()
    for stage in _AGAIN:
        case.stages.pop(stage, None)
        case.unsaved.discard(stage)
    _begin(world, case)


def _begin(world: World, case: Case) -> None:
    run = world.runs[case.run]
    world.open_cases[case.order, case.run] = case
    if case.verb == "resume":
        run.resume = case
        _free(world, case)
    if case.verb != "resume" or world.replaying:
        settle(world, case)


def _free(world: World, case: Case) -> None:
    """Keep in mind that a run was let go although a pause stands.

    At the word, and not when it takes hold: no restart could tell whether a pause overtook it on its way to the disk.
    """
    run = world.runs[case.run]
    for given in world.standing.values() if not world.given[case.order].lifts else ():
        if given.verb == "pause" and holder(world, given, run) is not None:
            given.freed.add(run.name)


def _give(world: World, fact: Fact) -> Given:
    body = fact.body
    given = world.given[fact.order] = Given(
        fact.order,
        body["verb"],
        body["by"],
        body["reason"],
        body["at"],
        scope=Scope.read(body.get("scope")),
        cause=body.get("cause", "person"),
        also=[(order, run) for order, runs in body.get("again", {}).items() for run in runs],
        refused=body.get("refused", {}),
        lifts=body.get("lifts", ""),
        recorded=world.replaying,
        freed=set(body.get("spared", ())),
    )
    given.named = len(given.also)
    world.orders.setdefault(fact.order, {})
    if given.stands:
        world.standing[given.order] = given
    return given


def _lift(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    given = world.given[fact.order]
    given.lifting = Lifted(body["by"], body["reason"], body["at"], body["resume"])
    if body["key"]:
        world.keys.setdefault(body["key"], (body["ask"], fact.order))
    if world.replaying:
        settle_lift(world, given)


def settle_lift(world: World, given: Given) -> None:
    """Let a lift take hold, once it is on disk: the order stands no more."""
    given.lifted, given.lifting = given.lifting, None
    given.freed.clear()
    world.standing.pop(given.order, None)


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
    run = world.runs[fact.run]
    at = body.get("at", 0.0)
    run.permits[fact.permit] = Permit(
        fact.permit,
        body["gate"],
        body["call"],
        body["tool"],
        body["req"],
        body["digest"],
        now.mono + PERMIT_MS / 1000,
        at=at,
        granted=world.replaying,
    )
    tool = intern(body["tool"])
    run.used[tool] = run.used.get(tool, 0) + 1
    if not reserved(run.role):
        world.tally.note(run.role, tool, at)
    note_permit(world.inbox, body)
    permitted(world.making, fact)


def _permit_void(world: World, fact: Fact, _: Moment) -> None:
    run = world.runs[fact.run]
    permit = run.permits.pop(fact.permit, None)
    if permit is not None:
        run.used[permit.tool] -= 1
        if not reserved(run.role):
            world.tally.note(run.role, permit.tool, permit.at, by=-1)
    note_void(world.inbox, fact.body)
    _over(world, run)


def _ruling(world: World, fact: Fact, _: Moment) -> None:
    turn(world.rules, fact, replaying=world.replaying)


def _outcome(world: World, fact: Fact, _: Moment) -> None:
    body = fact.body
    run = world.runs[fact.run]
    run.permits.pop(fact.permit, None)
    # Kept for as long as the record is, and read from JSON: one text for all, not one for each.
    run.spent[fact.permit] = intern(body["outcome"])
    note_outcome(world.inbox, body)
    if fact.run not in world.own:
        in_doubt(world.making, fact)
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


def _epoch(world: World, fact: Fact, _: Moment) -> None:
    # Written by a restore: what was bound to an earlier epoch is void. It never goes back.
    world.epoch = max(world.epoch, int(fact.body["epoch"]))


def _made_good(world: World, fact: Fact, _: Moment) -> None:
    MAKING[fact.kind](world.making, fact, recorded=world.replaying)


def _waits(world: World, fact: Fact, _: Moment) -> None:
    fold_inbox(world.inbox, fact)


def _forgotten(world: World, fact: Fact, _: Moment) -> None:
    drop(world, fact.body["runs"])


_HANDLERS: dict[str, Callable[[World, Fact, Moment], None]] = {
    "run": _run,
    "gate": _gate,
    "gate.left": _gate_left,
    "run.finished": _run_finished,
    "order": _order,
    "lift": _lift,
    "stage": _stage,
    "answer": _answer,
    "permit": _permit,
    "permit.void": _permit_void,
    "outcome": _outcome,
    "outcome.unknown": _outcome,
    "claim": _hand,
    "release": _hand,
    "note": _note,
    "forgotten": _forgotten,
    **dict.fromkeys(("escalation", *KINDS), _waits),
    **dict.fromkeys(MAKING, _made_good),
    "epoch": _epoch,
    **PEOPLE,
    **dict.fromkeys(RULINGS, _ruling),
}
