"""Bounds of arguments, carried out: what is wrong with a call's, and what a person is asked about. Pure.

The fast answer is one validator over all of a rule's bounds; only where it says no does anything here look for the
reason, clause by clause, with the same schemas.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from interlock.policy import goal as goals
from interlock.policy.bounds import Clause
from interlock.policy.rules import Arg, Condition
from interlock.policy.schemas import Validator, clear, clear_at, fits, holds, holds_at, merged, validator
from interlock.policy.telling import told
from interlock.policy.verdicts import Why

__all__ = ["ArgGuard", "AskGuard", "clear_of", "unlisted"]

MISSING: Final = "(missing)"


def _reach(args: Any, path: Sequence[str]) -> tuple[list[Any], bool, list[Any]]:
    """Return the values at a path, whether it is missing anywhere, and what was in the way of it."""
    found: list[Any] = [args]
    missing, strange = False, list[Any]()
    for step in path:
        below: list[Any] = []
        for value in found:
            if step == "items" and isinstance(value, list | tuple):
                below.extend(cast("list[Any]", value))
            elif isinstance(value, Mapping):
                inside = cast("Mapping[str, Any]", value)
                if step in inside:
                    below.append(inside[step])
                else:
                    missing = True
            elif value is None:
                missing = True
            else:
                strange.append(value)
        found = below
    return found, missing, strange


def _entries(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True, slots=True)
class ArgGuard:
    """What one argument must be."""

    arg: Arg
    rule: str
    checks: tuple[tuple[Clause, Validator], ...]

    @classmethod
    def of(cls, arg: Arg, rule: str) -> "ArgGuard":
        """Compile the bounds of one argument; ``rule`` is their path in the policy."""
        return cls(arg, rule, tuple((clause, validator(holds([clause]))) for clause in arg.clauses))

    @property
    def by_goal(self) -> bool:
        """Whether the validator alone cannot tell."""
        return any(clause.goal for clause in self.arg.clauses)

    def schema(self) -> dict[str, Any]:
        """Return the schema of the arguments in which this one is as it must be."""
        return holds_at(self.arg.path, holds(self.arg.clauses), self.arg.optional)

    def wrong(self, args: Any, goal: str) -> Iterator[Why]:
        """Yield what is wrong with this argument."""
        values, missing, strange = _reach(args, self.arg.path)
        bound = ", ".join(clause.text for clause in self.arg.clauses)
        if missing and not self.arg.optional:
            yield Why(self.rule, bound, MISSING)
        for value in strange:
            yield Why(self.rule, bound, told(value))
        for value in values:
            if value is None and self.arg.optional:
                continue
            for clause, check in self.checks:
                fine = _named(clause, value, goal) if clause.goal else fits(check, value)
                if not fine:
                    yield Why(self.rule, clause.text, told(value))


def _named(clause: Clause, value: Any, goal: str) -> bool:
    """Return whether what a clause says of the goal holds for every entry of the value."""
    read = goals.read(goal)
    wanted = clause.goal == "in"
    names = read.names_links if clause.links else read.names
    return all(names(entry) is wanted for entry in _entries(value))


@dataclass(frozen=True, slots=True)
class AskGuard:
    """What one condition of ``ask_when`` about arguments looks for."""

    condition: Condition
    path: tuple[str, ...]
    rule: str
    whole: tuple[Clause, ...]
    each: tuple[Clause, ...]
    by_goal: tuple[Clause, ...]
    whole_clear: Validator
    each_clear: Validator

    @classmethod
    def of(cls, condition: Condition, path: tuple[str, ...], rule: str) -> "AskGuard":
        """Compile a condition; ``path`` is the argument it is about and ``rule`` its path in the policy."""
        whole = tuple(clause for clause in condition.clauses if clause.whole)
        by_goal = tuple(clause for clause in condition.clauses if clause.goal)
        each = tuple(clause for clause in condition.clauses if not clause.whole and not clause.goal)
        return cls(
            condition, path, rule, whole, each, by_goal, validator(clear(whole)), validator(clear(each))
        )

    def schema(self) -> dict[str, Any]:
        """Return the schema of the arguments in which there is surely nothing to ask about."""
        return clear_at(self.path, clear(self.condition.clauses))

    def asks(self, args: Any, goal: str) -> Iterator[Why]:
        """Yield what a person has to be asked about."""
        values, _, strange = _reach(args, self.path)
        for value in strange:
            yield Why(self.rule, self.condition.bound, told(value))
        for value in values:
            if value is None or (self.whole and fits(self.whole_clear, value)):
                continue
            if not self.each and not self.by_goal:
                yield Why(self.rule, self.condition.bound, told(value))
                continue
            for entry in _entries(value):
                if self._hit(entry, goal):
                    yield Why(self.rule, self.condition.bound, told(entry))

    def _hit(self, entry: Any, goal: str) -> bool:
        if any(not _named(clause, entry, goal) for clause in self.by_goal):
            return False
        return not self.each or not fits(self.each_clear, entry)


def clear_of(
    args: Sequence[ArgGuard], asks: Sequence[AskGuard], closed: Sequence[Arg] | None
) -> Validator | None:
    """Return the validator of the arguments that nothing is the matter with, or None where none has a bound.

    ``closed`` are the only arguments there may be; None allows others.
    """
    schemas = [guard.schema() for guard in args]
    schemas += [guard.schema() for guard in asks if not guard.by_goal]
    if closed is not None:
        schemas.append({"type": "object", "propertyNames": {"enum": sorted({arg.path[0] for arg in closed})}})
    return validator(merged(schemas)) if schemas else None


def unlisted(args: Mapping[str, Any], closed: Sequence[Arg]) -> list[str]:
    """Return the arguments that are not among the only ones there may be."""
    known = {arg.path[0] for arg in closed}
    return [name for name in args if name not in known]
