"""The style sheet: each source is parsed once in each theme, and a theme reaches every view, away or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.cache import LRUCache
from textual.color import Color
from textual.css.parse import parse
from textual.css.stylesheet import StylesheetParseError
from textual.pilot import Pilot

from interlock_console import themes
from interlock_console.app import Console
from interlock_console.css import Sheet
from tests.console.feed import Feed
from tests.console.looks import settle, shown

Parsed = tuple[tuple[str, str], str, int]
WORN = ("night", "day", "ansi-16", "night")


@pytest.fixture(autouse=True)
def forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private folders, and nothing parsed yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(Sheet, "_parsed", LRUCache(1024))


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Parsed]:
    """What Textual parsed, in order: where it was read from, for what scope and how strong."""
    seen: list[Parsed] = []

    def noting(scope: str, css: str, read_from: tuple[str, str], **named: Any) -> Any:
        seen.append((read_from, scope, named["tie_breaker"]))
        return parse(scope, css, read_from, **named)

    monkeypatch.setattr("textual.css.stylesheet.parse", noting)
    return seen


def _ground(pilot: Pilot[None]) -> Color:
    return pilot.app.screen.styles.background


def _plain(name: str) -> Color:
    return Color.parse(themes.load(name).variables["ground-plain"])


async def test_each_source_is_parsed_once_whatever_is_opened(parsed: list[Parsed]) -> None:
    """From the start over several views and dialogs, no source is read a second time; a second console reads none."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    for round_ in range(2):
        async with shown(feed.station()) as pilot:
            app = pilot.app
            assert isinstance(app, Console)
            for name in ("approvals", "audit", "fleet"):
                app.visit(name)
                await settle(pilot)
            await pilot.press("question_mark", "escape")
        if round_ == 0:
            assert any(where[0].endswith("console.tcss") for where, *_ in parsed)
            assert len(parsed) == len(set(parsed))
            parsed.clear()
    assert parsed == []


async def test_a_theme_reaches_a_view_that_was_away() -> None:
    """Each view is on the ground of the theme worn now: in front, away since another theme, or opened just now."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        assert _ground(pilot) == _plain("night")
        for theme, opened in zip(WORN, ("audit", "approvals", "unknowns", "orders"), strict=True):
            themes.wear(app, theme)
            await settle(pilot)
            for name in ("fleet", "audit", opened):
                assert _ground(pilot) == _plain(theme)
                assert app.visit(name), name
                await settle(pilot)
                assert _ground(pilot) == _plain(theme)


async def test_a_theme_that_is_tried_again_is_not_parsed_again(parsed: list[Parsed]) -> None:
    """Going through the themes and back parses for each theme once."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        themes.wear(app, "day")
        await settle(pilot)
        assert _ground(pilot) == _plain("day")
        parsed.clear()
        for theme in ("night", "day"):
            themes.wear(app, theme)
            await settle(pilot)
            assert _ground(pilot) == _plain(theme)
    assert parsed == []


@pytest.mark.pure
def test_a_bad_source_leaves_the_rules_that_are() -> None:
    """The error comes as Textual's own, the good source stays in force, and the same text is not tried twice."""
    sheet = Sheet(variables={"ink": "#ffffff"})
    sheet.add_source("Screen { color: $ink; }", ("good", ""))
    (before,) = sheet.rules
    sheet.add_source("Screen { color: nothing-like-it; }", ("bad", ""))
    with pytest.raises(StylesheetParseError):
        sheet.reparse()
    sheet.reparse()
    assert sheet.rules == [before]


@pytest.mark.pure
def test_other_colours_are_other_rules_and_the_same_come_back() -> None:
    """A rule with a variable follows it; said again, the colours bring the very rules that were there."""
    sheet = Sheet(variables={"ink": "#ffffff"})
    sheet.add_source("Screen { color: $ink; }", ("one", ""))
    (white,) = sheet.rules
    sheet.set_variables({"ink": "#000000"})
    sheet.reparse()
    (black,) = sheet.rules
    assert white.styles.color == Color.parse("#ffffff")
    assert black.styles.color == Color.parse("#000000")
    sheet.set_variables({"ink": "#ffffff"})
    sheet.reparse()
    assert sheet.rules == [white]
    assert sheet.rules[0] is white
