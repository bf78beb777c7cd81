"""Which policy and which level each run is under, told to its trace, so that every screen shows it.

Another level is told at once. Another version of the policy is told to a run that reports something: before that, so
that nothing the run did under the new version stands ahead of it, and never to the thousands that say nothing more.
"""

from collections.abc import Collection, Iterable

from interlock.events import RunRuled
from interlock.hub.core.bypolicy import ByPolicy, Known
from interlock.hub.core.desk import Desk
from interlock.hub.core.world import Run
from interlock.reserved import reserved
from interlock.runs import RunState

__all__ = ["Ruled"]

_NOTHING = ("", 0, False, "auto")


class Ruled:
    """Tells a run's trace only of what is another thing than before; of nothing, while nothing holds."""

    def __init__(self, desk: Desk, judge: ByPolicy) -> None:
        self._desk, self._judge = desk, judge
        self._behind: set[str] = set()
        """Live runs whose traces have not been told of the version that they are under now."""

    def owes(self, runs: Collection[str]) -> bool:
        """Return whether one of these runs has to be told of a version."""
        return not self._behind.isdisjoint(runs)

    def born(self, run: Run) -> None:
        """Tell a run that just registered what it is under."""
        self._tell(run, {}, soon=False)

    def reported(self, runs: Iterable[str]) -> None:
        """Tell runs that report something what they are under."""
        for name in [name for name in runs if name in self._behind]:
            run = self._desk.world.runs.get(name)
            if run is not None:
                self._tell(run, {}, soon=False)

    def changed(self) -> None:
        """Tell every live run whose level changed; not before the gates were told."""
        self._desk.behind_frames("", lambda: self._all(self._desk.world.live.values()))

    def _all(self, runs: Iterable[Run]) -> None:
        known: Known = {}
        self._behind.clear()
        for run in runs:
            self._tell(run, known, soon=True)

    def reconcile(self, states: Iterable[RunState]) -> None:
        """After a start: take what the trace shows of each live run, and tell what it missed."""
        live, known = self._desk.world.live, Known()
        for state in states:
            run = live.get(state.run)
            if run is not None:
                run.ruled = (state.policy, state.policy_n, state.candidate, state.level)
                self._tell(run, known, soon=True)

    def _tell(self, run: Run, known: Known, *, soon: bool) -> None:
        """Tell the run what is another thing than before; ``soon``: of another version alone it is told later."""
        now, told = self._judge.under(run, known), run.ruled or _NOTHING
        if now == told or reserved(run.agent) or reserved(run.role):
            self._behind.discard(run.name)
            return
        if soon and now[-1] == told[-1]:
            self._behind.add(run.name)
            return
        self._behind.discard(run.name)
        run.ruled = now
        digest, n, candidate, level = now
        self._desk.tell(run.name, RunRuled(policy=digest or None, n=n, candidate=candidate, level=level))
