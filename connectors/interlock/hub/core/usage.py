"""What the hub knows of calls, as bounds on a run's calls ask for it: permits, and no reads. Pure.

Counts in the run are of its permits; a minute and a day count those of the role in all its runs. What hangs on reads is
the gate's to judge, so ``only_after`` is always met here.
"""

from collections.abc import Iterable

from interlock.hub.core.tally import Tally
from interlock.hub.core.world import Run
from interlock.policy import History

__all__ = ["Usage"]


class _Everything(set[str]):
    """Every tool was called, as far as the hub can tell."""

    def __contains__(self, _: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


class Usage(History):
    """A history made of permits. ``besides`` is a tool of which one is not counted: the one that is asked about."""

    __slots__ = ("_besides", "_now", "_run", "_tally")

    def __init__(self, run: Run, tally: Tally, now: float, besides: str = "") -> None:
        super().__init__()
        self.at, self._now = now, now
        self._run, self._tally, self._besides = run, tally, besides

    @property
    def counts(self) -> dict[str, int]:
        """How many permits of each tool the run had, with the other tools of its role at 0."""
        counts = dict.fromkeys(self._tally.tools(self._run.role), 0) | self._run.used
        if self._besides:
            counts[self._besides] = max(0, counts.get(self._besides, 0) - 1)
        return counts

    @property
    def done(self) -> set[str]:
        """Everything: reads are not known here."""
        return _Everything()

    def within(self, tools: Iterable[str], since: float) -> int:
        """Return how many permits of these tools the role had since then, in all its runs."""
        names = list(tools)
        used = sum(self._tally.within(self._run.role, tool, self._now - since, self._now) for tool in names)
        return max(0, used - 1) if self._besides in names else used
