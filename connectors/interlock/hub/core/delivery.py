"""Orders on their way to the gates: one frame names all runs of a connection, and who was written to is kept."""

from collections.abc import Iterable

from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Deliver, Worded
from interlock.hub.core.targets import Target
from interlock.hub.core.world import Case, Run
from interlock.wire import Command

__all__ = ["Delivery"]

BATCH = 1000
"""Runs named in one frame; a gate with more of them gets several."""


class Delivery:
    """Writes orders to gates that are connected; the others get what holds with ``opened``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def push(self, order: Worded, targets: Iterable[Target], told_by: str = "") -> dict[int, list[str]]:
        """Write the order to every connected gate of these runs: one frame names all runs of a connection.

        The gate that told of the order gets it with ``opened``. Returns the runs named to each connection.
        """
        runs, gates = self._desk.world.runs, self._desk.world.gates
        named: dict[int, list[str]] = {}
        for target in targets:
            for gate, left in runs[target.run].members.items():
                conn = 0 if left else gates[gate].conn
                if conn and (gate != told_by or target.inherited_from):
                    named.setdefault(conn, []).append(target.run)
        if named:
            parts = [
                (conn, tuple(names[first : first + BATCH]))
                for conn, names in named.items()
                for first in range(0, len(names), BATCH)
            ]
            self._desk.do(Deliver(order, tuple(parts)))
        return named

    def sent(self, order: str, named: dict[int, list[str]]) -> None:
        """Keep in mind to whom the order was written."""
        world = self._desk.world
        for conn, names in named.items():
            link, cases = world.links[conn], world.orders[order]
            for name in names:
                self._desk.sent(cases[name], link.gate)
                if cases[name].verb in ("kill", "pause"):
                    link.told[name] = order

    def remind(self, conn: int) -> None:
        """Write what holds for every run of this connection's gate, where the connection has not carried it yet."""
        world = self._desk.world
        link = world.links[conn]
        for name in world.gates[link.gate].runs:
            case = world.runs[name].stop()
            if case is not None and link.told.get(name) != case.order:
                link.told[name] = case.order
                self._desk.sent(case, link.gate)
                self._desk.send(conn, Command(order=case.as_order((name,)), runs=(name,)))
                if "pushed" not in case.stages:
                    self._desk.pushed(case.order)

    def pushed(self, order: str) -> None:
        """Write down that the order went out to the gates that are connected."""
        for note, cases in _by_note(self._desk.world.runs, self._desk.out(order)).items():
            self._desk.stages(cases, "pushed", note)


def _by_note(runs: dict[str, Run], cases: Iterable[Case]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        if "pushed" not in case.stages:
            counted = sum(not left for left in runs[case.run].members.values())
            note = f"to {len(case.sent)} of {max(counted, len(case.sent))} gates"
            found.setdefault(note, []).append(case)
    return found
