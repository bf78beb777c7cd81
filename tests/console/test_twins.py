"""In tmux, with the clipboard and passthrough on, hostile text changes nothing outside of its own cells."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from tests.console.twin_stage import FAMILIES, FILL, SMALL, mixed, shape
from tests.console.twins import Pane, pane, strangers
from tests.support.hubs import GUARD

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")

_TOLD = re.compile(rb"\x1b\](52;|[012];[^\x07\x1b]*healthy)|\x1bP")
"""A clipboard, a title or a passthrough that reached the terminal tmux is attached to."""


def _same(folder: Path, form: str, columns: int, rows: int) -> list[str]:
    """Play both consoles scene by scene; return the scenes, asserting that no screen differs where it must not."""
    seen: list[str] = []
    with pane(folder / "raw", "raw", form, columns, rows) as one:
        with pane(folder / "shape", "shape", form, columns, rows) as other:
            while name := one.scene():
                assert other.scene() == name
                assert _differences(one, other) == [], name
                assert any(drawn == FILL for row in other.grid() for drawn, _ in row), f"{name} shows no text"
                assert one.outside() == other.outside(), name
                seen.append(name)
                one.go_on()
                other.go_on()
            assert other.scene() == ""
            title, _, buffers, _ = one.outside()
            assert "healthy" not in title
            assert buffers == ""
        assert _TOLD.findall(bytes(one.outer)) == []
    return seen


def _differences(one: Pane, other: Pane) -> list[str]:
    """Return where the screens differ once both have all their answers of the hub."""
    until = time.monotonic() + GUARD
    while (found := strangers(one.grid(), other.grid())) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def test_the_screens_are_those_of_plain_text_but_for_its_own_cells(tmp_path: Path) -> None:
    """Each screen is, cell by cell, the one of a plain text as wide; title and buffers are untouched."""
    assert set(_same(tmp_path, "small", 80, 24)) == set(SMALL)


@pytest.mark.rig
@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_every_screen_is_that_of_plain_text_but_for_its_own_cells(
    tmp_path: Path, columns: int, rows: int
) -> None:
    """The same for every scene, at both sizes."""
    assert set(SMALL) < set(_same(tmp_path, "long", columns, rows))


@pytest.mark.pure
def test_a_shape_is_as_wide_as_its_text_and_the_judge_sees_a_moved_cell() -> None:
    """Words and lines stay; one cell that differs outside of the text is named, one inside is not."""
    assert len(FAMILIES) > 9
    assert shape("a\x1b b\n\u6f22\u093e") == f"{FILL * 2} {FILL}\n{FILL * 3}"
    assert "\n" in shape(mixed())
    style = ("49", "49")
    plain = [[(drawn, style) for drawn in f"x {FILL}{FILL} y"]]
    assert strangers([[(drawn, style) for drawn in "x ab y"]], plain) == []
    assert strangers([[(drawn, style) for drawn in "x ab  "]], plain) == [
        f"line 0 cell 5: {(' ', style)} where {('y', style)} should be"
    ]
    assert strangers([[(drawn, style) for drawn in "x ab y z"]], plain) == ["line 0 has 8 cells, not 6"]
