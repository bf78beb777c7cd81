"""One normal form: what two files say alike has one digest, and reads as the same policy without YAML."""

from __future__ import annotations

import json

import pytest

from interlock.errors import PolicyError
from interlock.policy import Change, History, Policy, diff, load, staged
from tests.policy.samples import DESIGN, policy

pytestmark = pytest.mark.pure

FULL = """\
version: 1
lists: {inside: ["@a.example", 3]}
tools:
  pay: {class: danger, targets: [to], timeout: 5s}
  "get_*": {class: read}
roles:
  clerk:
    autonomy: ask
    default: ask
    approvals: {needs: 2, wait: 90s, pace: 5}
    never_together: [[pay, "get_*"]]
    ask_when: {write: always, any: [{targets: not in goal}, tainted]}
    tools:
      pay:
        args: {"to?": ["~ ^a,b", "len <= 5"], sum: "> 0,<=5", x.items.y: "one of 1, 2"}
        other_args: deny
        at_most: [3 per run, 2 per minute]
        never_after: ["get_*"]
        when: args.sum > 1
        autonomy: shadow
      "get_*": {ask_when: [{n1: "> 1"}, {n1: "links not in goal"}]}
      "z*": {never: true}
"""


@pytest.mark.parametrize("text", [DESIGN, FULL])
def test_the_normal_form_reads_as_the_same_policy(text: str) -> None:
    """JSON in, JSON out: the same text, the same digest, the same verdicts, and no YAML needed."""
    made = load(text)
    again = Policy.from_json(made.to_json())
    assert again.to_json() == made.to_json()
    assert again.digest == made.digest
    assert json.loads(made.to_json())["version"] == 1
    for role in made.roles:
        for tool in ("pay", "refund", "get_x", "zz", "lookup_order"):
            args = {"sum": 3, "to": "x", "amount": 150, "order_id": "A-1"}
            first = made.decide(role, tool, None, args, History(), goal="g", tainted=["t"])
            assert first == again.decide(role, tool, None, args, History(), goal="g", tainted=["t"])
            assert made.approval(role, tool) == again.approval(role, tool)
            assert made.contract(tool) == again.contract(tool)


def test_a_policy_that_holds_with_a_star_in_a_role_goes_on_holding() -> None:
    """Nobody can push one, and whoever has one still reads it: what cannot be read denies every call of every role."""
    made = load("version: 1\ntools: {pay: {class: write}}\nroles: {a: {tools: {pay: allow}}, star: {}}\n")
    text = made.to_json().replace('"star"', '"st*"')
    kept = Policy.from_json(text)
    assert kept.roles == ("a", "st*")
    assert kept.decide("a", "pay", "write", {}, History()).verdict == "allow"
    with pytest.raises(PolicyError, match=r"role 'st\*' has a '\*'"):
        load(text)


def test_layout_order_and_comments_do_not_matter_and_a_number_does() -> None:
    """Two files that say the same have one digest; one changed limit makes another."""
    one = "version: 1\ntools: {pay: {class: write}}\nroles: {a: {tools: {pay: {args: {x: '> 0, <= 5'}}}}}\n"
    two = (
        "# words\nroles:\n  a:\n    default: deny\n    tools:\n      pay: {args: {x: ['>0', '<=   5']}}\n"
        "tools:\n  pay:\n    class: write\nversion: 1\n"
    )
    assert load(one).digest == load(two).digest
    assert load(one).digest != load(one.replace("<= 5", "<= 6")).digest


def test_a_diff_names_each_bound_that_changed() -> None:
    """What came, what went and what became what, by path; nothing where nothing changed."""
    old, new = policy("{args: {x: '<= 5', y1: string}}"), policy("{args: {x: '<= 6'}, at_most: 1 per run}")
    path = "roles.clerk.tools.pay"
    assert diff(old, new) == [
        Change(f"{path}.args.x", '"<= 5"', '"<= 6"'),
        Change(f"{path}.args.y1", '"string"', None),
        Change(f"{path}.at_most", None, '["1 per run"]'),
    ]
    assert diff(old, old) == []
    assert all(change.was is None for change in diff(None, new))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "{}", '{"version":1}', '{"version":1,"roles":{},"roles":{}}', '{"version":1,"roles":{"a":{"x":1}}}',
     '{"version":NaN,"roles":{}}', '{"version":1,"roles":{"a":' + "[" * 60 + "]" * 60 + "}}", "[" * 100_000],
)  # fmt: skip
def test_what_is_no_normal_form_is_refused(text: str) -> None:
    """Anything else ends in a PolicyError with a sentence: gates get nothing they half understand."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_json(text)
    assert caught.value.problems[0].problem


ONE = "ab" * 32


def test_a_share_takes_its_part_of_the_runs_and_a_larger_one_keeps_them() -> None:
    """About a tenth of the runs are in a tenth, all of them in one, none in nought, and nobody leaves as it grows."""
    runs = [f"r-{number:016x}" for number in range(2000)]
    tenth = {run for run in runs if staged(run, 0.1, ONE)}
    assert 140 < len(tenth) < 260
    assert tenth < {run for run in runs if staged(run, 0.3, ONE)}
    assert not any(staged(run, 0.0, ONE) for run in runs)
    assert all(staged(run, 1.0, ONE) for run in runs)


def test_which_side_a_run_is_on_hangs_on_the_candidate() -> None:
    """Ids that were chosen for one candidate are spread over both sides of another like all others."""
    chosen = [run for run in (f"r-{number:016x}" for number in range(4000)) if staged(run, 0.1, ONE)]
    assert 20 < sum(staged(run, 0.1, "cd" * 32) for run in chosen) < 80
