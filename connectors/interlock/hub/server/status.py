"""The hub about itself: what the status, the pulse and every snapshot say."""

import getpass
import time
from collections.abc import Callable
from typing import Any

from interlock import __version__
from interlock.hub.core.glass import alarms
from interlock.hub.core.summary import standing
from interlock.hub.server.asker import asker
from interlock.hub.server.brake import Brake
from interlock.hub.server.card import counted
from interlock.hub.server.engine import Engine
from interlock.hub.server.policy_told import dials_in_short, in_short
from interlock.hub.server.rights import Rights

__all__ = ["Status", "user"]


class Status:
    """``operator`` is who the operator token stands for: whoever started the hub, for it lies in their folder."""

    def __init__(self, engine: Engine, rights: Rights, operator: str) -> None:
        self._engine, self._rights = engine, rights
        self.since = time.monotonic()
        self._started = time.time()
        self.operator = operator
        self.consoles: Callable[[], list[dict[str, Any]]] = list
        """Who has the feed open: set by whoever has the consoles."""
        self.brake: Callable[[], dict[str, Any]] = lambda: Brake(None, 0.0).to_json(0.0)
        """How the brake does: set by whoever has the canary."""

    def hub(self) -> dict[str, Any]:
        """Return the ``hub`` object of docs/protocol.md, as whoever asks gets it."""
        engine, asking = self._engine, asker.get()
        return {
            "name": engine.name,
            "version": __version__,
            "started": self._started,
            "policy": in_short(engine.core.rules.book),
            "dials": dials_in_short(engine.core.rules.book),
            "standing": standing(engine.core.world),
            "unrecorded": engine.unrecorded,
            "head": engine.witnesses.head().model_dump(mode="json", exclude={"kind"}),
            "witness": engine.witnesses.problem,
            "gates": sum(1 for agent in engine.agents.values() if agent.gate and not agent.own),
            "runs": len(engine.core.world.runs) - len(engine.core.world.own),
            "events_per_s": engine.rate.per_second(time.monotonic()),
            "operator": asking.operator or self.operator,
            "role": self._rights.role(asking),
            **alarms(engine.core.world.people, *engine.now()),
            "unknowns": len(engine.core.world.making.unknowns),
            "stops": engine.stops.to_json(),
            "escalations": counted(engine.core, engine.now()),
            "breakers": engine.breaking.to_json(engine.core.world.gates),
            "brake": self.brake(),
            "consoles": self.consoles(),
        }


def user() -> str:
    """Return the login of whoever started this process, or a word for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"
