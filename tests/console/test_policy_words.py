"""Policies, dials, breakers and rights in words: pure folds of what the hub tells, whatever it tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interlock.runs import RunState
from interlock.text import Untrusted, visible_line
from interlock_console import allowed, circuits, dialing, policies, rules
from interlock_console.aim import FLEET, Aim, of_scope
from interlock_console.screens.operators import rows
from tests.console.hostile import hostile_access
from tests.hostile.payloads import PAYLOADS
from tests.support.cases import each

pytestmark = pytest.mark.pure

YAML = """version: 1
roles:
  clerk:
    default: deny
    tools:
      refund:
        args: {amount: "> 0, <= 200"}
        at_most: 3 per run
      refund.late: ask
"""


def dial(level: str, at: float = 1.0, **scope: object) -> dict[str, Any]:
    """Return a dial as the hub tells it."""
    named = scope or {"fleet": True}
    return {
        "scope": named,
        "level": level,
        "order": f"o-{level}",
        "by": "ann",
        "reason": "odd",
        "at": at,
        "cause": "person",
    }


def run(name: str, **fields: Any) -> RunState:
    """Return a run of role clerk that is at work."""
    state = RunState(name, agent=Untrusted("refunds"), role=Untrusted("clerk"))
    for key, value in fields.items():
        setattr(state, key, value)
    return state


def test_line_1_says_the_lowest_dial_and_how_many_there_are() -> None:
    """However narrow it gets, that something is held back and how far is the last to go."""
    two = [dial("ask"), dial("read-only", role="clerk")]
    assert dialing.line([], 30) == dialing.bare([]) == ""
    assert dialing.line(two[:1], 30) == "DIAL fleet ask"
    assert dialing.line(two, 30) == "2 DIALS: role clerk read-only"
    assert dialing.line(two, 0) == "DIAL 2"
    assert dialing.bare(two) == "DIAL 2 read-only"
    assert (dialing.tone(two), dialing.tone(two[:1])) == ("alarm", "held")


def test_the_ticker_says_who_turned_a_dial_and_that_one_is_gone() -> None:
    """A dial that nobody turned meanwhile says nothing."""
    before, now = [dial("ask"), dial("shadow", role="a")], [dial("read-only"), dial("shadow", role="a")]
    assert dialing.came(before, before) == []
    assert dialing.came(before, now) == [("dial of fleet at read-only (was ask) by ann: odd", "alarm")]
    assert dialing.came(now, now[1:]) == [("dial of fleet holds nothing back any more", "text")]


def test_a_version_is_held_against_what_is_in_force_and_not_against_its_predecessor() -> None:
    """What letting it hold would change, value by value in full; where a text is gone that is said."""

    def told(amount: str) -> dict[str, Any]:
        tools = {"refund": {"args": {"amount": amount}}, "find": "allow"}
        return {"json": json.dumps({"version": 1, "roles": {"clerk": {"tools": tools}}}), "source": None}

    path = "roles.clerk.tools.refund.args.amount"
    assert policies.against(told("<= 9"), told("<= 9")) == []
    assert policies.against(told("<= 9"), told("<= 5")) == [{"path": path, "was": '"<= 5"', "now": '"<= 9"'}]
    (change,) = policies.against(told("a" * 400 + "b"), told("a" * 400 + "c")) or []
    assert change["path"] == path
    rows = policies.would_change({"diff": []}, told("<= 9"), told("<= 5"), 7)
    assert [row.text for row in rows] == [
        "against version 7, which is in force now: 1", path, '  - "<= 5"', '  + "<= 9"',
    ]  # fmt: skip
    assert policies.against(told("<= 9"), {"json": None}) is None
    assert "not kept" in policies.would_change({"diff": []}, told("<= 9"), {"json": None}, 7)[0].text


def test_what_was_and_is_in_force_is_said_where_the_dial_is_not_the_lowest() -> None:
    """The policy's own level, or the fleet's dial; of the two the lowest, with its name; else nothing is added."""
    role, ask = {"role": "trainee"}, dial("ask", role="trainee")
    assert dialing.in_force(role, "auto", [ask], "") == ""
    assert dialing.in_force(role, "auto", [ask], "shadow") == (
        "in force was shadow, by the policy's roles.trainee.autonomy; now it is shadow, by the same"
    )
    assert dialing.in_force(role, "read-only", [dial("read-only", role="trainee")], "shadow") == ""
    assert dialing.in_force(role, "auto", [dial("stopped", role="trainee")], "shadow") == (
        "in force was shadow, by the policy's roles.trainee.autonomy; now it is stopped, by its own dial"
    )
    assert dialing.in_force(role, "ask", [dial("read-only")], "shadow") == (
        "in force was read-only, by the dial of fleet; now it is read-only, by the same"
    )
    assert dialing.in_force({"fleet": True}, "auto", [dial("ask")], "") == ""


def test_a_dial_reaches_runs_by_their_exact_names_and_counts_what_would_go_down() -> None:
    """Ended runs do not count; a tool reaches who called it, and its calls in flight alone."""
    flying = {"c-1": [Untrusted("refund"), "write", 1.0], "c-2": [Untrusted("find"), "read", 1.0]}
    states = [
        run("r-1", flying=flying, tools=[Untrusted("refund"), Untrusted("find")]),
        run("r-2", level="ask"),
        run("r-3", mode="shadow"),
        run("r-4", phase="finished"),
        run("r-5", role=Untrusted("clerk\u200b")),
    ]
    found = dialing.reach(states, of_scope("role", "clerk"))
    assert (found.runs, found.levels, found.flying) == (
        3,
        {"auto": 1, "ask": 1, "shadow": 1},
        {"write": 1, "read": 1},
    )
    assert [found.lower(level) for level in ("stopped", "shadow", "ask", "auto")] == [3, 2, 1, 0]
    tool = dialing.reach(states, Aim("tool", Untrusted("refund")))
    assert (tool.runs, tool.flying) == (1, {"write": 1})
    assert dialing.reach(states, FLEET).runs == 4


def test_a_level_nobody_knows_counts_as_the_lowest() -> None:
    """A newer hub's level is never taken for a loose one."""
    assert dialing.place("sideways") == dialing.place("stopped") < dialing.place("auto")


def test_the_place_of_a_rule_is_its_line_in_the_yaml() -> None:
    """Also of what is written on one line, of a tool with a dot in its name, and of the part above one that is gone."""
    found = {rule: policies.place(YAML, f"roles.clerk.{rule}") for rule in (
        "tools.refund.args.amount", "tools.refund.at_most", "tools.refund.late", "tools.refund.rate", "default",
    )}  # fmt: skip
    assert found == {
        "tools.refund.args.amount": 7, "tools.refund.at_most": 8, "tools.refund.late": 9, "tools.refund.rate": 6,
        "default": 4,
    }  # fmt: skip
    assert policies.place(YAML, "dial role") == policies.place("a: [", "a") == 0


def test_both_sides_of_a_stage_stand_beside_each_other() -> None:
    """Counts and shares in two columns, then rule by rule, first those in which the sides differ most."""
    side = {"n": 1, "runs": 2, "calls": 10, "allow": 9, "ask": 0, "deny": 1, "shadow": 0}
    rule = {"rule": "roles.clerk.tools.refund", "verdict": "deny"}
    same = {"rule": "roles.clerk.default", "verdict": "deny", "count": 1}
    told = {
        "since": 1.0,
        "share": 0.25,
        "active": {**side, "rules": [same]},
        "candidate": {**side, "n": 2, "deny": 5, "rules": [same, {**rule, "count": 4}]},
    }
    texts = [row.text for row in policies.sides(told, 61.0)]
    assert texts[0] == "25 % of new runs since 1m00s"
    assert texts[1].split() == ["active", "v1", "candidate", "v2"]
    assert next(text.split() for text in texts if text.startswith("deny "))[1:] == [
        "1",
        "(10",
        "%)",
        "5",
        "(50",
        "%)",
    ]
    ruled = [row.text for row in policies.sides(told, 1.0) if row.label == "by rule"]
    assert ruled[0].split() == ["deny", "0", "4", "roles.clerk.tools.refund"]


def test_the_rule_of_a_call_is_the_one_that_held_it() -> None:
    """A verdict that asks or denies is what is looked up, also where the call went on later; with its own policy."""
    verdicts = [("ask", "roles.clerk.tools.refund"), ("allow", "permit")]
    items = [
        {"e": {"event": {"kind": "gate.decided", "verdict": verdict, "rule": rule, "policy": "ab"}}}
        for verdict, rule in verdicts
    ]
    assert rules.decided(items) == ("ab", "roles.clerk.tools.refund")
    assert rules.decided(items[1:]) == ("ab", "permit")
    assert rules.decided([{"e": {"event": {"kind": "tool.started"}}}]) is None


def test_what_a_role_lacks_is_said_with_the_way_to_it() -> None:
    """Which role it takes, which one this is, who gives it, and what to do in an emergency."""
    said = allowed.missing({"operator": "vic", "role": "viewer"}, "admin", "to promote the policy")
    assert said == (
        "to promote the policy takes the role admin, vic is viewer: :break-glass admin in an emergency, "
        "else an admin's 'interlock operator role vic --role admin'"
    )
    assert allowed.missing({"role": "admin"}, "admin", "x") == allowed.missing(None, "admin", "x") == ""
    assert allowed.missing({"role": "chief"}, "viewer", "x")


def test_breakers_are_told_as_they_open_and_close() -> None:
    """Until when an open one refuses, what a half-open one does, and each edge once."""
    one = {"tool": "refund", "endpoint": "eu", "gate": "g-1", "state": "open", "until": 60.0, "since": 1.0}
    half = {**one, "state": "half-open", "until": None}
    assert circuits.line(circuits.opened([one, half])) == "BREAKER 1"
    assert (circuits.until(one, 50.0), circuits.until(one, 61.0)) == ("10s left", "the next call probes")
    assert circuits.until(half, 1.0) == "one call probes"
    assert [tone for _, tone in circuits.came([], [one])] == ["fault"]
    assert circuits.came([one], [half]) == circuits.came([one], [one]) == []
    assert circuits.came([half], [])[0][0].startswith("breaker of refund at eu at gate")


@each(sorted(PAYLOADS)[::5])
def test_no_text_of_others_acts_in_any_line(name: str) -> None:
    """Versions, diffs, rules, YAML, sides, dials, breakers, operators and glass: every cell is visible text."""
    text = PAYLOADS[name]
    told = hostile_access(text)
    version = {
        **told["policy"]["active"], "source_digest": text, "diff": [{"path": text, "was": text, "now": None}],
    }  # fmt: skip
    side = {"rules": [{"rule": text, "verdict": text, "count": 1}]}
    breaker = {"tool": text, "endpoint": text, "gate": text, "state": text}
    hub = {"operator": text, "role": text, "consoles": [{"who": text, "operator": text}]}
    glass = [told["break-glass"]["break_glass"]]
    lines = [
        policies.who(version, 1.0),
        *(row.text + row.label for row in policies.changes(version)),
        *(row.text for row in policies.text({"source": text})),
        *(row.text for row in policies.roles({"json": '{"roles": {"r": {"tools": {"x": "y"}}}}'})),
        *(row.text for row in policies.sides({"active": side, "candidate": side}, 1.0)),
        *(row.text for row in policies.dials(told["dial"]["dials"], 1.0)),
        *(row.text for row in rows({"operators": told["operators"]["operators"], "glass": glass}, hub, 1.0)),
        dialing.line(told["dial"]["dials"], 30),
        dialing.told(told["dial"]["dials"][0], "1s"),
        *(said for said, _ in dialing.came([], told["dial"]["dials"])),
        circuits.name(breaker),
        *(said for said, _ in circuits.came([], [{**breaker, "state": "open"}])),
        allowed.missing(hub, "admin", "x"),
    ]
    for line in lines:
        assert visible_line(line) == line
