"""The size and the shape of the files."""

from __future__ import annotations

import re
from statistics import median

import pytest

from tests.shape.tree import ROOT, sources, tracked

pytestmark = [pytest.mark.pure, pytest.mark.tree]

LONGEST = 500
MEDIAN = 150
TEST = re.compile(
    r"^[ ]*(?:async )?def (?P<name>test_\w+)\((?s:.*?)\)(?: ->[^:]*)?:(?:[ ]+#.*)?\n"
    r"(?:[ ]+\"\"\"(?P<said>(?s:.*?))\"\"\")?",
    re.MULTILINE,
)
"""A test in the form that the formatter gives it: syntax trees of all files take a second."""


def test_no_python_file_is_longer_than_its_limit() -> None:
    """No Python file, tests included, has more than 500 lines."""
    lines = {
        str(path.relative_to(ROOT)): path.read_bytes().count(b"\n")
        for path in tracked()
        if path.suffix == ".py"
    }
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}


def test_the_median_file_is_short() -> None:
    """Half of the files of the two packages stay under 150 lines."""
    assert median(path.read_bytes().count(b"\n") for path in sources()) < MEDIAN


def test_every_test_says_what_is_true() -> None:
    """Every test function has a docstring whose first line is a sentence."""
    silent: list[str] = []
    for path in tracked():
        if path.suffix != ".py" or not path.name.startswith("test_"):
            continue
        silent += [
            f"{path.relative_to(ROOT)} {test['name']}"
            for test in TEST.finditer(path.read_text(encoding="utf-8"))
            if not (test["said"] or "").rstrip().endswith(".")
        ]
    assert silent == []
