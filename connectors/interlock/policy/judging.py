"""A call judged against its cell, with every reason. Pure.

never > deny > ask > allow. The fast path of a call that nothing is the matter with builds nothing; whoever falls off it
is judged in full, and where the two should ever disagree, the call is denied.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, NamedTuple

from interlock.policy import expression
from interlock.policy.arguments import unlisted
from interlock.policy.cells import Cell
from interlock.policy.history import History
from interlock.policy.rules import Condition
from interlock.policy.schemas import fits
from interlock.policy.telling import told
from interlock.policy.verdicts import Autonomy, Decision, Why, lowest

__all__ = ["Call", "judge"]

MOST_REASONS: Final = 20


class Call(NamedTuple):
    """What is judged beside the cell."""

    args: Mapping[str, Any]
    history: History
    now: float
    goal: str
    dial: Autonomy | None
    tainted: Sequence[str]


def judge(cell: Cell, call: Call) -> Decision:
    """Return the decision on a call, with all its reasons."""
    denies = list(_never(cell)) or list(_denies(cell, call))
    asks = [] if denies else list(_asks(cell, call))
    if not denies and not asks and cell.bounds.clear is not None and not fits(cell.bounds.clear, call.args):
        denies = [Why(cell.path, "arguments that can be checked", told(dict(call.args)))]
    verdict: Literal["allow", "ask", "deny"] = "deny" if denies else "ask" if asks else "allow"
    return _shadowed(cell, call, _decision(cell, verdict, (denies or asks)[:MOST_REASONS]))


def _decision(cell: Cell, verdict: Literal["allow", "ask", "deny"], why: list[Why]) -> Decision:
    if not why:
        return cell.allowed
    first = why[0]
    return Decision(verdict, first.rule, first.bound, first.value, cell.cls, cell.needs, tuple(why))


def _shadowed(cell: Cell, call: Call, made: Decision) -> Decision:
    """Return the decision where the dial stands at shadow: nothing with a side effect is run, and nobody is asked."""
    if lowest(cell.level, call.dial) != "shadow" or (made.verdict == "allow" and cell.cls == "read"):
        return made
    would = made.verdict if made.verdict != "shadow" else ""
    return replace(made, verdict="shadow", would=would)


def _never(cell: Cell) -> Iterator[Why]:
    if cell.word == "never":
        reason = cell.rule.reason if cell.rule is not None else ""
        yield Why(f"{cell.path}.never", reason or "never", told(cell.tool))


def _denies(cell: Cell, call: Call) -> Iterator[Why]:
    yield from _dial(cell, call.dial)
    if cell.word == "deny":
        yield Why(cell.path, "deny", told(cell.tool))
        return
    for guard in cell.bounds.args:
        yield from guard.wrong(call.args, call.goal)
    rule = cell.rule
    if rule is not None and not rule.other_args:
        for name in unlisted(call.args, rule.args):
            yield Why(f"{cell.path}.other_args", "deny", told(name))
    if cell.sequence is not None:
        yield from cell.sequence.wrong(cell.tool, call.history, call.now)
    if rule is not None and rule.when:
        true, problem = expression.true(rule.when, _facts(cell, call))
        if not true:
            yield Why(f"{cell.path}.when", rule.when, problem or "false")


def _dial(cell: Cell, dial: Autonomy | None) -> Iterator[Why]:
    level, path = _in_force(cell, dial)
    if level == "stopped" or (level == "read-only" and cell.cls != "read"):
        yield Why(path, level, cell.cls)


def _in_force(cell: Cell, dial: Autonomy | None) -> tuple[Autonomy, str]:
    level = lowest(cell.level, dial)
    return level, cell.level_path if level == cell.level else "dial"


def _asks(cell: Cell, call: Call) -> Iterator[Why]:
    if cell.word == "ask":
        yield Why(cell.path, "ask", told(cell.tool))
    for condition, path in cell.bounds.others:
        yield from _other(condition, path, cell, call)
    for guard in cell.bounds.asks:
        yield from guard.asks(call.args, call.goal)
    level, path = _in_force(cell, call.dial)
    if level == "ask" and cell.cls != "read":
        yield Why(path, "ask", cell.cls)


def _other(condition: Condition, path: str, cell: Cell, call: Call) -> Iterator[Why]:
    """Yield the reason of a condition that is not about one argument. What cannot be told is asked."""
    if condition.kind == "always":
        yield Why(path, "always", told(cell.tool))
    elif condition.kind == "tainted":
        if call.tainted:
            yield Why(path, "tainted", told(call.tainted[0]))
    else:
        true, problem = expression.true(condition.bound, _facts(cell, call))
        if true or problem:
            yield Why(path, condition.bound, problem or "true")


def _facts(cell: Cell, call: Call) -> dict[str, Any]:
    return {
        "args": dict(call.args),
        "role": cell.role,
        "tool": cell.tool,
        "cls": cell.cls,
        "goal": call.goal,
        "tainted": list(call.tainted),
        "calls": call.history.counts,
    }
