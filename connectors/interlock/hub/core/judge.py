"""What approvals ask of the policy: one call judged, and how a person's decision about a tool is made."""

from typing import Protocol

from interlock.hub.core.world import Run
from interlock.policy import Approval, Decision
from interlock.wire import AskPermit

__all__ = ["Judge"]


class Judge(Protocol):
    """The hub's own copy of the policy."""

    def check(self, run: Run, ask: AskPermit, *, again: bool = False) -> Decision:
        """Return what the hub says of this request: the stricter of this and of what the gate says counts.

        ``again``: its permit is there, and not counted against it.
        """
        ...

    def policy(self, run: Run) -> str:
        """Return the digest of the policy that holds for this run, or nothing without one."""
        ...

    def approval(self, run: Run, tool: str) -> Approval:
        """Return by how many people, and within how long, an escalation of this tool is decided."""
        ...

    def compensates(self, run: Run, tool: str) -> str:
        """Return the tool that makes good what this one did, as its contract says, or nothing."""
        ...

    def near(self, run: Run, ask: AskPermit) -> tuple[tuple[str, str, str], ...]:
        """Return rule, bound and value of each bound that this call comes close to."""
        ...
