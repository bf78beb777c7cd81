"""The second net catches what a sink forgot, in a real terminal, and does not touch what is plain."""

from __future__ import annotations

import sys

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color

from interlock.text import cells
from interlock_console.net import Net, hang
from tests.hostile.oracle import forbidden_in_terminal
from tests.hostile.payloads import ACTING, CONTROLS, PAYLOADS
from tests.hostile.poster import ROWS, SHOWN
from tests.hostile.session import record
from tests.support.cases import each

GROUND = Color(0, 0, 0)


@each(sorted(ACTING))
def test_a_piece_that_acts_leaves_the_net_harmless(name: str) -> None:
    """Every acting payload drawn as it is comes out without what acts, and as wide as it was measured."""
    text = PAYLOADS[name]
    style = Style(color="green")
    (out,) = Net().apply([Segment(text, style)], GROUND)
    assert forbidden_in_terminal(b"\x1b[?1049h" + out.text.encode() + b"\x1b[?1049l") == []
    assert cells(out.text) == cells(text)
    assert out.style == style


@each(sorted(CONTROLS.keys() - {"lines"}))
def test_ordinary_text_passes_the_net_unchanged(name: str) -> None:
    """Text in many scripts passes as it is."""
    piece = Segment(CONTROLS[name], Style(color="green"))
    assert Net().apply([piece], GROUND) == [piece]


def test_the_hook_is_there_and_the_net_hangs_on_it() -> None:
    """The pinned Textual has the list of filters that the net is put on, and asks it for every widget."""
    app: App[object] = App()
    hang(app)
    assert isinstance(app.get_line_filters()[-1], Net)


def test_without_the_hook_the_console_does_not_start() -> None:
    """A Textual without the hook is refused in words, rather than used without the net."""

    app: App[object] = App()
    del app._filters
    with pytest.raises(RuntimeError, match=r"install textual==8\.2\.8"):
        hang(app)


def test_a_terminal_behind_the_net_stays_clean_whatever_is_drawn() -> None:
    """A session that draws every payload as it is, behind the console's own net, writes nothing forbidden."""
    raw = record([sys.executable, "-m", "tests.hostile.poster", "net"], columns=SHOWN + 40, rows=ROWS)
    assert forbidden_in_terminal(raw) == []
