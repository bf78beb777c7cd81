"""Receipts: how far an order got with one run, and in plain sentences what it still waits for."""

from collections.abc import Iterable, Iterator

from interlock.events import InFlight
from interlock.hub.core.fold import LAST
from interlock.hub.core.world import Case, Run, World
from interlock.ids import shorten
from interlock.orders import STAGES, GateAnswer, Receipt
from interlock.text import Untrusted, visible_line

__all__ = ["receipts", "waits_for"]

NAMED = 5
"""Calls named in one sentence."""
TOOL_CELLS = 40


def receipts(world: World, pairs: Iterable[tuple[str, str]]) -> list[Receipt]:
    """Return the receipt of each pair of order and run; pairs nobody knows are left out."""
    children: dict[str, dict[str, list[str]]] = {}
    found: list[Receipt] = []
    for order, name in pairs:
        case = world.orders.get(order, {}).get(name)
        if case is not None:
            if order not in children:
                children[order] = _children(world.orders[order])
            found.append(_receipt(world, case, children[order].get(name, [])))
    return found


def _children(cases: dict[str, Case]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case in cases.values():
        if case.inherited_from:
            found.setdefault(case.inherited_from, []).append(case.run)
    return found


def _receipt(world: World, case: Case, children: list[str]) -> Receipt:
    run = world.runs[case.run]
    first = (entry for said in case.answers.values() for entry in said.first)
    return Receipt(
        order=case.order,
        run=case.run,
        verb=case.verb,
        by=Untrusted(case.by),
        reason=Untrusted(case.reason),
        inherited_from=case.inherited_from or None,
        stages=tuple(case.stages[name] for name in _shown(case)),
        gates=tuple(_gate(world, case, run, gate) for gate in run.members),
        in_flight_at_stop=tuple(first),
        late=tuple(case.late),
        children=tuple(children),
        unrecorded=case.verb != "resume" and "recorded" not in case.stages,
        waits_for=tuple(waits_for(world, case)),
    )


def _shown(case: Case) -> list[str]:
    return [name for name in STAGES[case.verb] if name in case.stages and name not in case.unsaved]


def _gate(world: World, case: Case, run: Run, name: str) -> GateAnswer:
    gate, said = world.gates[name], case.answers.get(name)
    return GateAnswer(
        gate=name,
        connected=bool(gate.conn),
        answered=said is not None,
        gone=bool(run.members[name]),
        pid=gate.pid or None,
        host=Untrusted(gate.host),
        in_flight=said.latest if said else (),
    )


def waits_for(world: World, case: Case) -> Iterator[str]:
    """Yield what stands between an order and its end with one run, a sentence each; nothing once it is there."""
    run, last = world.runs[case.run], LAST[case.verb]
    if case.closed:
        if last not in case.stages:
            yield f"nothing more is expected: {case.closed}"
        return
    if "recorded" not in case.stages:
        yield "the order is not on disk yet"
    if last not in case.stages:
        yield from _unfinished(world, case, run)
    elif last in case.unsaved:
        yield f"{last!r} is being written to disk"
    if case.verb == "kill":
        yield from _outcomes(case, run)


def _unfinished(world: World, case: Case, run: Run) -> Iterator[str]:
    for gate in run.active():
        yield from _silent(world, case, run, gate)
    if case.verb == "cancel":
        yield "the agent has not ended by itself yet"


def _silent(world: World, case: Case, run: Run, name: str) -> Iterator[str]:
    gate, said = world.gates[name], case.answers.get(name)
    who = f"gate {shorten(name)} (process {gate.pid})"
    if said is None:
        permits = [
            _tool(permit.tool) for permit in run.permits.values() if permit.gate == name and permit.granted
        ]
        maybe = f"; it has permits without an outcome: {_list(permits)}" if permits else ""
        if gate.conn:
            yield f"{who} has not answered{maybe}"
        else:
            yield f"{who} is not connected and has not answered; it gets the order when it comes back{maybe}"
    elif said.latest and case.verb in ("kill", "pause"):
        calls = [f"{_tool(entry.tool.raw)} ({entry.cls})" for entry in said.latest]
        count = f"{len(calls)} call{'s' * (len(calls) != 1)} in flight"
        yield f"{who} has {count}: {_list(calls)}{'' if gate.conn else '; it is not connected'}"


def _outcomes(case: Case, run: Run) -> Iterator[str]:
    """Yield what was permitted before the kill and neither reported as in flight nor as ended."""
    for permit in run.permits.values():
        said = case.answers.get(permit.gate)
        if permit.granted and said is not None and not _names(said.latest, permit.name, permit.call):
            yield f"the outcome of {_tool(permit.tool)} (permit {shorten(permit.name)}) is not known yet"


def _names(flying: tuple[InFlight, ...], permit: str, call: str) -> bool:
    return any(entry.permit == permit or entry.call == call for entry in flying)


def _tool(tool: str) -> str:
    return visible_line(Untrusted(tool), TOOL_CELLS)


def _list(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
