"""A policy over a run that has happened: what it would have denied, asked and let through. Pure.

A call that is allowed or asked counts for what comes after it, as if the person had approved; a denied one does not.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from interlock.contract import ToolClass
from interlock.policy.history import History
from interlock.policy.policy import Policy
from interlock.policy.verdicts import Autonomy, Decision

__all__ = ["Judged", "Trial"]


class Judged(NamedTuple):
    """One call of the run and what the policy says of it; ``seq`` is the call's number in the recording."""

    seq: int
    tool: str
    decision: Decision


class Trial:
    """One run, call by call, in the order of the recording."""

    def __init__(self, policy: Policy, run: str, role: str, *, dial: Autonomy | None = None) -> None:
        self.run, self.role = run, role
        self.goal = ""
        """Set it before the first call: the text as the person wrote it."""
        self.decisions: list[Judged] = []
        self._policy = policy
        self._dial: Autonomy | None = dial
        self._history = History()

    def call(
        self,
        seq: int,
        tool: str,
        args: Mapping[str, Any],
        at: float,
        *,
        cls: ToolClass | None = None,
        tainted: Sequence[str] = (),
    ) -> Decision:
        """Judge a call that was asked for at ``at`` seconds."""
        made = self._policy.decide(
            self.role,
            tool,
            cls,
            args,
            self._history,
            goal=self.goal,
            dial=self._dial,
            tainted=tainted,
            now=at,
        )
        self.decisions.append(Judged(seq, tool, made))
        if made.verdict != "deny":
            self._history.note(tool, at, "started")
        return made

    def ended(self, tool: str, at: float, *, done: bool) -> None:
        """Take note of how a call ended."""
        if self._history.counts.get(tool):
            self._history.note(tool, at, "done" if done else "failed")

    def verdicts(self) -> dict[str, int]:
        """Return how many calls were allowed, asked and denied. A shadowed one counts as what it would have been."""
        found = {"allow": 0, "ask": 0, "deny": 0}
        for judged in self.decisions:
            found[judged.decision.would or judged.decision.verdict] += 1
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the run as ``interlock policy try --json`` prints it."""
        return {
            "run": self.run,
            "verdicts": self.verdicts(),
            "decisions": [
                {
                    "seq": seq,
                    "tool": tool,
                    "verdict": made.would or made.verdict,
                    "rule": made.rule,
                    "bound": made.bound,
                    "value": made.value,
                }
                for seq, tool, made in self.decisions
            ],
        }
