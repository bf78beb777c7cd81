"""What the loader refuses: every problem at once, each with its line, its column and what to write instead."""

from __future__ import annotations

import pytest

from interlock.errors import PolicyError, Problem
from interlock.policy import History, load
from interlock.policy.yamls import NODES, SIZE
from tests.policy.samples import DESIGN
from tests.support.cases import each

pytestmark = pytest.mark.pure


def problems(text: str) -> list[Problem]:
    """Return what is wrong with a text."""
    with pytest.raises(PolicyError) as caught:
        load(text)
    return list(caught.value.problems)


def _with(rule: str) -> str:
    """Return a policy whose rule for ``pay``, in line 8, is this."""
    return (
        "version: 1\nlists: {inside: ['@a.example']}\ntools:\n  pay: {class: write}\n  look: {class: read}\n"
        f"roles:\n  clerk: {{tools: {{look: allow,\n    pay: {rule}}}}}\n"
    )


def test_all_problems_come_at_once_with_their_places() -> None:
    """A file with five mistakes is refused with five places, in the order of the text, and each has a fix."""
    text = (
        "version: 1\nrolls: {}\ntools:\n  pay: {clas: write}\nroles:\n  clerk:\n    autonomy: automatic\n"
        "    tools:\n      payy: allow\n      pay:\n        at_most: 3 per hour\n        at_most: 3 per run\n"
    )
    found = problems(text)
    assert [(one.line, one.column) for one in found] == [(2, 1), (4, 9), (7, 15), (9, 7), (11, 18), (12, 9)]
    assert "did you mean 'roles'?" in found[0].fix
    assert "did you mean 'class'?" in found[1].fix
    assert "did you mean 'auto'?" in found[2].fix
    assert "did you mean 'pay'?" in found[3].fix
    assert "3 per run" in found[4].fix
    assert "stands twice, first in line 11" in found[5].problem


@each(
    [
        ("alow", "the rule of 'pay' is 'alow'", "allow"),
        ("{arg: {x: string}}", "unknown key 'arg'", "args"),
        ("{args: {x: '>> 3'}}", "a bound nobody knows, '>> 3'", "<= 200"),
        ("{args: {x: 'not in inside or so'}}", "a bound nobody knows", "not in"),
        ("{args: {x: 'endz with inside'}}", "a bound nobody knows", "ends with"),
        ("{args: {x: 'in insied'}}", "no list 'insied'", "'inside'"),
        ("{args: {x: '> 5, < 3'}}", "nothing is '> 5, < 3'", "limits"),
        ("{args: {x: '> 5, <= 5'}}", "nothing is", "limits"),
        ("{args: {x: 'string, > 5'}}", "nothing is", "limits"),
        ("{args: {x: '> 5, ~ ^a'}}", "nothing is", "limits"),
        ("{args: {x: 'len >= 5, len < 5'}}", "nothing is", "limits"),
        ("{args: {x: '= 3, > 4'}}", "nothing is", "limits"),
        ("{args: {x: '> 4, one of 1, 2'}}", "nothing is", "limits"),
        ("{args: {x: '~ ('}}", "a regular expression that is not one", "closes"),
        ("{args: {x: '~ (?=a)'}}", "a regular expression that is not one", "look-around"),
        ("{args: {x: '~ a{1000}{1000}'}}", "a regular expression that is not one", "small"),
        ("{args: {x: 5}}", "a bound that is a number", "'= 5'"),
        ("{args: {x: 'in goal', args.x: string}}", "a second bound", "one name"),
        ("{args: {x: string}, ask_when: {x: 'len <= 0 per'}}", "a bound nobody knows", "len"),
        ("{args: {x: '<= 200'}, ask_when: {x: '> 300'}}", "nobody is ever asked", "begin where"),
        ("{at_most: 0 per run}", "no limit", "never"),
        ("{at_most: [3 per run, 4 per run]}", "a second limit per run", "lower"),
        ("{only_after: [loook]}", "no tool 'loook'", "'look'"),
        ("{only_after: ['z_*']}", "stands for no tool", "look"),
        ("{only_after: [pay]}", "only after itself", "another"),
        ("{only_after: [look], never_after: [look]}", "only after and never after", "one of the two"),
        ("{when: '1 +'}", "when is no expression", "CEL"),
        ("{when: 'args.x.all(a, args.y.all(b, a < b))'}", "a list within a list", "CEL"),
        ("{never: gone, args: {x: string}}", "beside never has no effect", "one of the two"),
        ("{never: true}, '*': {never: gone}", "'look' never applies", "out"),
        ("{ask_when: sometimes}", "ask_when is 'sometimes'", "always"),
        ("{ask_when: {tainted: false}}", "tainted is False", "tainted: true"),
        ("{approvals: {needs: 0}}", "needs is 0", "1 to 5"),
        ("{approvals: {wait: 10}}", "wait is 10", "10m"),
        ("{approvals: {on_timeout: approve}}", "on_timeout is 'approve'", "reject"),
        ("{autonomy: full}", "autonomy is 'full'", "auto"),
        ("{}", "is empty", "allow"),
        ("{args: {x..y: string}}", "leads to no argument", "items"),
        ("&a allow", "an anchor", "lists"),
        ("*a", "an alias", "lists"),
        ("!!str allow", "a tag", "out"),
        ("{never: no}", "one thing in YAML 1.1", "quotes"),
        ("{args: {x: {q: z}}}", "a bound that is a mapping", "type"),
        ("[", "not YAML", "quotes"),
        ("{args: {x: > 5}}", "not YAML", "quotes"),
    ],
)  # fmt: skip
def test_what_nobody_can_mean_is_refused_where_it_stands(rule: str, said: str, fix: str) -> None:
    """Each mistake in a rule is named in its line or where the parser met it, with what to write instead."""
    found = problems(_with(rule))
    fitting = [one for one in found if said in one.problem]
    assert fitting, found
    assert fix in fitting[0].fix
    assert 7 <= fitting[0].line <= 9
    assert fitting[0].column >= 1


@each(
    ["no", "Yes", "off", "y", "010", "0o17", "0b1", "12:30:00", "1_000", "1e3", "2026-11-26", ".inf", "<<"],
)
def test_what_two_versions_of_yaml_read_differently_is_refused(word: str) -> None:
    """A plain scalar that YAML 1.1 and 1.2 take for two things is no value here, and in quotes it is a text."""
    text = f"version: 1\nlists: {{one: [{word}]}}\nroles: {{a: {{}}}}\n"
    assert any("one thing in YAML 1.1" in one.problem for one in problems(text))
    quoted = load(f'version: 1\nlists: {{one: ["{word}"]}}\nroles: {{a: {{}}}}\n')
    assert f'"one":["{word}"]' in quoted.to_json()


def test_duplicate_keys_are_refused_at_every_level() -> None:
    """A key that stands twice names both places, whether of a tool, a role, a bound or the file."""
    for text, line in (
        ("version: 1\nversion: 1\nroles: {a: {}}\n", 2),
        ("version: 1\nroles:\n  a: {}\n  a: {}\n", 4),
        ("version: 1\ntools:\n  t: {class: read}\n  t: {class: write}\nroles: {a: {}}\n", 4),
        (_with("{args: {x: string,\n x: number}}"), 9),
    ):
        assert [one.line for one in problems(text) if "stands twice" in one.problem] == [line]


def test_roles_and_lists_are_checked_like_rules() -> None:
    """What is wrong with a role or a list has its place too."""
    role = "version: 1\ntools: {a: {class: read}, b: {class: read}}\nroles:\n  "
    for text, said in (
        (f"{role}r: {{default: allow}}", "default is 'allow'"),
        (f"{role}r: {{never_together: [[a]]}}", "two different tools"),
        (f"{role}r: {{never_together: [[a, c]]}}", "no tool 'c'"),
        (f"{role}r: {{never_together: [[a, b]], tools: {{a: {{only_after: [b]}}}}}}", "never together"),
        (f"{role}r: {{ask_when: {{wryte: always}}}}", "unknown key 'wryte'"),
        (f"{role}r: {{tools: {{a: {{only_after: [b]}}, b: {{never: x}}}}}}", "which is never"),
        (f"{role}interlock-x: {{}}", "a name of the hub's own"),
        (f"{role}'refund-*': {{}}", "role 'refund-*' has a '*'"),
        (f"{role}r: 3", "is a number, not a mapping"),
        ("version: 1\ntools: {a: {targets: [x..y]}}\nroles: {}", "'x..y' leads to no argument"),
        (
            f"version: 1\ntools: {{a: {{targets: [{'.'.join('a' * 90)}]}}}}\nroles: {{}}",
            "leads to no argument",
        ),
        ("version: 2\nroles: {a: {}}", "version 2"),
        ("version: true\nroles: {a: {}}", "version True"),
        ("roles: {a: {}}", "no version"),
        ("version: 1", "no roles"),
        ("version: 1\nlists: {goal: [a]}\nroles: {a: {}}", "no name for a list"),
        ("version: 1\nlists: {x: []}\nroles: {a: {}}", "no entries"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("- 1", "not a mapping"),
        ("version: 1\n---\nversion: 1\n", "a second document"),
        ("%YAML 1.1\n---\nversion: 1\nroles: {a: {}}\n", "a YAML directive"),
        ("version: 1\nroles: {a: {}, 3: {}}\n", "a key that is a number"),
        ("version: 1\n\x07", "a character that YAML cannot hold"),
    ):
        assert any(said in one.problem for one in problems(text)), (text, problems(text))


def test_too_much_is_refused_without_being_read() -> None:
    """More bytes, depth or values than a policy may have end the reading with one sentence."""
    assert f"more than {SIZE} bytes" in problems("#" * (SIZE + 1))[0].problem
    assert "nested deeper" in problems("a: " + "[" * 40 + "]" * 40)[0].problem
    assert f"more than {NODES} values" in problems(f"a: [{'1,' * (NODES + 1)}]")[0].problem


def test_what_would_take_long_to_look_through_is_refused() -> None:
    """A thousand patterns, tools, rules with a star or entries in one bound have their limits, and say so."""
    many = ",".join(f"t{number}: {{class: read}}" for number in range(2001))
    stars = ",".join(f"'t{number}*': deny" for number in range(101))
    pattern = ",".join(f"'x{number}': '~ ^{number}'" for number in range(40))
    rules = ",".join(f"'t{number}*': {{args: {{{pattern}}}}}" for number in range(26))
    for text, said in (
        (f"version: 1\ntools: {{{many}}}\nroles: {{}}\n", "2001 tools"),
        (f"version: 1\nroles: {{r: {{tools: {{{stars}}}}}}}\n", "101 rules with '*'"),
        (f"version: 1\nroles: {{r: {{tools: {{{rules}}}}}}}\n", "a regular expression that is not one"),
        (_with("{args: {x: '" + ", ".join(["> 1"] * 21) + "'}}"), "21 clauses"),
    ):
        assert any(said in one.problem for one in problems(text)), said


def test_every_pattern_of_a_large_policy_still_holds() -> None:
    """Six hundred patterns are each compiled into the policy, and none of them is passed over."""
    pattern = ",".join(f"'x{number}?': '~ ^{number}$'" for number in range(40))
    rules = ",".join(f"t{number}: {{args: {{{pattern}}}}}" for number in range(15))
    tools = ",".join(f"t{number}: {{class: read}}" for number in range(15))
    made = load(f"version: 1\ntools: {{{tools}}}\nroles: {{r: {{tools: {{{rules}}}}}}}\n")
    for tool in ("t0", "t14"):
        assert made.decide("r", tool, None, {"x39": "39"}, History()).verdict == "allow"
        assert made.decide("r", tool, None, {"x39": "40"}, History()).verdict == "deny"


def test_a_problem_is_shown_without_what_acts_on_a_terminal() -> None:
    """Names of the file appear in sentences by their repr, so that no control character comes through."""
    found = problems('version: 1\nroles: {"\\e[2J": 3}\n')
    assert "\x1b" not in str(found)
    assert "\\x1b[2J" in found[0].problem


def test_the_error_names_the_first_place_and_counts_the_rest() -> None:
    """Its sentence has file, line, column, problem and fix; two problems say that there is one more."""
    with pytest.raises(PolicyError) as caught:
        load("version: 1\nrole: {}\n", name="p.yaml")
    assert str(caught.value) == (
        "'p.yaml', line 1, column 1: no roles: say what each role may do in 'roles:' "
        "(1 more: 'interlock policy check' lists them)"
    )


def test_the_policy_of_the_design_loads_as_it_stands() -> None:
    """The example everybody reads first is good, and speaks of one role."""
    assert load(DESIGN).roles == ("support-agent",)
