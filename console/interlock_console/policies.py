"""The policy of a hub in lines: the two sides of a staged one, a version's changes, its rules and its text. Pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from interlock.text import visible_line
from interlock_console import aim
from interlock_console.combined import Row
from interlock_console.output import age

__all__ = ["against", "changes", "dials", "flat", "place", "roles", "sides", "text", "who", "would_change"]

Json = dict[str, Any]

_DIGEST = 12
_COUNTS = ("runs", "calls", "allow", "ask", "deny", "shadow")
_LEFT, _RIGHT = 14, 14
_NEAR = 40


def who(version: Json, now: float) -> str:
    """Return ``version 3, ab12cd34ef56, by ann 2h ago: tighter refunds``: visible."""
    digest = _line(version.get("digest"), 64)[:_DIGEST]
    ago = age(now - float(version.get("at") or 0))
    why = _line(version.get("reason"), 160) or "no reason given"
    return f"version {_line(version.get('n'))}, {digest}, by {_line(version.get('by'), 40)} {ago} ago: {why}"


def changes(version: Json) -> list[Row]:
    """Return what a version changed against the one that was active before it, a line each."""
    found: list[Json] = version.get("diff") or []
    total = int(version.get("diff_total") or 0)
    rows = [row for entry in found for row in _change(entry)]
    if total > len(found):
        rows.append(Row("changed", f"and {total - len(found)} more; the text below is whole", "dim"))
    return rows or [Row("changed", "nothing, or it is the first one", "dim")]


def against(texts: Json, active: Json) -> list[Json] | None:
    """Return what would change if one version held in place of another: ``{"path", "was", "now"}`` each, by path.

    Both are what the hub tells of a version. None where it does not keep one of them any more: its ``json`` is empty.
    """
    if not texts.get("json") or not active.get("json"):
        return None
    # It brings the whole language of policies, which no console needs that shows none.
    from interlock.policy.changes import between

    was, now = (json.loads(str(each["json"])) for each in (active, texts))
    return [change._asdict() for change in between(was, now)]


def would_change(version: Json, texts: Json, active: Json, n: object) -> list[Row]:
    """Return what would change if a version held in place of the active one, ``n``, a line each."""
    found = against(texts, active)
    if found is None:
        gone = Row("changed", f"against version {_line(n, 12)}, in force now: its text is not kept", "held")
        return [gone, Row("changed", "what it once changed itself:", "dim"), *changes(version)]
    head = Row("changed", f"against version {_line(n, 12)}, which is in force now: {len(found)}", "head")
    return [head, *(row for entry in found for row in _change(entry))]


def _change(entry: Json) -> list[Row]:
    """Return where it is, what it was and what it is now, a line each: none of them cuts another."""
    rows = [Row("changed", _line(entry.get("path"), 160), "head")]
    for name, sign, tone in (("was", "-", "still"), ("now", "+", "live")):
        if entry.get(name) is not None:
            rows.append(Row("changed", f"  {sign} {_line(entry.get(name), 200)}", tone))
    return rows


def text(answer: Json) -> list[Row]:
    """Return the YAML as it was pushed, numbered; where it is not kept any more, the normal form, and says so."""
    source = answer.get("source") or ""
    if source:
        return [Row("yaml", f"{n:>4}  {_line(line, 400)}") for n, line in enumerate(source.splitlines(), 1)]
    if answer.get("json"):
        return [Row("", "the YAML is not kept here; this is what it comes to", "held"), *roles(answer)]
    gone = "its texts are older than the newest 50; the record has them: interlock audit --kind policy"
    return [Row("yaml", gone, "held")]


def roles(answer: Json) -> list[Row]:
    """Return every rule of every role, one path and what it says a line."""
    try:
        found: object = json.loads(str(answer.get("json") or "{}"))
    except ValueError:
        return [
            Row("", "the hub told a policy that cannot be read; 'interlock policy show' asks again", "fault")
        ]
    of = cast("Json", found).get("roles") if isinstance(found, dict) else None
    rows: list[Row] = []
    for name, rules in cast("Json", of).items() if isinstance(of, dict) else ():
        rows.append(Row("role", _line(name, 60), "head"))
        rows += [Row("rule", f"{path}: {said}", _tone(said)) for path, said in flat(rules)]
    return rows or [Row("", "it names no role: every call is denied", "held")]


def _tone(said: str) -> str:
    return {"deny": "still", "ask": "held", "shadow": "shadow"}.get(said, "text")


def flat(value: object, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, visible text) of everything in a tree."""
    if isinstance(value, dict) and value:
        for name, inner in cast("Json", value).items():
            yield from flat(inner, f"{above}.{_line(name, 60)}" if above else _line(name, 60))
    elif isinstance(value, list) and all(
        not isinstance(each, dict | list) for each in cast("list[object]", value)
    ):
        yield above or "is", ", ".join(_line(each, 120) for each in cast("list[object]", value))
    else:
        yield above or "is", _line(value if isinstance(value, str) else json.dumps(value), 160)


def sides(answer: Json, now: float) -> list[Row]:
    """Return both sides of a staged policy beside each other: what they counted, then rule by rule."""
    active, candidate = _side(answer, "active"), _side(answer, "candidate")
    since = age(now - float(answer.get("since") or 0))
    share = f"{100 * float(answer.get('share') or 0):g} %"
    names = (f"active v{_line(active.get('n'))}", f"candidate v{_line(candidate.get('n'))}")
    heads = f"{'':<10}{names[0]:>{_LEFT}}{names[1]:>{_RIGHT}}"
    rows = [Row("sides", f"{share} of new runs since {since}", "held"), Row("sides", heads, "dim")]
    for name in _COUNTS:
        one, other = int(active.get(name) or 0), int(candidate.get(name) or 0)
        told = f"{name:<10}{_share(one, active, name):>{_LEFT}}{_share(other, candidate, name):>{_RIGHT}}"
        rows.append(Row("sides", told))
    return rows + _rules(active, candidate)


def _share(count: int, side: Json, name: str) -> str:
    calls = int(side.get("calls") or 0)
    if name in ("runs", "calls") or not calls:
        return str(count)
    return f"{count} ({100 * count / calls:.0f} %)"


def _side(answer: Json, name: str) -> Json:
    found: Json = answer.get(name) or {}
    return found


def _rules(active: Json, candidate: Json) -> list[Row]:
    """Return how often each rule decided at each side; what the sides differ in comes first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for at, side in enumerate((active, candidate)):
        for entry in cast("list[Json]", side.get("rules") or []):
            key = (str(entry.get("verdict")), str(entry.get("rule")))
            counts.setdefault(key, [0, 0])[at] += int(entry.get("count") or 0)
    ranked = sorted(counts.items(), key=lambda item: (-abs(item[1][0] - item[1][1]), -sum(item[1])))
    return [
        Row("by rule", f"{_line(verdict, 8):<8} {one:>7} {other:>7}  {_line(rule, 120)}", _tone(verdict))
        for (verdict, rule), (one, other) in ranked
    ]


def dials(found: Iterable[Json], now: float) -> list[Row]:
    """Return every dial: whom it holds back, how far, since when, by whom and why."""
    rows = [
        Row(
            "dial",
            f"{aim.words(dial.get('scope'))} at {_line(dial.get('level'), 10)}, by {_line(dial.get('by'), 40)} "
            f"{age(now - float(dial.get('at') or 0))} ago, {_line(dial.get('order'), 24)}: "
            f"{_line(dial.get('reason') or dial.get('cause'), 160)}",
            "held",
        )
        for dial in found
    ]
    return rows or [Row("dial", "none holds anything back; D on a run, or :dial, turns one", "dim")]


def place(source: str, rule: str) -> int:
    """Return the line of a rule's path in a policy's YAML, or of the nearest part above it; 0 where it is nowhere."""
    import yaml

    try:
        node: Any = yaml.compose(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return 0
    found, rest = 0, rule
    while isinstance(node, yaml.MappingNode) and rest:
        keys = [(str(key.value), key, inner) for key, inner in node.value if isinstance(key, yaml.ScalarNode)]
        fits = [
            entry for entry in keys if rest == entry[0] or rest.startswith((f"{entry[0]}.", f"{entry[0]}["))
        ]
        if not fits:
            break
        # The longest: a tool may have a dot in its name, and begin like another one.
        name, key, node = max(fits, key=lambda entry: len(entry[0]))
        found, rest = int(key.start_mark.line) + 1, rest[len(name) :].lstrip(".")
    return found


def _line(value: object, most: int = _NEAR) -> str:
    return visible_line("" if value is None else str(value), most)
