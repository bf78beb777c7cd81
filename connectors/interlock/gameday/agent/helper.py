"""The lead's helper: tickets that need no judgement, as child runs of the lead's."""

from interlock.gameday.agent.shift import Shift
from interlock.gameday.agent.support import handle

__all__ = ["work"]


def work(shift: Shift) -> None:
    """Answer one of the simple returns."""
    handle(shift, "helper", shift.mind.choose(("A-1006", "A-1008")))
