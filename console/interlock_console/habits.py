"""Which tools the runs of a role call, and which run calls one that no other run of its role does. Pure.

Every call of a run that was talked into something can succeed, and nothing in it repeats: no count of errors or loops
shows it. What it does still differs from what its colleagues do. This says only that, as a count anybody can check:
it knows nothing of intent, and a run that uses its role's own tools for harm is not found by it.
"""

from collections import Counter

from interlock.runs import RunState
from interlock.text import Untrusted

__all__ = ["COLLEAGUES", "Habits"]

COLLEAGUES = 10
"""Runs of a role that called a tool, from which on a tool that only one of them called says something."""

_Call = tuple[str, Untrusted]
"""A role, and a tool that runs of it call."""


class Habits:
    """Who of a role calls what, kept with every change of a run. Recorded runs are left out: they harm nobody."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[_Call, ...]] = {}
        self._sizes: Counter[str] = Counter()
        self._who: dict[_Call, set[str]] = {}
        self._single: set[_Call] = set()

    def put(self, state: RunState) -> None:
        """Take a run as it is now."""
        if state.mode == "replay" or len(state.tools) == len(self._calls.get(state.run, ())):
            return
        self.drop(state.run)
        role = state.role.raw
        calls = self._calls[state.run] = tuple((role, tool) for tool in state.tools)
        self._sizes[role] += 1
        for call in calls:
            self._who.setdefault(call, set()).add(state.run)
            self._weigh(call)

    def drop(self, run: str) -> None:
        """Forget a run that is gone from the fleet."""
        calls = self._calls.pop(run, ())
        if calls:
            self._sizes[calls[0][0]] -= 1
        for call in calls:
            self._who[call].discard(run)
            self._weigh(call)

    def _weigh(self, call: _Call) -> None:
        if len(self._who[call]) == 1:
            self._single.add(call)
        else:
            self._single.discard(call)

    def odd(self) -> set[str]:
        """Return the runs that call a tool which no other run of their role calls."""
        return {run for call in self._single if self._sizes[call[0]] >= COLLEAGUES for run in self._who[call]}

    def alone(self, state: RunState) -> list[Untrusted]:
        """Return the tools that this run alone calls in its role, none where the role has few runs."""
        if self._sizes[state.role.raw] < COLLEAGUES:
            return []
        return [call[1] for call in self._calls.get(state.run, ()) if call in self._single]

    def names(self, state: RunState) -> str:
        """Return these tools in lower case, as a filter reads them."""
        return " ".join(tool.raw for tool in self.alone(state)).casefold()

    def size(self, state: RunState) -> int:
        """Return how many runs of the role called a tool so far, this one among them."""
        return self._sizes[state.role.raw]

    def rarest(self, state: RunState) -> float:
        """Return what share of the runs of its role call the rarest tool that this run calls; 1 where all do."""
        size = self._sizes[state.role.raw]
        calls = self._calls.get(state.run, ())
        return min(len(self._who[call]) for call in calls) / size if calls and size >= COLLEAGUES else 1.0
