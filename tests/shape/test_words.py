"""What no committed file may say. The patterns are put together from pieces so that this file may stay."""

from __future__ import annotations

import re

import pytest

from tests.shape.tree import texts

pytestmark = [pytest.mark.pure, pytest.mark.tree]

LATER = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "Not" + "ImplementedError")
DOUBLES = ("unittest" + ".mock", "Magic" + "Mock", "mock" + "er", "pytest_" + "mock")
PLACES = ("work", "root", "tmp", "opt", "home/[a-z]+", "Users/[A-Za-z]+")
SOURCES_OF_PACKAGES = ("--index" + "-url", "--extra-index" + "-url", "--find" + "-links")

# Texts that are handed on as they were written, and seeded bugs, which are bad on purpose.
KEPT_AS_WRITTEN = ("LICENSE",)


def _hits(pattern: str, *endings: str) -> list[str]:
    """Return `file:line` of every match in the tracked files with one of `endings`, or in all of them."""
    wanted = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        if name not in KEPT_AS_WRITTEN and (not endings or name.endswith(endings))
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


def test_nothing_is_left_for_later() -> None:
    """No source file carries a note to finish it later, nor raises in place of doing its work."""
    assert _hits(rf"\b({'|'.join(LATER)})\b", ".py", ".toml", ".md", "Makefile") == []


def test_no_test_replaces_what_it_tests() -> None:
    """No Python file imports or names a mock."""
    assert _hits(rf"\b({'|'.join(map(re.escape, DOUBLES))})\b", ".py", ".toml") == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    """No file holds an absolute path into a home, a scratch or a build folder."""
    assert _hits(rf"(?<![\w.~}}/*-])/({'|'.join(PLACES)})/") == []


def test_the_configuration_names_no_host() -> None:
    """Neither the lock, nor the build, nor the checks name a host to fetch from."""
    assert (
        _hits(r"://", ".lock", "pyproject.toml", "Makefile", ".gitignore", ".ci/run", ".ci/wheel-test") == []
    )
    assert _hits("|".join(SOURCES_OF_PACKAGES)) == []


def test_no_file_of_the_product_carries_an_emoji() -> None:
    """Outside of the tests, where hostile text is data, no file uses a pictograph."""
    product = [hit for hit in _hits("[\U0001f000-\U0001faff]") if not hit.startswith("tests/")]
    assert product == []
