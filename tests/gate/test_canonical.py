"""Arguments have one spelling, and a digest that no other call shares."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import canonical
from interlock.errors import ArgumentsError

pytestmark = pytest.mark.pure

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"n": 1}, '{"n":1}'),
        ({"n": 1.0}, '{"n":1.0}'),
        ({"n": -0.0}, '{"n":-0.0}'),
        ({"n": 1e16}, '{"n":1e+16}'),
        ({"n": 2**70}, '{"n":1180591620717411303424}'),
        ({"é": "ü\n\u2028"}, '{"é":"ü\\n\u2028"}'),
        ({"t": (1, 2)}, '{"t":[1,2]}'),
    ],
)
def test_each_value_has_one_spelling(value: Any, text: str) -> None:
    """Keys are sorted, numbers are as Python writes them, nothing is escaped without need."""
    assert canonical.encode("t", value) == text


@given(PLAIN)
def test_reading_it_back_gives_the_value(value: Any) -> None:
    """Nothing is lost, and spelling what was read gives the same bytes."""
    text = canonical.encode("t", value)
    assert canonical.encode("t", json.loads(text)) == text


class Odd:
    """No JSON value."""


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        {"a": [-float("inf")]},
        {1: "a"},
        {None: "a"},
        {"a": "\ud800"},
        {"\udfff": 1},
        b"bytes",
        {1, 2},
        Odd(),
        {"a": Odd},
        _deep(65),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(value: Any) -> None:
    """NaN, keys that are no text, half surrogates, other types and deep nesting have no spelling."""
    with pytest.raises(ArgumentsError, match="pass plain JSON values"):
        canonical.encode("t", value)


def test_the_deepest_that_passes() -> None:
    """64 containers within each other are allowed, and a value that holds itself is not."""
    assert canonical.encode("t", _deep(64)) == "[" * 64 + "1" + "]" * 64
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ArgumentsError):
        canonical.encode("t", loop)


def test_the_digest_tells_every_call_apart() -> None:
    """Another tool, other arguments, or the same bytes cut elsewhere give another digest."""
    found = {
        canonical.digest(tool, args)
        for tool, args in [("a", "b{}"), ("ab", "{}"), ("a", '{"n":1}'), ("a", '{"n":1.0}'), ("", "ab{}")]
    }
    assert len(found) == 5
    assert all(len(digest) == 64 for digest in found)


def test_the_digest_does_not_change_between_releases() -> None:
    """Records of yesterday compare with calls of today."""
    expected = "6235f4ec0375b77782b960b5a7a19860c7a2f498af505189b060635fa104ca47"
    assert canonical.digest("refund", '{"amount":40.0,"order_id":"A-1009"}') == expected
