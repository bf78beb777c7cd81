"""Which policy and which level each run is under, told to its trace, so that every screen shows it."""

from collections.abc import Iterable

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

    def born(self, run: Run) -> None:
        """Tell a run that just registered what it is under."""
        self._tell(run, {})

    def changed(self) -> None:
        """Tell every live run for which something changed; not before the gates were told."""
        self._desk.behind_frames("", lambda: self._all(self._desk.world.live.values()))

    def _all(self, runs: Iterable[Run]) -> None:
        known: Known = {}
        for run in runs:
            self._tell(run, known)

    def reconcile(self, states: Iterable[RunState]) -> None:
        """After a start: take what the trace shows of each live run, and tell what it missed."""
        live, known = self._desk.world.live, Known()
        for state in states:
            run = live.get(state.run)
            if run is not None:
                run.ruled = (state.policy, state.policy_n, state.candidate, state.level)
                self._tell(run, known)

    def _tell(self, run: Run, known: Known) -> None:
        now = self._judge.under(run, known)
        if now == (run.ruled or _NOTHING) or reserved(run.agent) or reserved(run.role):
            return
        run.ruled = now
        digest, n, candidate, level = now
        self._desk.tell(run.name, RunRuled(policy=digest or None, n=n, candidate=candidate, level=level))
