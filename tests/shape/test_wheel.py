"""What the wheel holds. It is built once, from this checkout, by the backend itself."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.shape.tree import ROOT

pytestmark = pytest.mark.tree


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a freshly built wheel."""
    folder: Path = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_adds_two_names_and_no_more(names: set[str]) -> None:
    """Installing Interlock takes exactly two top-level names."""
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"interlock", "interlock_console"}


@pytest.mark.parametrize(("kind", "ending"), [("runbooks", ".md"), ("themes", ".toml")])
def test_the_wheel_carries_every_file_of_the_shelf(names: set[str], kind: str, ending: str) -> None:
    """Every runbook and every theme of the checkout is inside."""
    wanted = {f"interlock/_shelf/{kind}/{path.name}" for path in (ROOT / kind).glob(f"*{ending}")}
    assert wanted - names == set()


def test_the_wheel_is_typed_and_licensed(names: set[str]) -> None:
    """Both packages say that they are typed, and the licence travels with them."""
    assert {"interlock/py.typed", "interlock_console/py.typed"} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_carries_no_test(names: set[str]) -> None:
    """No test and no cache is shipped."""
    assert [name for name in names if "test" in name.split("/")[-1] or "__pycache__" in name] == []
