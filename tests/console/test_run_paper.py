"""Long texts are set out as far as they are read, and no character gets lost on the way."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.text import Untrusted, cells, visible
from interlock_console.trace.paper import Block, Paper, signs, wrapped
from tests.hostile.payloads import CONTROLS, PAYLOADS
from tests.support.cases import each

pytestmark = pytest.mark.pure

FREEZE = 1.0
"""Five times what a screen may take: a shared box is that slow, and what grows with the square far slower."""


def _joined(raw: str, width: int) -> str:
    """Return the lines of each paragraph put together again, paragraphs with a newline between them."""
    return "\n".join("".join(wrapped(paragraph, width)) for paragraph in raw.split("\n"))


@each(product([*PAYLOADS, *CONTROLS], [8, 33, 120]))
def test_lines_fit_and_put_together_are_the_text(name: str, width: int) -> None:
    """Every payload is broken into lines of the width that hold all of it, made visible, and nothing else."""
    raw = (PAYLOADS | CONTROLS)[name].replace("\t", " ")
    assert [line for line in wrapped(raw, width) if cells(line) > width] == []
    assert _joined(raw, width) == "\n".join(map(visible, raw.split("\n")))


@given(st.text(max_size=400), st.integers(8, 60))
def test_any_text_is_kept_whole(raw: str, width: int) -> None:
    """The property above for any text."""
    raw = raw.replace("\t", " ")
    assert [line for line in wrapped(raw, width) if cells(line) > width] == []
    assert _joined(raw, width) == "\n".join(map(visible, raw.split("\n")))


def test_a_text_is_broken_after_a_blank_and_a_long_word_where_it_must() -> None:
    """Words stay whole where there is room for them, and no line begins with the blank behind the word before."""
    assert list(wrapped("refund the order of Thursday", 12)) == ["refund the ", "order of ", "Thursday"]
    assert list(wrapped("refund the order", 10)) == ["refund ", "the order"]
    assert list(wrapped("a" * 20, 8)) == ["a" * 8, "a" * 8, "a" * 4]
    assert list(wrapped("one\n\n\ttwo", 8)) == ["one", "", "    two"]


def test_only_what_is_read_is_set_out() -> None:
    """The first lines of 16 MiB are there at once, whatever the text is made of."""
    for piece in ("refund order A-1009 ", "\x1b[31m\u202e\u6f22", "one more line\n"):
        paper = Paper([Block("result", Untrusted(piece * (16 * 2**20 // len(piece))))], 80)
        start = time.thread_time()
        assert paper.reach(60)
        assert time.thread_time() - start < FREEZE
        assert len(paper.lines) == 60
        assert not paper.complete


def test_titles_stand_above_their_texts_with_an_empty_line_between_blocks() -> None:
    """A page is its blocks in order, titles in their own tone."""
    paper = Paper(
        [Block("arguments", Untrusted("a"), note="1 character"), Block("error", Untrusted("b"), "fault")], 40
    )
    paper.reach(100)
    assert paper.lines == [
        ("arguments  1 character", "head"),
        ("a", "text"),
        ("", "text"),
        ("error", "head"),
        ("b", "fault"),
    ]
    assert paper.complete


def test_unsafe_characters_are_counted_and_written_out_signs_are_not() -> None:
    """What is counted are characters that would act or hide, not texts that look like their signs."""
    assert signs("clean text, <U+202E> and \u241b") == 0
    assert signs("\x1b[2J \u202e <U+202E>") == 2
