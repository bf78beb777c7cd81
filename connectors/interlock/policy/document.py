"""A whole policy as it is written: its lists, tools and roles. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from interlock.contract import Contract
from interlock.contract import read as read_contract
from interlock.errors import ContractError
from interlock.guardrails import Guard
from interlock.guardrails import read as read_guard
from interlock.policy.bounds import Lists
from interlock.policy.globs import is_glob, matches, weight
from interlock.policy.lowering import Lower, lowers
from interlock.policy.nodes import Node, Report, shown
from interlock.policy.rules import Condition, Rule, approvals, conditions, leads, level, rule
from interlock.policy.verdicts import CLASSES, Approval, Autonomy
from interlock.reserved import PREFIX, reserved

__all__ = ["VERSION", "Document", "Role", "document"]

VERSION: Final = 1
_TOP: Final = ("version", "lists", "tools", "roles")
_ROLE: Final = ("autonomy", "default", "tools", "ask_when", "never_together", "approvals", "guard", "lower")
_NAME_LONGEST: Final = 200
_LIST_LONGEST: Final = 1_000
_TOOLS: Final = 2_000
_ROLES: Final = 500
_RULES: Final = 500
_GLOBS: Final = 100
_PAIRS: Final = 100
"""How much of each there may be: what is compared with each other grows as a product."""


@dataclass(frozen=True, slots=True)
class Role:
    """What one role may do."""

    name: str
    place: Node
    rules: dict[str, Rule]
    default: str = "deny"
    autonomy: Autonomy | None = None
    approval: Approval | None = None
    ask: dict[str, tuple[Condition, ...]] = field(default_factory=dict[str, "tuple[Condition, ...]"])
    """By class of tool, or ``any``: what is asked about whatever the tool's own rule says."""
    together: tuple[tuple[str, str], ...] = ()
    """Pairs of tools (or of names with ``*``) of which a run calls at most one side."""
    guard: Guard | None = None
    """What is looked for in what its model reads; None: the file does not say."""
    lower: tuple[Lower, ...] = ()
    """When its dial goes down by itself."""
    mentions: tuple[Node, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Document:
    """A policy's three parts."""

    lists: Lists
    tools: dict[str, Contract]
    """By name; a name with ``*`` speaks for every tool that no more exact one speaks for."""
    roles: dict[str, Role]

    @cached_property
    def globs(self) -> tuple[str, ...]:
        """The names of tools with ``*``."""
        return tuple(filter(is_glob, self.tools))

    def contract(self, tool: str) -> Contract | None:
        """Return what ``tools:`` says of a tool: the most exact name's contract."""
        exact = self.tools.get(tool)
        if exact is not None:
            return exact
        fitting = [name for name in self.globs if matches(name, tool)]
        return self.tools[max(fitting, key=weight)] if fitting else None


def document(root: Node, report: Report) -> Document:
    """Return what the tree says; what is wrong with it is reported."""
    said = report.mapping(root, "the policy", _TOP)
    if "version" not in said:
        report.add(root, "no version", f"begin with 'version: {VERSION}'")
    elif said["version"].value != VERSION or said["version"].value is True:
        report.add(
            said["version"], f"version {shown(said['version'].plain())}", f"this reads version {VERSION}"
        )
    if "roles" not in said:
        report.add(root, "no roles", "say what each role may do in 'roles:'")
    lists = _lists(said.get("lists"), report)
    return Document(lists, _tools(said.get("tools"), report), _roles(said.get("roles"), lists, report))


def _named(node: Node | None, what: str, report: Report) -> Iterator[tuple[str, Node, Node]]:
    """Yield name, place of the name, and value of each entry of a section."""
    if node is None:
        return
    for name, value in report.mapping(node, what).items():
        place = node.key(name)
        if not name.strip() or len(name) > _NAME_LONGEST:
            report.add(place, f"a name of {len(name)} characters", f"a name has 1 to {_NAME_LONGEST}")
        yield name, place, value


def _counted(node: Node | None, what: str, most: int, report: Report) -> None:
    """Report a section with too many entries, or too many names with ``*``."""
    if node is not None and isinstance(node.value, dict):
        report.most(node, len(node.value), most, what)
        report.most(node, sum(map(is_glob, node.value)), _GLOBS, f"{what} with '*'")


def _lists(node: Node | None, report: Report) -> Lists:
    found: dict[str, list[Any]] = {}
    for name, place, value in _named(node, "lists", report):
        if name == "goal" or not name.replace("-", "_").isidentifier() or not name.isascii():
            report.add(
                place, f"{shown(name)} is no name for a list", "letters, digits, '_' and '-', and not goal"
            )
        entries = value.value if isinstance(value.value, list) else []
        if not 0 < len(entries) <= _LIST_LONGEST:
            report.add(
                value,
                f"the list {shown(name)} has no entries, or too many",
                f"write 1 to {_LIST_LONGEST}: [one, two]",
            )
        for entry in entries:
            if not isinstance(entry.value, str | int | float) or entry.value == "":
                report.add(entry, f"an entry of {shown(name)} is {entry.kind}", "write texts or numbers")
        found[name] = [entry.value for entry in entries]
    return found


def _tools(node: Node | None, report: Report) -> dict[str, Contract]:
    found: dict[str, Contract] = {}
    _counted(node, "tools", _TOOLS, report)
    for name, _, value in _named(node, "tools", report):
        found[name] = Contract()
        try:
            found[name] = read_contract(value.plain(), ("tools", name))
            _targets(found[name], value, report)
        except ContractError as error:
            for one in error.problems:
                report.add(_place(value, one.place[2:]), f"tool {shown(name)}: {one.problem}", one.fix)
    return found


def _targets(contract: Contract, node: Node, report: Report) -> None:
    """Report names of arguments that a path into them cannot be made of."""
    for target in contract.targets or ():
        if not leads(target.split(".")):
            problem = f"{shown(target)} leads to no argument"
            report.add(_place(node, ("targets",)), problem, "write name, name.field or name.items.field")


def _place(node: Node, path: tuple[str | int, ...]) -> Node:
    """Return the place a path leads to below a node, as far as it goes."""
    for at, step in enumerate(path):
        inner = node.value
        if isinstance(inner, dict) and isinstance(step, str) and step in inner:
            if at == len(path) - 1:
                return node.key(step)
            node = inner[step]
        elif isinstance(inner, list) and isinstance(step, int) and step < len(inner):
            node = inner[step]
    return node


def _roles(node: Node | None, lists: Lists, report: Report) -> dict[str, Role]:
    found: dict[str, Role] = {}
    _counted(node, "roles", _ROLES, report)
    for name, place, value in _named(node, "roles", report):
        if reserved(name):
            report.add(
                place, f"role {shown(name)} has a name of the hub's own", f"choose one without {PREFIX!r}"
            )
        found[name] = _role(name, place, value, lists, report)
    return found


def _role(name: str, place: Node, node: Node, lists: Lists, report: Report) -> Role:
    said = report.mapping(node, f"role {shown(name)}", _ROLE)
    _counted(said.get("tools"), "rules", _RULES, report)
    rules = {
        tool: rule(tool, key, value, lists, report)
        for tool, key, value in _named(said.get("tools"), "tools", report)
    }
    together, mentions = _together(said.get("never_together"), report)
    default = report.word(said["default"], "default", ("deny", "ask")) if "default" in said else "deny"
    return Role(
        name,
        place,
        rules,
        default=default or "deny",
        autonomy=level(said.get("autonomy"), report),
        approval=approvals(said.get("approvals"), report),
        ask=_ask(said.get("ask_when"), lists, report),
        together=together,
        guard=_guard(said.get("guard"), report),
        lower=lowers(said.get("lower"), report),
        mentions=mentions,
    )


def _guard(node: Node | None, report: Report) -> Guard | None:
    if node is None:
        return None
    guard, problems = read_guard(node.plain())
    for one in problems:
        report.add(_place(node, one.place), f"guard: {one.problem}", one.fix)
    return guard


def _ask(node: Node | None, lists: Lists, report: Report) -> dict[str, tuple[Condition, ...]]:
    known = (*CLASSES, "any")
    said = report.mapping(node, "ask_when of a role, which is by class", known) if node is not None else {}
    return {cls: conditions(value, lists, report) for cls, value in said.items()}


def _together(node: Node | None, report: Report) -> tuple[tuple[tuple[str, str], ...], tuple[Node, ...]]:
    pairs: dict[tuple[str, str], None] = {}
    report.most(
        node or Node(None), len(node.value) if node and isinstance(node.value, list) else 0, _PAIRS, "pairs"
    )
    mentions: list[Node] = []
    if node is not None and not isinstance(node.value, list):
        report.add(node, f"never_together is {node.kind}", "write it as [[one, two], [one, three]]")
        return (), ()
    for pair in node.value if node is not None and isinstance(node.value, list) else []:
        texts = report.texts(pair, "never_together") if isinstance(pair.value, list) else []
        names = sorted(str(text.value) for text in texts)
        if len(names) != 2 or matches(names[0], names[1]) or matches(names[1], names[0]):
            report.add(pair, "a pair is two different tools", "write it as [one, two]")
            continue
        pairs[names[0], names[1]] = None
        mentions.extend(texts)
    return tuple(sorted(pairs)), tuple(mentions)


def unknown(place: Node, document: Document, report: Report) -> bool:
    """Report a name that no tool has; return whether that is so. A name with ``*`` must stand for one at least."""
    name = str(place.value)
    if document.contract(name) is not None:
        return False
    if is_glob(name):
        if name == "*" or any(matches(name, tool) for tool in document.tools):
            return False
        report.add(
            place, f"{shown(name)} stands for no tool in 'tools:'", report.nearest(name, document.tools)
        )
    else:
        report.add(place, f"no tool {shown(name)} in 'tools:'", report.nearest(name, document.tools))
    return True
