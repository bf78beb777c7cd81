"""One rule as it is written under ``roles: ROLE: tools: NAME:``: what it says, without how it is carried out. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from interlock.contract.spans import duration
from interlock.policy import bounds, expression
from interlock.policy.bounds import Clause, Lists
from interlock.policy.history import WINDOWS
from interlock.policy.nodes import Node, Report, shown
from interlock.policy.verdicts import LEVELS, Approval, Autonomy

__all__ = ["Arg", "AtMost", "Condition", "Rule", "Word", "approvals", "conditions", "leads", "level", "rule"]

Word = Literal["allow", "ask", "deny", "never"]

_WORDS: Final = ("allow", "ask", "deny")
_AT_MOST: Final = re.compile(r"([0-9]{1,7}) per (run|minute|day)")
_MOST: Final = {"run": 1_000_000, "minute": 10_000, "day": 10_000}
_KEYS: Final = (
    "never", "args", "other_args", "at_most", "only_after", "never_after", "ask_when", "when", "autonomy",
    "approvals",
)  # fmt: skip
_PEOPLE: Final = 5
_DEEPEST: Final = 8
_MENTIONS: Final = 50
_LONGEST_WAIT: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Arg:
    """What an argument must be: ``name`` as written, its path, and whether the call may go without it."""

    name: str
    path: tuple[str, ...]
    optional: bool
    clauses: tuple[Clause, ...]
    place: Node = field(default_factory=lambda: Node(None), compare=False)


@dataclass(frozen=True, slots=True)
class AtMost:
    """``3 per run``: at most ``count`` calls in the run, or in the last minute or day of it."""

    count: int
    per: str
    text: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a person is asked about: where it stands, as written, and what it is about.

    ``kind`` is ``always``, ``tainted``, ``when`` (CEL, in ``bound``) or ``arg``. The ``path`` of an ``arg`` is empty
    where it is about every argument that the tool's contract names in ``targets``.
    """

    name: str
    kind: Literal["always", "tainted", "when", "arg"]
    bound: str
    path: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    place: Node = field(default_factory=lambda: Node(None), compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a role's rule for one tool, or for all that a name with ``*`` stands for, says."""

    name: str
    key: Node
    word: Word
    reason: str = ""
    args: tuple[Arg, ...] = ()
    other_args: bool = True
    at_most: tuple[AtMost, ...] = ()
    only_after: tuple[str, ...] = ()
    never_after: tuple[str, ...] = ()
    ask: tuple[Condition, ...] = ()
    when: str = ""
    autonomy: Autonomy | None = None
    approval: Approval | None = None
    mentions: tuple[Node, ...] = field(default=(), compare=False)
    """Every other tool that the rule speaks of, with its place."""


def rule(name: str, key: Node, node: Node, lists: Lists, report: Report) -> Rule:
    """Return what the rule says; what is wrong with it is reported."""
    if isinstance(node.value, str):
        word = report.word(node, f"the rule of {shown(name)}", _WORDS)
        return Rule(name, key, "ask" if word == "ask" else "allow" if word == "allow" else "deny")
    said = report.mapping(node, f"the rule of {shown(name)}", _KEYS)
    if not node.value:
        report.add(
            node, f"the rule of {shown(name)} is empty", "write allow, ask, deny, or what it depends on"
        )
    if "never" in said:
        return _never(name, key, said, report)
    return _limits(name, key, said, lists, report)


def _never(name: str, key: Node, said: dict[str, Node], report: Report) -> Rule:
    reason = said["never"]
    for other, value in said.items():
        if other != "never":
            report.add(value, f"{shown(other)} beside never has no effect", "keep one of the two")
    if reason.value is not True and not (isinstance(reason.value, str) and reason.value.strip()):
        report.add(reason, f"never is {reason.kind}", 'say why: never: "irreversible"')
    return Rule(name, key, "never", reason=str(reason.value) if isinstance(reason.value, str) else "")


def _limits(name: str, key: Node, said: dict[str, Node], lists: Lists, report: Report) -> Rule:
    after, never = (_mentioned(said.get(key), key, report) for key in ("only_after", "never_after"))
    return Rule(
        name,
        key,
        "allow",
        args=_args(said.get("args"), lists, report),
        other_args=_other(said, report) == "allow",
        at_most=_at_most(said.get("at_most"), report),
        only_after=_names(after),
        never_after=_names(never),
        ask=conditions(said.get("ask_when"), lists, report),
        when=_when(said.get("when"), report),
        autonomy=level(said.get("autonomy"), report),
        approval=approvals(said.get("approvals"), report),
        mentions=(*after, *never),
    )


def _mentioned(node: Node | None, what: str, report: Report) -> list[Node]:
    found = report.texts(node, what) if node is not None else []
    report.most(node or Node(None), len(found), _MENTIONS, f"tools in {what}")
    return found


def _names(nodes: Iterable[Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(node.value) for node in nodes))


def _other(said: dict[str, Node], report: Report) -> str:
    node = said.get("other_args")
    if node is None:
        return "allow"
    if "args" not in said:
        report.add(node, "other_args without args", "say in args what the named ones must be")
    return report.word(node, "other_args", ("allow", "deny"))


def _args(node: Node | None, lists: Lists, report: Report) -> tuple[Arg, ...]:
    if node is None:
        return ()
    said = report.mapping(node, "args")
    report.most(node, len(said), _MENTIONS, "arguments in one rule")
    if not node.value:
        report.add(node, "args is empty", "name an argument, or leave it out")
    found: list[Arg] = []
    for key, value in said.items():
        optional = key.endswith("?")
        path = _path(key.removesuffix("?"), node.key(key), report)
        clauses = bounds.parse(value, lists, report)
        if any(one.path == path for one in found):
            report.add(
                node.key(key), f"a second bound for {shown(key)}", "write both as a list under one name"
            )
        found.append(Arg(key, path, optional, clauses, value))
    return tuple(found)


def leads(path: Sequence[str]) -> bool:
    """Return whether the steps lead somewhere: none is empty, and there are not too many."""
    return all(path) and len(path) <= _DEEPEST


def _path(name: str, place: Node, report: Report) -> tuple[str, ...]:
    path = tuple(name.removeprefix("args.").split("."))
    if not leads(path):
        report.add(place, f"{shown(name)} leads to no argument", "write name, name.field or name.items.field")
        return ("",)
    return path


def _at_most(node: Node | None, report: Report) -> tuple[AtMost, ...]:
    found: dict[str, AtMost] = {}
    for one in report.texts(node, "at_most") if node is not None else []:
        match = _AT_MOST.fullmatch(str(one.value).strip())
        if match is None:
            report.add(
                one, f"at_most is {shown(one.value)}", "write it as '3 per run', 'per minute' or 'per day'"
            )
            continue
        count, per = int(match[1]), match[2]
        if not 0 < count <= _MOST[per]:
            fix = "write never, with the reason" if count == 0 else f"at most {_MOST[per]} per {per}"
            report.add(one, f"{shown(one.value)} is no limit", fix)
        if per in found:
            report.add(one, f"a second limit per {per}", "keep the lower one")
        found[per] = AtMost(count, per, match[0])
    return tuple(found[per] for per in ("run", *WINDOWS) if per in found)


def conditions(node: Node | None, lists: Lists, report: Report) -> tuple[Condition, ...]:
    """Return what ``ask_when`` lists: a mapping, a word, or a list of these. Any one of them is enough to ask."""
    if node is None:
        return ()
    if not node.value:
        report.add(node, "ask_when is empty", "write always, tainted, or {argument: bound}")
    parts = node.value if isinstance(node.value, list) else [node]
    report.most(
        node,
        sum(len(part.value) if isinstance(part.value, dict) else 1 for part in parts),
        _MENTIONS,
        "questions",
    )
    found: list[Condition] = []
    for part in parts:
        if isinstance(part.value, str):
            word = report.word(part, "ask_when", ("always", "tainted"))
            if word:
                found.append(Condition("", "always" if word == "always" else "tainted", word))
            continue
        for key, value in report.mapping(part, "ask_when").items():
            found.extend(_condition(key, value, part.key(key), lists, report))
    return tuple(found)


def _condition(key: str, value: Node, place: Node, lists: Lists, report: Report) -> Sequence[Condition]:
    if key in ("always", "tainted") and not isinstance(value.value, str):
        if value.value is not True:
            report.add(value, f"{key} is {shown(value.plain())}", f"write '{key}: true', or leave it out")
        return [Condition(key, "always" if key == "always" else "tainted", "true")]
    if key == "when":
        return [Condition(key, "when", _when(value, report))]
    clauses = bounds.parse(value, lists, report)
    bound = ", ".join(clause.text for clause in clauses)
    path = () if key == "targets" else _path(key, place, report)
    return [Condition(key, "arg", bound, path, clauses, value)]


def _when(node: Node | None, report: Report) -> str:
    if node is None:
        return ""
    text = report.text(node, "when").strip()
    problem = expression.problem(text) if text else "it is empty"
    if problem and isinstance(node.value, str):
        report.add(node, f"when is no expression: {problem}", "write CEL, such as 'args.from != args.to'")
    return text


def level(node: Node | None, report: Report) -> Autonomy | None:
    """Return the level that ``autonomy`` says."""
    if node is None:
        return None
    word = report.word(node, "autonomy", LEVELS)
    return next((one for one in LEVELS if one == word), None)


def approvals(node: Node | None, report: Report) -> Approval | None:
    """Return what ``approvals`` says."""
    if node is None:
        return None
    said = report.mapping(node, "approvals", ("needs", "wait", "on_timeout", "pace"))
    if not node.value:
        report.add(node, "approvals is empty", "write {needs: 2, wait: 10m}")
    if "on_timeout" in said:
        report.word(said["on_timeout"], "on_timeout", ("reject",))
    return Approval(
        needs=_number(said.get("needs"), "needs", _PEOPLE, 1, report),
        wait_s=_wait(said.get("wait"), report),
        pace=_number(said.get("pace"), "pace", 10_000, 0, report),
    )


def _number(node: Node | None, what: str, most: int, default: int, report: Report) -> int:
    if node is None:
        return default
    value: Any = node.value
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
        return value
    report.add(node, f"{what} is {shown(node.plain())}", f"write a whole number from 1 to {most}")
    return default


def _wait(node: Node | None, report: Report) -> float:
    if node is None:
        return Approval().wait_s
    try:
        seconds = duration(node.plain())
    except ValueError as error:
        report.add(node, f"wait is {shown(node.plain())}", str(error))
        return Approval().wait_s
    if seconds > _LONGEST_WAIT:
        report.add(node, f"wait is {shown(node.plain())}", "a day is the longest")
    return seconds
