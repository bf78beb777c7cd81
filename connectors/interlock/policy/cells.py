"""What holds for one tool of one role in one class, ready to be asked. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from interlock.contract import Contract, ToolClass
from interlock.policy.arguments import ArgGuard, AskGuard, clear_of
from interlock.policy.document import Role
from interlock.policy.rules import Condition, Rule
from interlock.policy.schemas import Validator
from interlock.policy.sequence import SequenceGuard
from interlock.policy.verdicts import Autonomy, Decision, lowest

__all__ = ["Bounds", "Cell", "bounds_of", "cell_of"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The compiled bounds of a rule: the same for every tool that it speaks for, so compiled once."""

    args: tuple[ArgGuard, ...]
    asks: tuple[AskGuard, ...]
    others: tuple[tuple[Condition, str], ...]
    """Conditions that are not about one argument: always, tainted, CEL; each with its path."""
    clear: Validator | None
    by_goal: bool
    """Whether an argument must be one that the goal names: no validator can tell."""
    asks_goal: tuple[AskGuard, ...]
    """The conditions that look at the goal: beside the validator they are all that has to be looked at."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One tool of one role, called in one class."""

    role: str
    tool: str
    cls: ToolClass
    """The class in force: the stricter of the caller's and the policy's."""
    rule: Rule | None
    path: str
    """Where the rule stands, or the role's default."""
    word: str
    bounds: Bounds
    sequence: SequenceGuard | None
    level: Autonomy
    level_path: str
    needs: int
    allowed: Decision
    quick: bool
    """Whether the call may pass as soon as the validator finds nothing, with the dial at ``auto``."""


def bounds_of(role: Role, rule: Rule | None, cls: ToolClass, contract: Contract | None, path: str) -> Bounds:
    """Compile the bounds of a rule and the role's conditions for a class."""
    args = tuple(
        ArgGuard.of(arg, f"{path}.args.{arg.name}") for arg in (rule.args if rule is not None else ())
    )
    asks: list[AskGuard] = []
    others: list[tuple[Condition, str]] = []
    targets = (contract.targets or ()) if contract is not None else ()
    for condition, where in _conditions(role, rule, cls, path):
        if condition.kind != "arg":
            others.append((condition, where))
            continue
        paths = [condition.path] if condition.path else [tuple(target.split(".")) for target in targets]
        asks.extend(AskGuard.of(condition, one, where) for one in paths)
    closed = rule.args if rule is not None and not rule.other_args else None
    return Bounds(
        args,
        tuple(asks),
        tuple(others),
        clear_of(args, asks, closed),
        any(guard.by_goal for guard in args),
        tuple(guard for guard in asks if guard.by_goal),
    )


def _conditions(role: Role, rule: Rule | None, cls: ToolClass, path: str) -> Iterator[tuple[Condition, str]]:
    for condition in rule.ask if rule is not None else ():
        yield condition, _where(f"{path}.ask_when", condition)
    for key in (cls, "any"):
        for condition in role.ask.get(key, ()):
            yield condition, _where(f"roles.{role.name}.ask_when.{key}", condition)


def _where(path: str, condition: Condition) -> str:
    return f"{path}.{condition.name}" if condition.name else path


def cell_of(role: Role, rule: Rule | None, tool: str, cls: ToolClass, bounds: Bounds) -> Cell:
    """Return the cell of a tool whose rule (None: the role's default) and class are known."""
    where = f"roles.{role.name}"
    path = f"{where}.tools.{rule.name}" if rule is not None else f"{where}.default"
    word = rule.word if rule is not None else role.default
    own = rule.autonomy if rule is not None else None
    level = lowest(role.autonomy, own)
    level_path = f"{path}.autonomy" if own == level else f"{where}.autonomy"
    approval = (rule.approval if rule is not None else None) or role.approval
    needs = approval.needs if approval is not None else 1
    allowed = Decision("allow", path, "allow", "", cls, needs)
    sequence = SequenceGuard.of(tool, rule, path, role.together, where)
    late = bounds.others or bounds.by_goal or (rule is not None and rule.when)
    passes = level == "auto" or (cls == "read" and level != "stopped")
    quick = word == "allow" and not late and passes
    return Cell(
        role.name, tool, cls, rule, path, word, bounds, sequence, level, level_path, needs, allowed, quick
    )
