"""What a policy says and cannot mean: tools nobody declared, rules that never apply, bounds nothing meets. Pure."""

from interlock.policy.document import Document, Role, unknown
from interlock.policy.globs import covers, is_glob
from interlock.policy.nodes import Report, shown
from interlock.policy.ranges import impossible
from interlock.policy.rules import Rule

__all__ = ["check", "check_names"]


def check(document: Document, report: Report) -> None:
    """Report what cannot be meant."""
    for role in document.roles.values():
        nevers = [rule.name for rule in role.rules.values() if rule.word == "never"]
        for mention in role.mentions:
            unknown(mention, document, report)
        for rule in role.rules.values():
            if report.full:
                return
            _rule(rule, role, nevers, document, report)


def check_names(document: Document, report: Report) -> None:
    """Report roles that are named with a ``*``, of a policy that does not hold yet.

    Taken as a name it gives the role of nobody what its author means for everybody. In a policy that holds already
    it does no more than that, and whoever cannot read such a policy denies every call of every role.
    """
    for name, role in document.roles.items():
        if is_glob(name):
            problem = f"role {shown(name)} has a '*'"
            report.add(role.place, problem, "name each role in full; only tools take '*'")


def _rule(rule: Rule, role: Role, nevers: list[str], document: Document, report: Report) -> None:
    if rule.word not in ("never", "deny"):
        unknown(rule.key, document, report)
    for mention in rule.mentions:
        unknown(mention, document, report)
    over = next((name for name in nevers if covers(name, rule.name)), None)
    if rule.word != "never" and over is not None:
        problem = f"the rule of {shown(rule.name)} never applies: {shown(over)} is never"
        report.add(rule.key, problem, "take one of the two out")
    _order(rule, role, nevers, report)
    _bounds(rule, report)


def _order(rule: Rule, role: Role, nevers: list[str], report: Report) -> None:
    for name in rule.only_after:
        if name == rule.name:
            report.add(rule.key, f"{shown(name)} only after itself never happens", "name another tool")
        if name in rule.never_after:
            report.add(rule.key, f"only after and never after {shown(name)}", "keep one of the two")
        if any(covers(never, name) for never in nevers):
            problem = f"only after {shown(name)}, which is never"
            report.add(rule.key, problem, "name a tool that this role may call")
        if any(name in pair and rule.name in pair for pair in role.together):
            report.add(rule.key, f"only after {shown(name)}, and never together", "keep one of the two")


def _bounds(rule: Rule, report: Report) -> None:
    for arg in rule.args:
        if impossible(arg.clauses):
            bound = ", ".join(clause.text for clause in arg.clauses)
            report.add(arg.place, f"nothing is {shown(bound)}", "correct one of the limits")
    for condition in rule.ask:
        same = [clause for arg in rule.args if arg.path == condition.path for clause in arg.clauses]
        if condition.kind != "arg" or not condition.clauses:
            continue
        if impossible(condition.clauses):
            report.add(condition.place, f"nothing is {shown(condition.bound)}", "correct one of the limits")
        elif same and impossible([*same, *condition.clauses]):
            report.add(
                condition.place,
                f"nobody is ever asked: args denies every {condition.name} that is {shown(condition.bound)}",
                "let one of the two begin where the other ends",
            )
