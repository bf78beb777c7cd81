"""The oracle finds every acting payload that was let through, and nothing where all were kept out."""

from __future__ import annotations

import sys

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.hostile.oracle import forbidden_in_lines, forbidden_in_terminal
from tests.hostile.payloads import ACTING, CONTROLS, PAYLOADS
from tests.hostile.poster import ROWS, SHOWN, STYLE
from tests.hostile.session import record
from tests.support.cases import each

CONSOLE = Console(color_system="truecolor", force_terminal=True, legacy_windows=False)

WRITTEN_BY_TEXTUAL_TOO = {"sgr", "cursor_home", "mouse_on", "cursor_hide"}


def _on_screen(text: str, style: Style | None) -> bytes:
    """Return the bytes with which Textual draws one row that holds the text as it is."""
    row = Strip([Segment("| ", STYLE), Segment(text, style), Segment(" |", STYLE)]).render(CONSOLE)
    start, end = "\x1b[?1049h\x1b[?2026$p\x1b[?2048$p", "\x1b[?1049l"
    frame = f"{start}\x1b[?2026h\x1b[3;1H{row}\n\x1b[4;1H\x1b[?2026l{end}"
    return frame.encode("utf-8", "surrogatepass")


@each(sorted(ACTING))
def test_every_acting_payload_is_found_on_a_screen(name: str) -> None:
    """An acting payload drawn as it is, in a styled segment, is reported."""
    assert forbidden_in_terminal(_on_screen(PAYLOADS[name], STYLE)) != []


@each(sorted(ACTING - WRITTEN_BY_TEXTUAL_TOO))
def test_other_acting_payloads_are_found_without_colours_too(name: str) -> None:
    """An unstyled segment hides only what Textual itself writes between two segments."""
    assert forbidden_in_terminal(_on_screen(PAYLOADS[name], None)) != []


@each(sorted(PAYLOADS.keys() - ACTING - {"newline"}))
def test_printable_payloads_are_no_matter_for_the_oracle(name: str) -> None:
    """What only a markup parser, a layout or a reader could fall for is not reported."""
    assert forbidden_in_terminal(_on_screen(PAYLOADS[name], STYLE)) == []


@each(sorted(CONTROLS.keys() - {"lines"}))
def test_ordinary_text_on_a_screen_is_not_reported(name: str) -> None:
    """Ordinary text in many scripts raises no alarm."""
    assert forbidden_in_terminal(_on_screen(CONTROLS[name], STYLE)) == []


@pytest.mark.parametrize(
    ("raw", "finding"),
    [
        (b"\xff", "bytes that are no UTF-8"),
        (b"\x1b[?1049h\x1b[?2026$p\x1b[?2026$p", "a question asked again"),
        (b"\x1b[?1049h\x1b[?1049h", "the alternate screen entered or left twice"),
        (b"\x1b[1mleft open", "a style that is never reset"),
        (b"\x1b[?1049hone\ntwo", "a newline without a move"),
        (b"\x1b[?1049h\ta", "a control character U+0009"),
        (b"\x1b[6n", "a sequence that is not allowed"),
        (b"\x1b[2J", "a sequence that is not allowed"),
        (b"\x07", "a control character U+0007"),
        (b"\x1b]52;c;YQ==\x07", "an operating system command"),
    ],
)
def test_a_finding_says_what_is_wrong(raw: bytes, finding: str) -> None:
    """Each break of the grammar has its own words, with the place."""
    assert [found for found in forbidden_in_terminal(raw) if found.startswith(finding)] != []


def test_a_session_may_ring_and_copy_when_it_means_to() -> None:
    """A bell and a copy are let through when they are named, and still not inside of styled text."""
    assert forbidden_in_terminal(b"\x07", also=["bell"]) == []
    assert forbidden_in_terminal(b"\x1b]52;c;YQ==\x07", also=["clipboard"]) == []
    assert forbidden_in_terminal(b"\x1b[1m\x07\x1b[0m", also=["bell"]) != []
    assert forbidden_in_terminal(b"\x1b[1m\x1b]52;c;YQ==\x07\x1b[0m", also=["clipboard"]) != []
    assert forbidden_in_terminal(b"\x1b]52;c;?\x07", also=["clipboard"]) != []


def test_a_command_writes_styled_lines_and_nothing_else() -> None:
    """One-shot output may hold styles, newlines and tabs; no cursor movement, no mode, no pointer."""
    assert forbidden_in_lines(b"\x1b[1mrun\x1b[0m\tr-1\r\nrun\tr-2\n") == []
    for raw in (b"\x1b[1;1H", b"\x1b[?25l", b"\x1b]22;default\x07", b"a\rb"):
        assert forbidden_in_lines(raw) != []


def _session(mode: str) -> bytes:
    return record([sys.executable, "-m", "tests.hostile.poster", mode], columns=SHOWN + 40, rows=ROWS)


def test_a_real_session_with_visible_text_is_clean_and_complete() -> None:
    """A Textual session in a real terminal that shows every payload made visible has nothing to report."""
    raw = _session("visible")
    assert forbidden_in_terminal(raw) == []
    assert [name for name, text in CONTROLS.items() if text.split("\n")[0] not in raw.decode()] == []


def test_a_real_session_behind_the_second_net_is_clean() -> None:
    """With every payload as it is, the filter alone keeps the terminal clean."""
    assert forbidden_in_terminal(_session("net")) == []


def test_a_real_session_without_any_net_is_not() -> None:
    """With every payload as it is and no filter, Textual lets them act, and the oracle sees it."""
    found = "\n".join(forbidden_in_terminal(_session("raw")))
    for part in ("]52;c;", "[2J", "]0;", "U+202E", "U+009B", "U+000D", "flood of combining marks"):
        assert part in found
