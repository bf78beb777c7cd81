"""The lines above the record: where in it the list is, what is wrong with it, and what an export takes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock_console.client import Hub
from interlock_console.colon.export import environment, words_of
from interlock_console.record.proving import Proving
from interlock_console.record.sieve import parse
from interlock_console.record.window import Window
from interlock_console.record.wording import blocks, effect, outcome
from interlock_console.widgets.record_bar import RecordBar, Told
from tests.console.record_pages import Pages, entry

pytestmark = pytest.mark.pure


def _window(count: int, high: int) -> Window:
    pages, window = Pages([entry(n) for n in range(1, count + 1)]), Window()
    window.open(pages.page(50, before=high + 1), high + 1)
    return window


def _said(told: Told, width: int = 80) -> str:
    bar = RecordBar()
    bar.about = told
    lines = bar.lines(width, bar.wanted(width))
    assert len(lines) == bar.wanted(width)
    return "\n".join("".join(text for text, _ in pieces) for pieces in lines)


def test_it_says_whether_the_newest_is_on_the_screen() -> None:
    """Following, at the newest without following, below it, and how many are above."""
    window = _window(500, 500)
    assert "FOLLOWING the newest" in _said(Told(window, Proving(), following=True))
    assert "at the newest; f follows" in _said(Told(window, Proving()))
    assert "NOT AT THE NEWEST: 3 newer" in _said(Told(window, Proving(), above=3))
    window.heard(520)
    assert "NOT AT THE NEWEST: 20 newer; g goes there" in _said(Told(window, Proving(), following=True))
    checking = Proving()
    checking.top = 1_000_000
    assert "20 NEWER (g)" in _said(Told(window, checking))
    assert "checking the chain: 0 of 1,000,000 (v stops)" in _said(Told(window, checking))


def test_a_record_that_went_back_or_is_broken_is_explained() -> None:
    """What happened, what it means and what to do, over as many lines as that takes."""
    broken = Proving()
    broken.bad, broken.problem = 4711, "its body is not what its digest says"
    told = Told(_window(9, 9), broken, rolled_back="it has 9 entries, and had 12 before", stale="STALE 7s")
    said = " ".join(_said(told).split())
    for words in (
        "ROLLED BACK: it has 9 entries, and had 12 before",
        "Compare it with an export or a backup; then: interlock audit accept",
        "chain BROKEN at 4,711",
        "BROKEN at entry 4,711: its body is not what its digest says. Keep this record as evidence",
        "STALE 7s",
    ):
        assert words in said


def test_an_entry_says_whether_it_was_checked_and_what_covers_it() -> None:
    """Nothing is claimed of an entry that this console did not check."""
    made, proof = entry(5, outcome="unknown", body={"tool": "refund", "args": {"a": 1}}), Proving()

    def told() -> str:
        return "\n".join(block.lead + block.text.raw for block in blocks(made, None, proof, {}))

    assert "not checked at this console yet" in told()
    assert '{"a": 1}' in told()
    proof.bad, proof.problem = 3, "it is missing"
    assert "BROKEN at entry 3: it is missing" in told()
    assert (effect(made), outcome(made)) == (made["permit"], ("unknown", "fault"))
    assert effect(entry(5, kind="stage")) == ""


def test_an_export_takes_the_filter_along_and_no_token_as_a_word() -> None:
    """The words of the command are those of the filter; the token is in its surroundings only."""
    run = "r-00000000000000ab"
    sieve = parse(f'run:{run} who:ann from:2026-11-26T02:00 "it loops"', 1_796_000_000.0)
    words = words_of(sieve, "a.csv")
    assert words[:4] == ["audit", "export", "--json", "--output=a.csv"]
    assert {"--format=csv", f"--run={run}", "--operator=ann", "--text=it loops"} <= set(words)
    assert [word for word in words if word.startswith("--from=2026-11-2")]
    hub = Hub("http://127.0.0.1:1", "secret-token", "a test")
    assert environment(hub, {"HOME": str(Path("somewhere"))})["INTERLOCK_TOKEN"] == "secret-token"
    assert "secret-token" not in " ".join(words)
