"""One entry of the record as one row that a person reads: who, what, why, and what came of it. Pure.

The words of each kind are one line of a table. A kind without a line still gives a row. Values come out of bodies that
agents and people wrote: a row is plain text, to be shown through :mod:`interlock.text` like everything of theirs.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

__all__ = ["FIELDS", "KINDS", "LONG", "Words", "keys", "row", "texts", "words"]

Json = dict[str, Any]

FIELDS = (
    "n", "at", "kind", "who", "what", "why", "run", "tool", "verdict", "permit", "digest", "outcome", "hash",
)  # fmt: skip
LONG = 400
"""Characters of a text in a row; the entry itself has all of it."""

_WHAT: dict[str, str] = {
    "run": "run of agent {agent} as {role} registered",
    "gate": "gate {gate} joined the run",
    "gate.left": "gate {gate} left the run",
    "run.finished": "the run ended, as its agent says: {claim}",
    "order": "{verb}",
    "stage": "{verb}: {stage}",
    "answer": "gate {gate} answered",
    "lift": "lifted the standing order",
    "permit": "permit for {tool}",
    "permit.void": "the permit is void",
    "outcome": "{tool} ended: {outcome}",
    "outcome.unknown": "{tool}: whether it happened is unknown",
    "claim": "took the run in hand",
    "release": "let the run go",
    "note": "noted",
    "forgotten": "the hub forgot runs of its own",
    "image": "image of the world as of entry {entry}",
    "policy": "pushed policy {n}",
    "policy.staged": "staged policy {n}",
    "policy.promoted": "promoted policy {n}",
    "policy.withdrawn": "withdrew policy {n}",
    "dial": "turned the dial to {level}",
    "rules.void": "a change of policy or dial was taken back",
    "escalation": "{tool} waits for a person",
    "vote": "voted on {escalation}",
    "escalation.clock": "the time to decide {escalation} stands still or goes on",
    "edited": "edited the arguments of {escalation}",
    "approved": "approved {escalation}",
    "rejected": "rejected {escalation}",
    "timed_out": "nobody decided {escalation} in time",
    "void": "{escalation} is void",
    "compensation": "compensation begun",
    "step": "step of compensation {plan}: {state}",
    "compensation.ended": "compensation {plan} ended: {state}",
    "reconciled": "reconciled: {outcome}",
    "operator": "operator {name}: {role}",
    "token": "token for {operator}",
    "revoked": "revoked token {token}",
    "signin": "signed in",
    "break_glass": "BROKE THE GLASS",
    "break_glass.ended": "break-glass ended",
    "break_glass.reviewed": "reviewed a break-glass",
    "agent_token": "token for agent {agent} as {role}",
    "erased": "erased texts from the trace",
    "epoch": "restored from a backup: epoch {epoch}",
    "signing_key": "checkpoints are signed by key {key}",
}
KINDS = tuple(_WHAT)
"""The kinds that have words here."""
_VERDICT = {
    "permit": "allow",
    "escalation": "ask",
    "approved": "allow",
    "rejected": "deny",
    "timed_out": "deny",
    "void": "deny",
    "permit.void": "deny",
}
_HUB = "hub"
"""Who it was, where nobody is named."""
_UNSAID = "?"
"""What stands for a value that an entry does not have."""
_VALUE = re.compile(r"\{\w+\}")
_WHY = ("reason", "why", "note", "text", "rule", "problem")
_WHO = ("by", "decided_by", "operator", "agent", "gate")
_NONE: Json = {}


def row(entry: Mapping[str, Any]) -> Json:
    """Return the row (:data:`FIELDS`) of an entry, given as ``n at kind run order permit hash body``."""
    kind, body = entry["kind"], _body(entry)
    return {
        "n": entry["n"],
        "at": entry["at"],
        "kind": kind,
        "who": _first(body, _WHO) or _HUB,
        "what": _what(kind, body, entry.get("run", "")),
        "why": _first(body, _WHY),
        "run": entry.get("run", ""),
        "tool": _text(body.get("tool")),
        "verdict": _text(body.get("verdict")) or _VERDICT.get(kind, ""),
        "permit": entry.get("permit", ""),
        "digest": _text(body.get("digest") or body.get("sha256")),
        "outcome": _text(body.get("outcome") or body.get("claim") if kind != "claim" else ""),
        "hash": entry["hash"],
    }


class Words(NamedTuple):
    """What a row says beside texts and numbers of its entry."""

    alone: tuple[str, ...]
    """What may stand in a field by itself."""
    around: tuple[str, ...]
    """The pieces of its sentence, with a value between each two."""


def words(kind: str) -> Words | None:
    """Return what every row of a kind says; None where that depends on more than the kind."""
    if kind == "order":
        return None
    return Words((_HUB, _UNSAID, _VERDICT.get(kind, "")), tuple(_VALUE.split(_WHAT.get(kind, kind))))


def _body(entry: Mapping[str, Any]) -> Json:
    body = entry["body"]
    return cast("Json", body) if isinstance(body, dict) else _NONE


def _what(kind: str, body: Json, run: str) -> str:
    said = _WHAT.get(kind)
    if said is None:
        return kind
    what = said.format_map(_Values(body))
    return (what + _whom(body, run) if kind == "order" else what)[:LONG]


def _whom(body: Json, run: str) -> str:
    scope = body.get("scope")
    if isinstance(scope, dict) and scope:
        name, value = next(iter(cast("Json", scope).items()))
        return f" the {name}" if value is True else f" the {name} {_text(value)}"
    count = len(list(_list(body.get("runs")))) + len(list(_list(body.get("below"))))
    return " the run" if run else f" {count} runs"


class _Values(dict[str, Any]):
    """The values a sentence names; one that is not there is nothing."""

    def __init__(self, body: Json) -> None:
        super().__init__((name, _text(value)) for name, value in body.items())

    def __missing__(self, _: str) -> str:
        return _UNSAID


def _first(body: Json, names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(body.get(name)))), "")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value[:LONG]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _list(value: object) -> Iterator[str]:
    """Yield the texts in a list, or the names in an object."""
    if isinstance(value, list | dict):
        yield from (name for name in cast("list[object]", value) if isinstance(name, str))


def keys(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what an entry is found by, as pairs of the filter's name and its exact value."""
    shown, body = row(entry), _body(entry)
    yield "kind", shown["kind"]
    yield "operator", shown["who"]
    if shown["tool"]:
        yield "tool", shown["tool"]
    runs = {entry["run"], *_list(body.get("runs")), *_list(body.get("below"))} - {""}
    yield from (("run", run) for run in sorted(runs))


def texts(value: object) -> Iterator[str]:
    """Yield every text in a body, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in cast("Json", value).values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from texts(inner)
