"""A read's arguments as the fast path takes them: told exactly, or left to the way that spells them out."""

import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import canonical
from interlock.contract import Contract
from interlock.errors import ArgumentsError
from interlock.gate.tool import Tool

pytestmark = pytest.mark.pure

FLAT = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text()
ANY = st.recursive(
    FLAT | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


def look(value: Any) -> None:
    """A tool of one argument."""


TOOL = Tool(look, Contract(cls="read"), None)


def spelled(bound: dict[str, Any]) -> str | None:
    """Return the one spelling of the arguments, None where there is none."""
    try:
        return canonical.encode("look", bound)
    except ArgumentsError:
        return None


@given(ANY)
def test_a_snapshot_says_what_the_canonical_text_says(value: Any) -> None:
    """Whatever the arguments are, what is told of them later is what a permit would be bound to."""
    taken = TOOL.snapshot({"value": value})
    assert taken is None or spelled(orjson.loads(taken)) == spelled({"value": value})


@pytest.mark.parametrize(
    "value", [None, "null", [None], {"from": None, "to": [1, 2.5, "x"]}, (1, (2, None)), 0.5, True]
)
def test_what_json_has_is_taken_at_once(value: Any) -> None:
    """A default of None, and None within, cost a read nothing more."""
    taken = TOOL.snapshot({"value": value, "more": None})
    assert taken is not None
    assert spelled(orjson.loads(taken)) == spelled({"value": value, "more": None})


@pytest.mark.parametrize(
    "value", [math.nan, [math.inf], {"a": {"b": -math.inf}}, ("x", math.nan), 2**70, "\ud800", {1: 2}, {1, 2}]
)
def test_what_has_no_exact_spelling_in_it_is_not(value: Any) -> None:
    """NaN, infinities, half surrogates, keys that are no text and numbers beyond 64 bits go the long way."""
    assert TOOL.snapshot({"value": value}) is None


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"in": inner}, lambda inner: (inner,)])
def test_it_goes_as_deep_as_the_canonical_text_and_no_deeper(wrap: Any) -> None:
    """Both ways refuse the same nesting."""
    value: Any = 1
    for _ in range(canonical.DEPTH - 1):
        value = wrap(value)
    assert TOOL.snapshot({"value": value}) is not None
    assert spelled({"value": value}) is not None
    assert TOOL.snapshot({"value": wrap(value)}) is None
    assert spelled({"value": wrap(value)}) is None
