"""What gates saw of this record before: where they disagree with what is on disk, somebody put an older copy there."""

import asyncio
import logging
from collections.abc import Callable, Iterable

from interlock.errors import StoreError
from interlock.heads import Head, compare
from interlock.hub.record import Record
from interlock.hub.server.agents import Agent
from interlock.wire import encode

__all__ = ["Witnesses"]

_log = logging.getLogger("interlock.hub")

EVERY_SECONDS = 5.0


class Witnesses:
    """Tells gates the head of the record, and hears what they saw of it before. Used on the loop."""

    def __init__(self, record: Record, agents: Callable[[], Iterable[Agent]]) -> None:
        self._record, self._agents = record, agents
        self._told = -1
        self._timer: asyncio.Handle | None = None
        self.problem = ""
        """What a gate knows that this record does not, or nothing."""

    def head(self) -> Head:
        """Return the newest entry on disk."""
        n, hashed = self._record.tip
        return Head(origin=self._record.origin, epoch=self._record.epoch, n=n, hash=hashed.hex())

    def begin(self, agent: Agent, seen: Head | None) -> None:
        """Tell a gate that came in, and hear what it saw."""
        agent.socket.put(encode(self.head()).encode())
        problem = self.judge(seen) if seen is not None else ""
        if problem:
            _log.critical("ROLLED BACK: a gate remembers more than the record: %s", problem)
            self.problem = problem

    def judge(self, seen: Head) -> str:
        """Return what is wrong with this record, as somebody saw it before; a higher epoch explains what is missing."""
        now = self.head()
        problem = compare(seen, now)
        if problem or now.epoch != seen.epoch or not seen.n:
            return problem
        try:
            found = self._record.pages.at([seen.n])
        except StoreError as error:
            return f"entry {seen.n} cannot be read: {error.problem}"
        same = bool(found) and found[0][0].hash.hex() == seen.hash
        return "" if same else f"entry {seen.n} of its record had another hash before"

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell all gates from now on, every few seconds, while something happens."""
        self._timer = loop.call_later(EVERY_SECONDS, self._tell, loop)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        self.start(loop)
        if self._record.tip.n != self._told:
            self._told = self._record.tip.n
            data = encode(self.head()).encode()
            for agent in self._agents():
                if agent.gate:
                    agent.socket.put(data)

    def close(self) -> None:
        """Tell nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
