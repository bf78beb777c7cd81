"""A policy, compiled: how a call of a role is judged. Pure, and the same at the gate and at the hub."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from interlock import canonical
from interlock.contract import Contract, ToolClass
from interlock.guardrails import Guard
from interlock.policy.cells import Bounds, Cell, bounds_of, cell_of
from interlock.policy.checks import check, check_names
from interlock.policy.document import Document, Role, document
from interlock.policy.globs import is_glob, matches, weight
from interlock.policy.history import History
from interlock.policy.jsons import read
from interlock.policy.judging import Call, judge
from interlock.policy.lowering import Lower
from interlock.policy.nodes import Node, Report
from interlock.policy.normal import normal
from interlock.policy.rules import Rule
from interlock.policy.telling import told
from interlock.policy.verdicts import Approval, Autonomy, Decision, Why, lowest, stricter
from interlock.policy.yamls import parse
from interlock.reserved import CANARY

__all__ = ["Policy", "load"]

_CELLS: Final = 4_096
"""Cells kept. Names of tools come from agents, so what is remembered of them is bounded."""


class Policy:
    """What roles may do. Build one with :func:`load` or :meth:`from_json`; it never changes.

    Safe to share between threads: what it remembers is only ever the answer that would be computed again.
    """

    def __init__(self, text: str, document: Document) -> None:
        self._text, self._document = text, document
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        """SHA-256, in hex, of :meth:`to_json`: two files that say the same have the same."""
        self._cells: dict[tuple[str, str, ToolClass | None], Cell] = {}
        self._bounds: dict[tuple[str, str, ToolClass, tuple[str, ...]], Bounds] = {}

    def __repr__(self) -> str:
        return f"Policy({self.digest[:12]}, roles={sorted(self._document.roles)})"

    def to_json(self) -> str:
        """Return the normal form: canonical JSON that :meth:`from_json` reads as this policy."""
        return self._text

    @classmethod
    def from_json(cls, text: str, *, name: str = "policy") -> Self:
        """Return the policy of a normal form. Needs no YAML. Raises PolicyError, with places of line 0."""
        report = Report()
        found = _checked(read(text, report), report)
        report.check(name)
        return cls(canonical.encode("policy", normal(found)), found)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles it speaks of, sorted."""
        return tuple(sorted(self._document.roles))

    @property
    def tools(self) -> tuple[str, ...]:
        """The names under ``tools:``, sorted; some may have ``*`` in them."""
        return tuple(sorted(self._document.tools))

    def contract(self, tool: str) -> Contract | None:
        """Return what ``tools:`` says of a tool, or None."""
        return self._document.contract(tool)

    def cls(self, tool: str, declared: ToolClass | None) -> ToolClass:
        """Return the class in force: the stricter of what the code declared and what the policy says.

        Neither the call's arguments nor anything an agent writes can change it; without both it is ``danger``.
        """
        contract = self._document.contract(tool)
        return stricter(declared, contract.cls if contract is not None else None)

    def autonomy(self, role: str, tool: str) -> Autonomy:
        """Return how far the policy lets a tool of a role act by itself; a role it does not know is ``stopped``."""
        found = self._document.roles.get(role)
        if found is None:
            return "auto" if role == CANARY else "stopped"
        rule = _rule(found, tool)
        return lowest(found.autonomy, rule.autonomy if rule is not None else None)

    def guard(self, role: str) -> Guard | None:
        """Return the guardrails in front of the model of a role, or None where the policy does not say."""
        found = self._document.roles.get(role)
        return found.guard if found is not None else None

    def lowers(self, role: str) -> tuple[Lower, ...]:
        """Return when the dial of a role goes down by itself."""
        found = self._document.roles.get(role)
        return found.lower if found is not None else ()

    def approval(self, role: str, tool: str) -> Approval:
        """Return how an escalation of this tool is decided."""
        found = self._document.roles.get(role)
        rule = _rule(found, tool) if found is not None else None
        own = rule.approval if rule is not None else None
        return own or (found.approval if found is not None else None) or Approval()

    def decide(  # noqa: PLR0913 - the facts of a call, each by its name
        self,
        role: str,
        tool: str,
        cls: ToolClass | None,
        args: Mapping[str, Any],
        history: History,
        *,
        goal: str = "",
        dial: Autonomy | None = None,
        tainted: Sequence[str] = (),
        now: float | None = None,
    ) -> Decision:
        """Return what the policy says of a call. Never raises: what cannot be judged is denied.

        ``cls`` is the class the code declared (None: nobody did). ``goal`` is the run's, as the person wrote it;
        ``dial`` is the lowest that covers the call; ``tainted`` names what untrusted content the call rests on.
        ``now`` is in the seconds of the history, and its newest time without.
        """
        try:
            cell = self._cells.get((role, tool, cls)) or self._cell(role, tool, cls)
            if cell is None:
                return self._nobody(role, tool, cls)
            if cell.quick and (dial is None or dial == "auto"):
                bounds, sequence = cell.bounds, cell.sequence
                if (
                    (bounds.clear is None or bounds.clear.is_valid(args))
                    and (sequence is None or sequence.fine(tool, history, history.at if now is None else now))
                    and (not bounds.asks_goal or not _asked(bounds, args, goal))
                ):
                    return cell.allowed
            at = history.at if now is None else now
            return judge(cell, Call(args, history, at, goal, dial, tainted))
        except Exception as error:  # noqa: BLE001 - a call that cannot be judged is denied, whatever went wrong
            why = Why("policy", "a call that can be judged", told(f"{type(error).__name__}: {error}"))
            return Decision("deny", *_parts(why), "danger", why=(why,))

    def certain(self, role: str, tool: str, cls: ToolClass) -> Decision | None:
        """Return the decision on every call of a tool with the dial at ``auto``, if it is one and the same.

        It is where the policy allows the tool and looks at no argument, no call before it and no goal.
        """
        cell = self._cells.get((role, tool, cls)) or self._cell(role, tool, cls)
        if cell is None or not cell.quick or cell.sequence is not None:
            return None
        return cell.allowed if cell.bounds.clear is None and not cell.bounds.asks_goal else None

    def _cell(self, role: str, tool: str, declared: ToolClass | None) -> Cell | None:
        found = self._document.roles.get(role)
        if found is None:
            return None
        rule, contract = _rule(found, tool), self._document.contract(tool)
        cls = stricter(declared, contract.cls if contract is not None else None)
        made = cell_of(found, rule, tool, cls, self._compiled(found, rule, cls, contract))
        if len(self._cells) >= _CELLS:
            self._cells.clear()
        self._cells[role, tool, declared] = made
        return made

    def _compiled(self, role: Role, rule: Rule | None, cls: ToolClass, contract: Contract | None) -> Bounds:
        targets = (contract.targets or ()) if contract is not None else ()
        key = (role.name, rule.name if rule is not None else "", cls, targets)
        made = self._bounds.get(key)
        if made is None:
            path = (
                f"roles.{role.name}.tools.{rule.name}" if rule is not None else f"roles.{role.name}.default"
            )
            made = self._bounds[key] = bounds_of(role, rule, cls, contract, path)
        return made

    def _nobody(self, role: str, tool: str, declared: ToolClass | None) -> Decision:
        cls = self.cls(tool, declared)
        if role == CANARY:
            return Decision("allow", "canary", "allow", "", cls)
        why = Why("roles", "a role the policy knows", told(role))
        return Decision("deny", *_parts(why), cls, why=(why,))


def _asked(bounds: Bounds, args: Mapping[str, Any], goal: str) -> bool:
    """Return whether a condition about the goal has anything to ask."""
    return any(True for guard in bounds.asks_goal for _ in guard.asks(args, goal))


def _parts(why: Why) -> tuple[str, str, str]:
    return why.rule, why.bound, why.value


def _rule(role: Role, tool: str) -> Rule | None:
    """Return the rule of a tool: a never that covers it, else the most exact name."""
    exact = role.rules.get(tool)
    fitting = [rule for name, rule in role.rules.items() if is_glob(name) and matches(name, tool)]
    never = [rule for rule in (*fitting, *([exact] if exact is not None else [])) if rule.word == "never"]
    if never:
        return max(never, key=lambda rule: weight(rule.name))
    if exact is not None:
        return exact
    return max(fitting, key=lambda rule: weight(rule.name), default=None)


def _checked(root: Node | None, report: Report) -> Document:
    """Return what a tree says; a tree that could not be read says nothing, and the report has why."""
    if root is None:
        return Document({}, {}, {})
    found = document(root, report)
    check(found, report)
    return found


def load(text: str, *, name: str = "policy.yaml") -> Policy:
    """Return the policy that a YAML text says.

    Raises PolicyError with everything that is wrong in it, each with line and column, and ConfigError without PyYAML.
    """
    report = Report()
    found = _checked(parse(text, report), report)
    check_names(found, report)
    report.check(name)
    text = canonical.encode("policy", normal(found))
    # Read again from the normal form, so that what a gate gets of it is this very policy, reasons in the same order.
    again = Report()
    made = document(read(text, again), again)
    again.check(name)
    return Policy(text, made)
