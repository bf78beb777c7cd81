"""Every payload through the text functions: none acts, raises or takes long, and no word is lost."""

from __future__ import annotations

import time

import pytest

from interlock.text import Untrusted, cells, strip_terminal, visible, visible_line
from tests.hostile.oracle import forbidden_in_lines, forbidden_in_terminal
from tests.hostile.payloads import ACTING, CONTROLS, PAYLOADS, words
from tests.support.cases import each

pytestmark = pytest.mark.pure

FREEZE = 1.0
"""Five times what a screen may take: a shared box is that slow, and what grows with the square far slower."""


def _squeezed(text: str) -> str:
    return "".join(text.split())


@each(PAYLOADS)
def test_no_payload_acts_on_a_terminal(name: str) -> None:
    """A payload made visible holds nothing that the oracle forbids, whichever function made it so."""
    text = PAYLOADS[name][:9_000]
    for line in (visible_line(text), visible_line(text, 60), strip_terminal(text), repr(Untrusted(text))):
        assert forbidden_in_terminal(b"\x1b[?1049h" + line.encode() + b"\x1b[?1049l") == []
    assert forbidden_in_lines(f"goal: {Untrusted(text)}\n".encode()) == []


@each(PAYLOADS)
def test_no_word_of_a_payload_is_swallowed(name: str) -> None:
    """Every word of a payload can still be read, also what a markup parser would take for a tag."""
    text = PAYLOADS[name]
    shown = visible(text)
    assert [word for word in words(text) if word not in shown] == []
    if name not in ACTING:
        assert shown == text or name == "leading_mark"


@each(CONTROLS)
def test_ordinary_text_comes_out_unchanged(name: str) -> None:
    """Text in many scripts, with accents, emoji and drawings, is not touched and not reported."""
    text = CONTROLS[name]
    assert visible(text) == text
    assert visible_line(text) == text.replace("\n", "\u240a").replace("\t", "\u2409")
    assert forbidden_in_lines(text.encode()) == []


def _frozen(size: int) -> list[str]:
    """Return the payloads of which so many characters, made visible and measured, take more than a screen may."""
    return [name for name in filter(PAYLOADS.get, PAYLOADS) if _slow(name, size)]


def _slow(name: str, size: int) -> bool:
    text = (PAYLOADS[name] * (size // len(PAYLOADS[name]) + 1))[:size]
    for _ in range(3):
        # The clock of this thread: what else the machine does is no matter.
        start = time.thread_time()
        cells(visible(text))
        strip_terminal(text)
        if time.thread_time() - start < FREEZE:
            return False
    return True


def test_no_payload_freezes_a_screen() -> None:
    """8 KiB of any payload are made visible and measured within what a screen may take."""
    assert _frozen(8_192) == []


@pytest.mark.rig
def test_no_long_payload_freezes_a_screen() -> None:
    """The same with 64 KiB, where what grows faster than the text is plain."""
    assert _frozen(65_536) == []


def test_a_line_costs_its_limit_and_not_the_length_of_the_text() -> None:
    """The first 80 cells of 16 MiB are there at once."""
    text = "\x1b[31m\u202e\u0301\u6f22" * (1 << 21)
    start = time.thread_time()
    assert cells(visible_line(text, 80)) <= 80
    assert time.thread_time() - start < FREEZE
