"""A policy in its one normal form: what is stored, pushed, compared and digested. Pure."""

from collections.abc import Sequence
from typing import Any

from interlock import guardrails
from interlock.contract.normal import mapping
from interlock.contract.spans import spelled
from interlock.policy.bounds import Clause
from interlock.policy.document import VERSION, Document, Role
from interlock.policy.rules import Condition, Rule
from interlock.policy.verdicts import Approval

__all__ = ["normal"]

Json = dict[str, Any]


def normal(document: Document) -> Json:
    """Return the plain JSON that reads as this very document, with no key that says nothing."""
    return _said(
        {
            "version": VERSION,
            "lists": {name: list(values) for name, values in document.lists.items()},
            "tools": {name: mapping(contract) for name, contract in document.tools.items()},
        }
    ) | {"roles": {name: _role(role) for name, role in document.roles.items()}}


def _said(found: Json) -> Json:
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, ())}


def _role(role: Role) -> Json:
    return _said(
        {
            "autonomy": role.autonomy,
            "default": role.default,
            "tools": {name: _rule(rule) for name, rule in role.rules.items()},
            "ask_when": {cls: _conditions(found) for cls, found in role.ask.items()},
            "never_together": [list(pair) for pair in role.together],
            "approvals": _approval(role.approval),
            "guard": guardrails.normal(role.guard) if role.guard is not None else None,
            "lower": [{"to": each.to, "after": each.after} for each in role.lower],
        }
    )


def _rule(rule: Rule) -> Json | str:
    if rule.word == "never":
        return {"never": rule.reason or True}
    found = _said(
        {
            "args": {arg.name: _bound(arg.clauses) for arg in rule.args},
            "other_args": None if rule.other_args else "deny",
            "at_most": [limit.text for limit in rule.at_most],
            "only_after": list(rule.only_after),
            "never_after": list(rule.never_after),
            "ask_when": _conditions(rule.ask),
            "when": rule.when,
            "autonomy": rule.autonomy,
            "approvals": _approval(rule.approval),
        }
    )
    return found or rule.word


def _bound(clauses: Sequence[Clause]) -> str | list[str]:
    texts = [clause.text for clause in clauses]
    if any(text.startswith(("~", "!~", "one of", "none of")) for text in texts[:-1]):
        return texts
    return ", ".join(texts)


def _conditions(found: Sequence[Condition]) -> Json | list[Json]:
    parts = [_condition(condition) for condition in found]
    names = {name for part in parts for name in part}
    return (
        {name: value for part in parts for name, value in part.items()} if len(names) == len(parts) else parts
    )


def _condition(condition: Condition) -> Json:
    if condition.kind in ("always", "tainted"):
        return {condition.kind: True}
    if condition.kind == "when":
        return {"when": condition.bound}
    return {condition.name: _bound(condition.clauses)}


def _approval(approval: Approval | None) -> Json | None:
    if approval is None:
        return None
    found: Json = {"needs": approval.needs, "wait": spelled(approval.wait_s), "on_timeout": "reject"}
    return found | ({"pace": approval.pace} if approval.pace else {})
