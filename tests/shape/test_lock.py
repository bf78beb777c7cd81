"""The lock pins everything, and the agent's side stays light."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.shape.tree import ROOT

pytestmark = [pytest.mark.pure, pytest.mark.tree]

PROJECT: dict[str, Any] = (
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if (ROOT / "requirements.lock").is_file()
    else {}
)


def _entries() -> list[str]:
    """Return each requirement of the lock with its hashes on one line."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _name(requirement: str) -> str:
    """Return the normalised project name at the start of a requirement."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def test_every_entry_is_pinned_with_its_hash() -> None:
    """Each entry names one exact version and at least one SHA-256."""
    loose = [line[:60] for line in _entries() if "==" not in line or "--hash=sha256:" not in line]
    assert loose == []


def test_the_lock_covers_all_that_is_declared() -> None:
    """Base, extras, the development group and the build backend are all in the lock."""
    project = PROJECT["project"]
    declared = [
        *project["dependencies"],
        *(need for extra in project["optional-dependencies"].values() for need in extra),
        *PROJECT["dependency-groups"]["dev"],
        *PROJECT["build-system"]["requires"],
    ]
    missing = {_name(need) for need in declared} - {_name(line) for line in _entries()} - {"interlock"}
    assert missing == set()


def test_the_base_install_stays_light() -> None:
    """What an agent's process installs is four packages and no more."""
    needed = sorted(map(_name, PROJECT["project"]["dependencies"]))
    assert needed == ["jsonschema-rs", "orjson", "pydantic", "websockets"]


def test_textual_is_pinned_to_one_release() -> None:
    """The second net hangs on an internal hook, so Textual has one exact version everywhere."""
    wanted = next(
        need for need in PROJECT["project"]["optional-dependencies"]["console"] if "textual" in need
    )
    assert wanted == "textual==8.2.8"
    assert any(line.startswith("textual==8.2.8 ") for line in _entries())
