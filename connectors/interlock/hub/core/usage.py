"""What the hub knows of calls, as bounds on a run's calls ask for it: permits, and no reads. Pure.

Counts in the run are of its permits; a minute and a day count those of the role in all its runs. What hangs on reads is
the gate's to judge, so ``only_after`` is always met here.
"""

from collections.abc import Iterable
from typing import cast

from interlock.hub.core.tally import Tally
from interlock.hub.core.world import Run
from interlock.policy import History

__all__ = ["usage"]


class _Everything:
    """Every tool was called and ended well, for all the hub can tell."""

    def __contains__(self, _: object) -> bool:
        return True

    def __ge__(self, _: object) -> bool:
        return True


class _Usage:
    """What a policy asks of a history, made of permits."""

    def __init__(self, run: Run, tally: Tally, now: float, besides: str) -> None:
        self.at, self.done = now, _Everything()
        self._role, self._tally, self._besides = run.role, tally, besides
        # The other tools of the role are there with 0, because a window counts them in all its runs.
        self.counts = dict.fromkeys(tally.tools(run.role), 0) | run.used
        if besides:
            self.counts[besides] = max(0, self.counts.get(besides, 0) - 1)

    def within(self, tools: Iterable[str], since: float) -> int:
        """Return how many permits of these tools the role had since then, in all its runs."""
        names = list(tools)
        used = sum(self._tally.within(self._role, tool, self.at - since, self.at) for tool in names)
        return max(0, used - 1) if self._besides in names else used


def usage(run: Run, tally: Tally, now: float, besides: str = "") -> History:
    """Return a history of the run's permits, at ``now`` by the tally's clock, for a policy to judge by.

    ``besides`` is a tool of which one permit is not counted: the one that is asked about.
    """
    return cast("History", _Usage(run, tally, now, besides))
