"""The shelf finds its files in a wheel, in a checkout, and in the user's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock import shelf

pytestmark = pytest.mark.pure


def _write(path: Path, text: str = "") -> Path:
    """Write a file with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment whose configuration folder is empty."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path / "home")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The package folder of a checkout with one runbook and one theme at its top."""
    _write(tmp_path / "house/pyproject.toml")
    _write(tmp_path / "house/runbooks/loop.md")
    _write(tmp_path / "house/themes/night.toml")
    return tmp_path / "house/connectors/interlock"


def test_this_install_carries_runbooks() -> None:
    """The install under test, whichever way it was made, has at least the runbook for a loop."""
    assert "stuck-in-a-loop" in shelf.files("runbooks", environ={"HOME": "/nonexistent"})


def test_files_are_found_at_the_top_of_a_checkout(checkout: Path, environ: dict[str, str]) -> None:
    """Installed in place, the shelf is the folder beside the packages."""
    assert list(shelf.files("runbooks", environ, checkout)) == ["loop"]
    assert list(shelf.files("themes", environ, checkout)) == ["night"]


def test_files_inside_the_package_come_before_a_checkout(checkout: Path, environ: dict[str, str]) -> None:
    """Installed from a wheel, the shelf is inside the package."""
    inside = _write(checkout / "_shelf/runbooks/shipped.md")
    assert shelf.files("runbooks", environ, checkout) == {"shipped": inside}


def test_the_users_file_wins_a_name(checkout: Path, environ: dict[str, str]) -> None:
    """A file in the user's folder stands in front of the built-in one of the same name."""
    mine = _write(shelf.own("runbooks", environ) / "loop.md")
    other = _write(shelf.own("runbooks", environ) / "another.md")
    assert shelf.files("runbooks", environ, checkout) == {"another": other, "loop": mine}


def test_files_of_another_kind_are_not_on_the_shelf(checkout: Path, environ: dict[str, str]) -> None:
    """Only the ending of the kind counts, and hidden files never do."""
    folder = shelf.own("themes", environ)
    _write(folder / "notes.md")
    _write(folder / ".hidden.toml")
    assert list(shelf.files("themes", environ, checkout)) == ["night"]


def test_an_install_without_a_shelf_has_no_built_in_files(tmp_path: Path, environ: dict[str, str]) -> None:
    """A runbooks folder of somebody else's, with no project file beside it, is not ours."""
    _write(tmp_path / "elsewhere/runbooks/theirs.md")
    assert shelf.built_in("runbooks", tmp_path / "elsewhere/lib/interlock") is None
    assert shelf.files("runbooks", environ, tmp_path / "elsewhere/lib/interlock") == {}


@pytest.mark.parametrize("configured", ["", "relative/folder"])
def test_a_relative_configuration_folder_is_ignored(tmp_path: Path, configured: str) -> None:
    """Only an absolute configuration folder counts; without one it is the default in the home."""
    found = shelf.own("themes", {"XDG_CONFIG_HOME": configured, "HOME": str(tmp_path)})
    assert found == tmp_path / ".config" / "interlock" / "themes"
