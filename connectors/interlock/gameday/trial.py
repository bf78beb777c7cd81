"""The sandbox's tools, for ``interlock contract test interlock.gameday.trial:desk.TOOL``."""

from interlock.gameday.agent.desk import Desk
from interlock.gameday.till import Till
from interlock.gate import Gate

__all__ = ["desk"]


def desk(gate: Gate) -> Desk:
    """Return the tools of one agent, at the till that the environment names. Raises KeyError without one."""
    return Desk(gate, Till.found())
