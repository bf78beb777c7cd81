"""Whatever is written: a policy or a PolicyError with places in the text; whatever is called: a verdict."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import PolicyError
from interlock.policy import CLASSES, LEVELS, History, Policy, load
from interlock.policy.judging import Call, judge
from tests.policy.samples import DESIGN
from tests.policy.test_normal import FULL

pytestmark = pytest.mark.pure

PIECES = (
    "\n", "  ", "- ", ": ", "{", "}", "[", "]", ",", "'", '"', "&a ", "*a", "!!str ", "<<: ", "? ", "| ", "> ", "#",
    "---\n", "no", "010", "12:30:00", "null", "~", "never: x", "allow", "ask", "at_most: 1 per run", "> 5, < 3",
    "~ (", "not in goal", "version: 1\n", "roles:\n", "tools:\n", "\x00", "\u2028", "\ufeff", "\U0001f600",
)  # fmt: skip

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
KEYS = st.sampled_from(["to", "amount", "x", "y"])
VALUES = st.recursive(
    PLAIN | st.sampled_from(["a@acme.com", "A-1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
ARGS = st.dictionaries(
    st.sampled_from(["to", "sum", "x", "amount", "order_id", "body", "n1"]), VALUES, max_size=5
)
TOOLS = st.sampled_from(["pay", "refund", "send_email", "lookup_order", "get_a", "delete_b", "zz"]) | st.text(
    max_size=12
)
DECIDERS = [load(DESIGN), load(FULL)]


def _read(text: str) -> Policy | PolicyError:
    try:
        return load(text)
    except PolicyError as error:
        return error


def _one(text: str) -> None:
    made = _read(text)
    if isinstance(made, Policy):
        assert Policy.from_json(made.to_json()).to_json() == made.to_json()
        return
    lines = len(text.splitlines()) + 1
    assert made.problems
    for problem in made.problems:
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert problem.problem
        assert problem.fix


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_refused_in_its_places(text: str) -> None:
    """No text whatever makes the loader raise anything but a PolicyError."""
    _one(text)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_pieces_of_yaml_are_a_policy_or_refused(text: str) -> None:
    """Nor does anything that is put together from what YAML and policies are made of."""
    _one(text)


@given(
    st.sampled_from([DESIGN, FULL]),
    st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.integers(0, 12),
            st.sampled_from(PIECES) | st.text(max_size=3),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_a_policy_that_was_changed_anywhere_is_a_policy_or_refused(
    text: str, edits: list[tuple[float, int, str]]
) -> None:
    """A good file with parts cut out and others put in either still is one, or every problem has its place."""
    for at, cut, new in edits:
        start = int(at * len(text))
        text = text[:start] + new + text[start + cut :]
    _one(text)


@given(
    st.sampled_from(DECIDERS),
    TOOLS,
    st.sampled_from([*CLASSES, None]),
    ARGS,
    st.lists(
        st.tuples(TOOLS, st.floats(0, 1e6), st.sampled_from(["started", "done", "failed", "unknown"])),
        max_size=6,
    ),
    st.text(max_size=40),
    st.sampled_from([*LEVELS, None]),
)
def test_every_call_gets_a_verdict_and_no_call_a_milder_class(
    made: Policy, tool: str, cls: Any, args: dict[str, Any], past: list[Any], goal: str, dial: Any
) -> None:
    """Deciding never raises, says why whenever it is no, and the class depends on the tool and the code alone."""
    history = History()
    for name, at, outcome in past:
        history.note(name, at, outcome)
    role = made.roles[0]
    found = made.decide(role, tool, cls, args, history, goal=goal, dial=dial)
    assert found.verdict in ("allow", "ask", "deny", "shadow")
    assert found.rule
    assert bool(found.would) == (found.verdict == "shadow")
    if found.verdict in ("ask", "deny"):
        assert found.why
    if cls is not None:
        assert CLASSES.index(found.cls) >= CLASSES.index(cls)
    if found.rule != "policy":
        assert found.cls == made.cls(tool, cls)
        # The short way through and the long one agree.
        cell = made._cells[role, tool, cls]
        assert judge(cell, Call(args, history, history.at, goal, dial, ())) == found
    assert found == made.decide(role, tool, cls, args, history, goal=goal, dial=dial)
