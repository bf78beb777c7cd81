"""A hub with people: who started it, and what they ask of access."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from interlock.hub.core.access import NewToken
from tests.hub.core.plant import BOOT, Plant

ROOT = "root"
WHY = "for the test"


class People:
    """Asks the core of one plant, and says how that ended: a code, ``done``, or ``waits`` for the disk."""

    def __init__(self, *, auto: bool = True) -> None:
        self.plant = Plant(auto=auto)
        self._tokens: Iterator[int] = count(1)
        self.begin()

    def begin(self, boot: str = BOOT) -> None:
        """Say who started the hub, as each start does."""
        self.plant.core.access.begin(ROOT, boot)

    def restart(self, *, after: float = 1.0, boot: str = BOOT) -> None:
        """Kill the hub and start it again, in this boot of the machine."""
        plant = self.plant
        plant.queue.clear()
        plant.time += after
        plant.core = plant.fresh()
        self.begin(boot)
        plant.take(plant.core.recover(list(plant.disk), plant.now))

    def ask(self, step: Callable[[int], None]) -> str:
        """Ask for something."""
        request = next(self.plant.numbers)
        self.plant.take(self.plant.core.hand(lambda: step(request), self.plant.now))
        return self.said(request)

    def said(self, request: int) -> str:
        """Return how a request ended."""
        reply = self.plant.replies.get(request)
        if reply is None:
            return "waits"
        return reply.refusal.code if reply.refusal is not None else "done"

    def put(self, name: str, role: str, by: str = ROOT) -> str:
        """Make an operator, or give one another role."""
        return self.ask(lambda request: self.plant.core.access.put(request, name, role, by, WHY))

    def remove(self, name: str, by: str = ROOT) -> str:
        """Take every right from an operator."""
        return self.ask(lambda request: self.plant.core.access.remove(request, name, by, WHY))

    def token(
        self, operator: str, by: str = ROOT, *, life: float | None = None, **bound: str
    ) -> tuple[str, str]:
        """Make a token; return its id, and how that ended."""
        name = f"{'a' if bound else 't'}-{next(self._tokens):012x}"
        expires = None if life is None else self.plant.now.wall + life
        new = NewToken(name, "0" * 64, operator, expires, **bound)
        return name, self.ask(lambda request: self.plant.core.access.token(request, new, by))

    def revoke(self, token: str, by: str = ROOT) -> str:
        """Let a token open nothing any more."""
        return self.ask(lambda request: self.plant.core.access.revoke(request, token, by, WHY))

    def smash(self, who: str, role: str = "admin", name: str = "b-1") -> str:
        """Break the glass."""
        return self.ask(lambda request: self.plant.core.glass.start(request, name, who, role, WHY))

    def mend(self, by: str, name: str = "b-1") -> str:
        """End a break-glass before its time."""
        return self.ask(lambda request: self.plant.core.glass.end(request, name, by, WHY))

    def review(self, by: str, name: str = "b-1") -> str:
        """Review one that has ended."""
        return self.ask(lambda request: self.plant.core.glass.review(request, name, by, WHY))

    def role(self, name: str) -> str:
        """Return what an operator may act as now."""
        return self.plant.core.world.people.role(name, *self.plant.now)

    def good(self, token: str) -> bool:
        """Return whether a token opens anything now."""
        people = self.plant.core.world.people
        return token in people.tokens and people.good(people.tokens[token], self.plant.now.wall)

    def kinds(self) -> list[str]:
        """Return the kinds of the facts on disk."""
        return [fact.kind for _, fact in self.plant.disk]
