"""The hub about itself: what the status, the pulse and every snapshot say."""

import getpass
import time
from collections.abc import Callable
from typing import Any

from interlock import __version__
from interlock.hub.core.summary import standing
from interlock.hub.server.brake import Brake
from interlock.hub.server.engine import Engine

__all__ = ["Status"]


class Status:
    """``operator`` is who the operator token stands for: whoever started the hub, for it lies in their folder."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.since = time.monotonic()
        self._started = time.time()
        self.operator = _user()
        self.consoles: Callable[[str], list[dict[str, Any]]] = lambda _: []
        """Who has the feed open, for an operator's name: set by whoever has the consoles."""
        self.brake: Callable[[], dict[str, Any]] = lambda: Brake(None, 0.0).to_json(0.0)
        """How the brake does: set by whoever has the canary."""

    def hub(self) -> dict[str, Any]:
        """Return the ``hub`` object of docs/protocol.md."""
        engine = self._engine
        return {
            "name": engine.name,
            "version": __version__,
            "started": self._started,
            "policy": None,
            "standing": standing(engine.core.world),
            "unrecorded": engine.unrecorded,
            "gates": sum(1 for agent in engine.agents.values() if agent.gate and not agent.own),
            "runs": len(engine.core.world.runs) - len(engine.core.world.own),
            "events_per_s": engine.rate.per_second(time.monotonic()),
            "operator": self.operator,
            "role": "admin",
            "stops": engine.stops.to_json(),
            "brake": self.brake(),
            "consoles": self.consoles(self.operator),
        }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"
