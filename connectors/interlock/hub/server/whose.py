"""Whose run it is, for a gate that joins it: what policy hangs on, from the run's first event or the trace."""

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from interlock.text import Untrusted

if TYPE_CHECKING:
    from interlock.hub.trace import Trace

__all__ = ["Whose"]

Json = dict[str, Any]

KEPT = 4096
"""Runs whose first event may not be in the trace yet."""
GOAL = 2000


class Whose:
    """Tells agent, role, goal and mode of a run, as its first event said them."""

    def __init__(self, trace: "Trace") -> None:
        self._trace = trace
        self._begun: OrderedDict[str, Json] = OrderedDict()

    def begun(self, run: str, event: Json) -> None:
        """Take a run's first event, before it is on disk."""
        goal = event["goal"]
        text = goal if isinstance(goal, str) else goal.get("head", "")
        self._begun[run] = _fields(event["agent"], event["role"], text, event.get("mode", "live"))
        if len(self._begun) > KEPT:
            self._begun.popitem(last=False)

    def forget(self, run: str) -> None:
        """Tell from now on what the trace has of this run."""
        self._begun.pop(run, None)

    def told(self, run: str) -> Json:
        """Return the fields that ``opened`` has of it; none where nothing is known of the run."""
        known = self._begun.get(run)
        if known is not None:
            return known
        state = self._trace.state(run)
        if state is None or not state.started_at:
            return {}
        return _fields(state.agent.raw, state.role.raw, state.goal.raw, state.mode)


def _fields(agent: str, role: str, goal: str, mode: str) -> Json:
    return {"agent": Untrusted(agent), "role": Untrusted(role), "goal": Untrusted(goal[:GOAL]), "mode": mode}
