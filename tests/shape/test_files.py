"""The size and the shape of the files."""

from __future__ import annotations

import ast
from statistics import median

import pytest

from tests.shape.tree import ROOT, sources, tracked

pytestmark = [pytest.mark.pure, pytest.mark.tree]

LONGEST = 500
MEDIAN = 150


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
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            said = (ast.get_docstring(node) or "").strip()
            if node.name.startswith("test_") and not said.endswith("."):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []
