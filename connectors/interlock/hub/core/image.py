"""The folded world as bytes and back, so that a start need not fold again what was folded before.

An image is taken of a world that was folded from the record and of nothing else: it has no connections, and no clock
of the hub that was. ``load(dump(fold(all before)))`` and the fold of the rest give the world that the fold of all
gives. Whoever adds a field to the world says here that it is kept, or in :data:`LEFT_OUT` that it is not.
"""

from operator import attrgetter
from sys import intern
from typing import Any

import orjson

from interlock.events import InFlight, RunClaimed, RunNoted, RunReleased
from interlock.hub.core.effects import Moment
from interlock.hub.core.fold import began
from interlock.hub.core.inbox_image import from_inbox, to_inbox
from interlock.hub.core.making_image import from_making, to_making
from interlock.hub.core.people_image import from_people, to_people
from interlock.hub.core.rulebook import Rulebook
from interlock.hub.core.rulebook_image import from_rules, to_rules
from interlock.hub.core.scope import Scope
from interlock.hub.core.tally import Tally
from interlock.hub.core.world import Case, Gate, Given, Lifted, Permit, Run, Said, World
from interlock.orders import LateOutcome, Stage
from interlock.wire import PERMIT_MS

__all__ = ["KEPT", "LEFT_OUT", "dump", "load"]

Json = dict[str, Any]

_GATE = ("pid", "started", "boot", "host", "gone", "token")
_PERMIT = ("gate", "call", "tool", "req", "digest", "at", "granted")
_RUN = ("trace", "parent", "agent", "role", "owner", "claim", "members", "spent", "used", "orders", "handed")
_HOLDS = ("kill", "pause", "cancel", "resume")
_CASE = ("verb", "by", "reason", "at", "inherited_from", "closed", "later")
_GIVEN = ("verb", "by", "reason", "at", "cause", "named", "children", "later", "refused", "lifts", "recorded")

KEPT: dict[type, frozenset[str]] = {
    Gate: frozenset({*_GATE, "name", "runs"}),
    Permit: frozenset({*_PERMIT, "name", "expires"}),
    Run: frozenset({*_RUN, *_HOLDS, "name", "permits", "hand", "noted"}),
    Case: frozenset({*_CASE, "order", "run", "received", "stages", "answers", "late"}),
    Given: frozenset({*_GIVEN, "order", "scope", "also", "lifting", "lifted", "freed"}),
    Rulebook: frozenset({"versions", "active", "candidate", "dials", "changes", "last", "undo"}),
    World: frozenset(
        {
            "runs",
            "gates",
            "children",
            "orders",
            "given",
            "standing",
            "live",
            "keys",
            "open_cases",
            "own",
            "epoch",
            "making",
            "people",
            "inbox",
            "rules",
            "tally",
        }
    ),
}
"""The fields an image brings back."""

LEFT_OUT: dict[type, frozenset[str]] = {
    Gate: frozenset({"conn", "heard", "parted", "lease_until"}),
    Permit: frozenset(),
    Run: frozenset({"goal", "held", "lost", "parted", "ruled"}),
    Case: frozenset({"unsaved", "sent", "presume_at"}),
    Given: frozenset(),
    Rulebook: frozenset({"pending"}),
    World: frozenset({"links", "replaying"}),
}
"""The fields that no fold of the record sets: connections, and what only a running hub knows."""

_gate, _permit, _run, _case, _given = (attrgetter(*names) for names in (_GATE, _PERMIT, _RUN, _CASE, _GIVEN))


def dump(world: World) -> bytes:
    """Return the image of a world that was folded from the record."""
    return orjson.dumps(
        {
            "gates": {gate.name: [_gate(gate), list(gate.runs)] for gate in world.gates.values()},
            "runs": {run.name: _from_run(run) for run in world.runs.values()},
            "children": world.children,
            "orders": {
                order: {case.run: _from_case(case) for case in cases.values()}
                for order, cases in world.orders.items()
            },
            "given": {given.order: _from_given(given) for given in world.given.values()},
            "standing": list(world.standing),
            "live": list(world.live),
            "keys": world.keys,
            "open": list(world.open_cases),
            "own": list(world.own),
            "epoch": world.epoch,
            "making": from_making(world.making),
            "people": from_people(world.people),
            "inbox": from_inbox(world.inbox),
            "rules": from_rules(world.rules),
            "tally": world.tally.plain(),
        }
    )


def _from_run(run: Run) -> list[Any]:
    holds = [case.order if case is not None else None for case in (getattr(run, verb) for verb in _HOLDS)]
    permits = {permit.name: _permit(permit) for permit in run.permits.values()}
    hand = run.hand.model_dump(mode="json") if run.hand is not None else None
    return [_run(run), holds, permits, hand, [noted.model_dump(mode="json") for noted in run.noted]]


def _from_case(case: Case) -> list[Any]:
    stages = {name: [stage.ms, stage.at, stage.note] for name, stage in case.stages.items()}
    answers = {gate: [_flying(said.first), _flying(said.latest)] for gate, said in case.answers.items()}
    return [_case(case), stages, answers, [late.model_dump(mode="json") for late in case.late]]


def _flying(calls: tuple[InFlight, ...]) -> list[Json]:
    return [call.model_dump(mode="json") for call in calls]


def _from_given(given: Given) -> list[Any]:
    scope = given.scope.plain() if given.scope is not None else None
    lifts = [list(lift) if lift is not None else None for lift in (given.lifting, given.lifted)]
    return [_given(given), scope, given.also, *lifts, sorted(given.freed)]


def load(image: bytes, now: Moment) -> World:
    """Return the world of an image, as if the record had been folded at this moment."""
    plain = orjson.loads(image)
    world = World()
    world.gates = {name: _to_gate(name, *row) for name, row in plain["gates"].items()}
    world.given = {name: _to_given(name, *row) for name, row in plain["given"].items()}
    world.orders = {
        order: {run: _to_case(order, run, now, *row) for run, row in rows.items()}
        for order, rows in plain["orders"].items()
    }
    world.runs = {name: _to_run(world, name, now, *row) for name, row in plain["runs"].items()}
    world.children = plain["children"]
    world.standing = {order: world.given[order] for order in plain["standing"]}
    world.live = {run: world.runs[run] for run in plain["live"]}
    world.keys = {key: (digest, order) for key, (digest, order) in plain["keys"].items()}
    world.open_cases = {(order, run): world.orders[order][run] for order, run in plain["open"]}
    world.own = dict.fromkeys(plain["own"])
    world.epoch = plain["epoch"]
    world.making = to_making(plain["making"])
    world.people = to_people(plain["people"])
    world.inbox = to_inbox(plain["inbox"])
    world.rules, world.tally = to_rules(plain["rules"]), Tally.read(plain["tally"])
    return world


def _to_gate(name: str, row: list[Any], runs: list[str]) -> Gate:
    return Gate(name, **dict(zip(_GATE, row, strict=True)), runs=dict.fromkeys(runs))


def _to_given(
    order: str,
    row: list[Any],
    scope: Json | None,
    also: list[tuple[str, str]],
    lifting: list[Any] | None,
    lifted: list[Any] | None,
    freed: list[str],
) -> Given:
    return Given(
        order,
        **dict(zip(_GIVEN, row, strict=True)),
        scope=Scope.read(scope),
        also=[(other, run) for other, run in also],
        lifting=Lifted(*lifting) if lifting else None,
        lifted=Lifted(*lifted) if lifted else None,
        freed=set(freed),
    )


def _to_case(
    order: str, run: str, now: Moment, row: list[Any], stages: dict[Any, Any], answers: Json, late: list[Json]
) -> Case:
    case = Case(order, run, **dict(zip(_CASE, row, strict=True)), received=now.mono)
    for name, (ms, at, note) in stages.items():
        case.stages[name] = Stage(stage=name, ms=ms, at=at, note=note)
    case.received = began(now, case.stages["requested"].at)
    case.answers = {gate: Said(_calls(first), _calls(latest)) for gate, (first, latest) in answers.items()}
    case.late = [LateOutcome.model_validate(entry) for entry in late]
    return case


def _calls(flying: list[Json]) -> tuple[InFlight, ...]:
    return tuple(InFlight.model_validate(entry) for entry in flying)


def _to_run(world: World, name: str, now: Moment, row: list[Any], holds: list[str | None], *more: Any) -> Run:
    permits, hand, noted = more
    run = Run(name, **dict(zip(_RUN, row, strict=True)))
    run.agent, run.role, run.owner = intern(run.agent), intern(run.role), intern(run.owner)
    run.spent = {permit: intern(outcome) for permit, outcome in run.spent.items()}
    for verb, order in zip(_HOLDS, holds, strict=True):
        setattr(run, verb, world.orders[order][name] if order is not None else None)
    expires = now.mono + PERMIT_MS / 1000
    for permit, told in permits.items():
        run.permits[permit] = Permit(permit, **dict(zip(_PERMIT, told, strict=True)), expires=expires)
    if hand is not None:
        run.hand = (RunClaimed if hand["kind"] == "run.claimed" else RunReleased).model_validate(hand)
    run.noted = [RunNoted.model_validate(entry) for entry in noted]
    return run
