"""Bounds on what a run called before: order, counts and pairs. Pure; time is the history's, or an argument."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interlock.policy.globs import is_glob, matches
from interlock.policy.history import WINDOWS, History
from interlock.policy.rules import AtMost, Rule
from interlock.policy.verdicts import Why

__all__ = ["SequenceGuard"]


def _among(name: str, tools: Iterable[str]) -> list[str]:
    """Return those of ``tools`` that a name, or a name with ``*``, stands for."""
    if is_glob(name):
        return [tool for tool in tools if matches(name, tool)]
    return [name] if name in tools else []


@dataclass(frozen=True, slots=True)
class SequenceGuard:
    """What must and must not have been called before one tool."""

    name: str
    """The rule's: its calls are counted together."""
    path: str
    at_most: tuple[AtMost, ...]
    only_after: tuple[str, ...]
    never_after: tuple[str, ...]
    apart: tuple[str, ...]
    """The other sides of the pairs this tool is in."""
    apart_path: str
    plain: bool
    """No name has a ``*`` and no limit a window: counts by name are all it takes."""
    before: frozenset[str]
    shut: tuple[str, ...]
    most: int | None

    @classmethod
    def of(
        cls, tool: str, rule: Rule | None, path: str, pairs: Iterable[tuple[str, str]], role: str
    ) -> "SequenceGuard | None":
        """Return the guard of ``tool`` under its rule and the role's pairs, or None where there is nothing to guard."""
        apart: list[str] = []
        for one, other in pairs:
            if matches(one, tool):
                apart.append(other)
            if matches(other, tool):
                apart.append(one)
        limits = (rule.at_most, rule.only_after, rule.never_after) if rule is not None else ((), (), ())
        if not any(limits) and not apart:
            return None
        name = rule.name if rule is not None else tool
        at_most, only_after, never_after = limits
        shut = (*never_after, *apart)
        plain = all(limit.per == "run" for limit in at_most) and not any(
            map(is_glob, (name, *only_after, *shut))
        )
        most = at_most[0].count if at_most and plain else None
        return cls(
            name, path, at_most, only_after, never_after, tuple(apart), f"{role}.never_together", plain,
            frozenset(only_after), shut, most,
        )  # fmt: skip

    def fine(self, tool: str, history: History, now: float) -> bool:
        """Return whether :meth:`wrong` would yield nothing, in a fraction of its time for most rules."""
        if not self.plain:
            return next(self.wrong(tool, history, now), None) is None
        if not self.before <= history.done:
            return False
        counts = history.counts
        for name in self.shut:
            if counts.get(name):
                return False
        return self.most is None or counts.get(self.name, 0) < self.most

    def wrong(self, tool: str, history: History, now: float) -> Iterator[Why]:
        """Yield every bound that the run's calls so far, and this one, break."""
        done, counts = history.done, history.counts
        for name in self.only_after:
            if not (name in done or (is_glob(name) and _among(name, done))):
                yield Why(f"{self.path}.only_after", name, "not done yet")
        for name in self.never_after:
            yield from self._before(f"{self.path}.never_after", name, counts)
        for name in self.apart:
            yield from self._before(self.apart_path, f"{name} with {tool}", counts, name)
        for limit in self.at_most:
            count = self._count(limit, history, now)
            if count >= limit.count:
                yield Why(f"{self.path}.at_most", limit.text, f"{count} already")

    def _before(self, path: str, bound: str, counts: dict[str, int], name: str = "") -> Iterator[Why]:
        called = [tool for tool in _among(name or bound, counts) if counts[tool] > 0]
        if called:
            yield Why(path, bound, f"{called[0][:80]} was called")

    def _count(self, limit: AtMost, history: History, now: float) -> int:
        tools = _among(self.name, history.counts)
        if limit.per == "run":
            return sum(history.counts[tool] for tool in tools)
        return history.within(tools, now - WINDOWS[limit.per])
