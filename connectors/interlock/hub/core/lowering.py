"""Rules of the policy that lower a role's dial by themselves. Only a person raises it again.

What happened is counted in memory: a start of the hub begins anew. The dial it lowered stands over every start.
"""

from collections import deque
from hashlib import sha256

from interlock.dials import LEVELS, DialScope
from interlock.hub.core.bypolicy import ByPolicy
from interlock.hub.core.deciding import Deciding
from interlock.hub.core.desk import Desk
from interlock.hub.core.permits import Permits
from interlock.hub.core.ruling import AskDial
from interlock.hub.core.turning import Turning
from interlock.hub.core.world import Run
from interlock.policy.lowering import Lower
from interlock.text import Untrusted

__all__ = ["Lowering"]

_ROLES_MAX = 500
_TIMES_MAX = 9_999


class Lowering:
    """Counts by role what went wrong, and turns the dial down where the policy says so."""

    def __init__(self, desk: Desk, judge: ByPolicy, turning: Turning) -> None:
        self._desk, self._judge, self._turning = desk, judge, turning
        self._seen: dict[tuple[str, str], deque[float]] = {}

    def listen(self, deciding: Deciding, permits: Permits) -> None:
        """Hear of what they see."""
        deciding.rejected = lambda run: self.happened(self._desk.world.runs[run], "rejected")
        permits.doubtful = lambda run: self.happened(run, "unknown")

    def happened(self, run: Run, what: str) -> None:
        """A call of this run was ``rejected`` by a person, or its outcome is ``unknown``."""
        now = self._desk.now.mono
        seen = self._seen.pop((run.role, what), None) or deque[float](maxlen=_TIMES_MAX)
        seen.append(now)
        self._seen[run.role, what] = seen
        if len(self._seen) > _ROLES_MAX:
            del self._seen[next(iter(self._seen))]
        policy = self._judge.readable(run)
        for at, rule in enumerate(policy.lowers(run.role) if policy is not None else ()):
            if rule.what == what and sum(each > now - rule.seconds for each in seen) >= rule.count:
                self._lower(run.role, at, rule)

    def _lower(self, role: str, at: int, rule: Lower) -> None:
        scope = DialScope(role=Untrusted(role))
        held = self._turning.level(scope)
        if LEVELS.index(held) <= LEVELS.index(rule.to):
            return
        now = self._desk.now
        order = f"o-{sha256(repr((role, at, rule, now)).encode()).hexdigest()[:16]}"
        by, why = (
            f"rule:roles.{role}.lower"[:128],
            f"{rule.after} of this role: its dial goes down to {rule.to}",
        )
        self._turning.lower(AskDial(order, scope, rule.to, by, why, now.wall, cause="policy"))
