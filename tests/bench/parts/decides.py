"""Nine calls judged by our policy, by Cedar and by CEL, in turn, beside the key that a gate computes of each."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

import cedarpy
import cel
import orjson

from interlock import canonical
from interlock.policy import History, load
from tests.bench.parts import serve_in_turn
from tests.policy.samples import DESIGN

ROLE = "support-agent"

CASES: list[tuple[str, dict[str, Any], bool, str]] = [
    ("lookup_order", {"order_id": "A-1"}, False, "allow"),
    ("refund", {"order_id": "A-1", "amount": 50}, True, "allow"),
    ("refund", {"order_id": "A-1", "amount": 50}, False, "deny"),
    ("refund", {"order_id": "A-1", "amount": 500}, True, "deny"),
    ("refund", {"order_id": "B-1", "amount": 50}, True, "deny"),
    ("refund", {"order_id": "A-1", "amount": 150}, True, "ask"),
    ("send_email", {"to": "ann@acme.com", "body": "hello"}, False, "allow"),
    ("send_email", {"to": "eve@x.example", "body": "hello"}, False, "ask"),
    ("delete_all", {}, False, "deny"),
]
"""Tool, arguments, whether an order was looked up before, and the verdict of the design's policy."""

_CEDAR = """
permit(principal in Role::"support-agent", action, resource == Tool::"lookup_order");
permit(principal in Role::"support-agent", action, resource == Tool::"refund")
when { context.args.order_id like "A-*" && context.args.amount > 0 && context.args.amount <= 200
       && context.seen.contains("lookup_order") && context.calls < 3 };
permit(principal in Role::"support-agent", action, resource == Tool::"send_email")
when { context.args has to && context.args has body };
forbid(principal, action == Action::"call", resource == Tool::"refund")
when { context.args.amount > 100 };
forbid(principal, action == Action::"call", resource == Tool::"send_email")
unless { context.args.to like "*@acme.com" };
forbid(principal, action, resource) when { context.tool like "delete_*" };
"""
_ENTITIES = '[{"uid": {"type": "Agent", "id": "a"}, "attrs": {}, "parents": [{"type": "Role", "id": "support-agent"}]}]'

_CEL = {
    "lookup_order": ("true", "false"),
    "refund": (
        """args.order_id.matches('^A-[0-9]+$') && args.amount > 0 && args.amount <= 200
           && 'lookup_order' in seen && calls < 3""",
        "args.amount > 100",
    ),
    "send_email": ("size(args.body) <= 5000 && type(args.to) == string", "!args.to.endsWith('@acme.com')"),
}
"""By tool: whether a call may happen, and whether somebody is asked first."""


class Deciders:
    """Each engine with its policy compiled and its handles made, as one would use it."""

    def __init__(self) -> None:
        self._policy = load(DESIGN)
        self._fresh, self._looked = History(), History()
        self._looked.note("lookup_order", 1.0, "done")
        self._cedar = cedarpy.PolicySet.from_str(_CEDAR)
        self._entities = cedarpy.Entities.from_json_str(_ENTITIES)
        self._cel = {tool: (cel.compile(may), cel.compile(ask)) for tool, (may, ask) in _CEL.items()}

    def ours(self, tool: str, args: dict[str, Any], after: bool) -> str:
        """Our policy, with rule, bound and value in the answer."""
        return self._policy.decide(ROLE, tool, None, args, self._looked if after else self._fresh).verdict

    def cedar(self, tool: str, args: dict[str, Any], after: bool) -> str:
        """Cedar has no ask: a call that is denied as it is may be allowed as an approved one."""
        request: dict[str, Any] = {
            "principal": 'Agent::"a"',
            "action": 'Action::"call"',
            "resource": f'Tool::"{tool}"',
            "context": {"args": args, "tool": tool, "seen": ["lookup_order"] if after else [], "calls": 0},
        }
        if cedarpy.is_authorized(request, self._cedar, self._entities).allowed:
            return "allow"
        request["action"] = 'Action::"approved"'
        return "ask" if cedarpy.is_authorized(request, self._cedar, self._entities).allowed else "deny"

    def cel(self, tool: str, args: dict[str, Any], after: bool) -> str:
        """CEL, its expressions found by the tool's name."""
        found = self._cel.get(tool)
        facts = {"args": args, "seen": ["lookup_order"] if after else [], "calls": 0}
        if found is None or not found[0].execute(facts):
            return "deny"
        return "ask" if found[1].execute(facts) else "allow"


def _key(tool: str, args: dict[str, Any], _: bool) -> object:
    """The digest that a permit and a key downstream are bound to."""
    return canonical.digest(tool, canonical.encode(tool, args))


def _blake(_: str, args: dict[str, Any], __: bool) -> object:
    """The cheapest key there is of the same arguments."""
    return hashlib.blake2b(orjson.dumps(args, option=orjson.OPT_SORT_KEYS)).digest()


def costs(asked: dict[str, Any]) -> dict[str, Any]:
    """Judge every case in turn by every engine; answer us of CPU a call, by engine and case, and what was wrong."""
    made = Deciders()
    engines: dict[str, tuple[Callable[..., object], int]] = {
        "ours": (made.ours, 2000), "key": (_key, 1000), "blake": (_blake, 2000), "cel": (made.cel, 200),
        "cedar": (made.cedar, 20),
    }  # fmt: skip
    wrong = {
        name: [
            f"{tool}: {said}"
            for tool, args, after, said in CASES
            if engines[name][0](tool, args, after) != said
        ]
        for name in ("ours", "cel", "cedar")
    }
    took: dict[str, list[list[float]]] = {name: [[] for _ in CASES] for name in engines}
    for _ in range(asked["rounds"]):
        for name, (engine, count) in engines.items():
            for at, (tool, args, after, _said) in enumerate(CASES):
                begun = time.thread_time()
                for _turn in range(count):
                    engine(tool, args, after)
                took[name][at].append((time.thread_time() - begun) * 1e6 / count)
    return {"took": took, "wrong": wrong}


def main() -> None:
    """Answer the bench until its end."""
    serve_in_turn({"costs": costs})


if __name__ == "__main__":
    main()
