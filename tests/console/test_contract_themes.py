"""What every theme keeps to, a newcomer in one file of the operator's own among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color

from interlock.errors import ConfigError
from interlock_console import contrast, themes
from interlock_console.app import Console
from interlock_console.widgets.ink import GROUNDS, TONES, TURNED
from tests.console.feed import Feed
from tests.console.looks import SMALL, WIDE, noted, settle, shown, text
from tests.console.newcomers import THEME

NAMES = sorted({*themes.names(), "night", "dusk"})


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's own folder of themes with one file in it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    folder = tmp_path / "config" / "interlock" / "themes"
    folder.mkdir(parents=True)
    (folder / "dusk.toml").write_text(THEME, encoding="utf-8")
    return folder


def test_the_themes_that_were_promised_are_there() -> None:
    """Dark, light, high contrast, and one of the terminal's own sixteen colours."""
    assert {"night", "day", "high-contrast", "ansi-16", "dusk"} <= set(themes.names())
    assert themes.load("day").dark is False
    assert themes.load("ansi-16").ansi is True
    assert float(themes.load("high-contrast").variables["contrast"]) == 7


@pytest.mark.parametrize("name", NAMES)
def test_every_tone_can_be_read_on_every_ground(name: str) -> None:
    """Each pair that is painted reaches the contrast its theme promises: 4.5 at least, frames 3."""
    theme = themes.load(name)
    found = list(contrast.pairs(theme))
    assert len(found) == len(TONES) * len(GROUNDS) + 1
    assert contrast.faint(theme) == []


@pytest.mark.parametrize("name", NAMES)
def test_only_the_alarm_is_red(name: str) -> None:
    """Red is the alarm's alone, so that it is seen."""
    theme = themes.load(name)
    for tone in TONES:
        colour = theme.variables[f"ink-{tone}"]
        if theme.ansi:
            red = "red" in colour
        else:
            hue, saturation, _ = Color.parse(colour).hsl
            red = (hue < 0.04 or hue > 0.95) and saturation > 0.3
        assert red == (tone == "alarm"), tone


@pytest.mark.parametrize("name", NAMES)
def test_line_1_of_a_production_context_looks_different(name: str) -> None:
    """Its ground is not the one of any other context's line 1."""
    theme = themes.load(name)
    turned = theme.variables[TURNED].split()
    assert ("prod" in turned) != ("bar" in turned) or theme.variables["ground-prod"] != theme.variables[
        "ground-bar"
    ]


async def test_a_theme_dresses_the_console_at_once_and_is_kept() -> None:
    """``:theme NAME`` changes the colours of what is on the screen, at both sizes, and is chosen next time."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station(), SMALL) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        for name in NAMES:
            await pilot.press(":", *f"theme {name}", "enter")
            await settle(pilot)
            assert app.theme == name
            assert f"theme {name}" in noted(pilot)
            assert "agent-1" in text(pilot)
            for size in (WIDE, SMALL):
                await pilot.resize_terminal(*size)
                await settle(pilot)
                alarm = app.screen.query_one("#header")._ink("alarm", "plain")  # type: ignore[attr-defined]
                assert alarm.color is not None
                wanted = themes.load(name).variables["ink-alarm"].removeprefix("ansi_")
                assert alarm.color.name.casefold() == wanted.casefold()
            assert themes.chosen("") == name
            assert themes.first("", "", "night") == (name, "")


def test_a_theme_that_is_too_faint_is_told(own: Path) -> None:
    """One pair below its contrast is named with what it has and needs; the theme can still be chosen."""
    (own / "pale.toml").write_text(THEME.replace('"#aab1b9"', '"#5a6068"'), encoding="utf-8")
    faint = contrast.faint(themes.load("pale"))
    assert any(said.startswith("dim on plain has a contrast of 3.0") for said in faint)
    assert all(said.startswith("dim on ") for said in faint)
    (told,) = themes.broken()
    assert told.startswith("theme pale is hard to read: dim on plain has a contrast of 3.0, it needs 4.5")


def test_a_promise_of_more_contrast_is_held_to_and_less_is_not_possible(own: Path) -> None:
    """``contrast = 7`` makes 4.5 too little; ``contrast = 1`` changes nothing."""
    (own / "more.toml").write_text(f"contrast = 12\n{THEME}", encoding="utf-8")
    (own / "less.toml").write_text(
        "contrast = 1\n" + THEME.replace('"#aab1b9"', '"#5a6068"'), encoding="utf-8"
    )
    assert any("alarm on plain" in said for said in contrast.faint(themes.load("more")))
    assert contrast.faint(themes.load("less"))


def test_the_ratio_is_that_of_the_standard() -> None:
    """Black on white is 21, a colour on itself 1, and a known pair between them is what others measure."""
    assert contrast.ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.ratio("#123456", "#123456") == pytest.approx(1)
    assert contrast.ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast.ratio("ansi_bright_white", "ansi_black") == pytest.approx(21)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("dim =", "dimm ="),
            r"'s \[ink\] has no such key 'dimm'.*did you mean dim\? mend line 13 of 'bad.toml'",
        ),
        (("dark =", "drak ="), r"has no such key 'drak'.*did you mean dark\? mend line 3 of"),
        (('"#aab1b9"', '"grey"'), r"ink.dim is no colour 'grey'.*#rrggbb"),
        (('"#aab1b9"', "7"), r"ink.dim is no colour '7'"),
        (('plain = "#101014"', 'plain = "reverse"'), r"ground.plain is no colour 'reverse'"),
        (("[ink]", "[ink"), "cannot read the theme"),
        (('mark = "#ffffff"', ""), r"\[ink\] must name"),
    ],
)
def test_a_theme_with_a_mistake_is_refused_with_its_place(
    own: Path, change: tuple[str, str], problem: str
) -> None:
    """An unknown key, a colour that is none and a missing one are named; the console skips such a file and says so."""
    (own / "bad.toml").write_text(THEME.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        themes.load("bad")
    (told,) = themes.broken()
    assert told.startswith("theme bad is left out: ")
    assert themes.first("", "", "bad")[0] == themes.DEFAULT
    assert "theme bad is left out" in themes.first("", "", "bad")[1]
    with pytest.raises(ConfigError):
        themes.first("bad", "", "")


async def test_a_theme_nobody_has_leaves_the_one_that_is() -> None:
    """The sentence names the nearest one."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station(), WIDE) as pilot:
        await pilot.press(":", *"theme nihgt", "enter")
        await settle(pilot)
        assert pilot.app.theme == "night"
        assert "no theme 'nihgt'" in noted(pilot)
        assert "did you mean night?" in noted(pilot)


@pytest.mark.parametrize("theme", ["night", "ansi-16"])
async def test_without_colour_what_matters_differs_by_attributes(
    theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR leaves no colour in what is painted: alarms and the cursor are reversed, faults underlined."""
    monkeypatch.setenv("NO_COLOR", "1")
    feed = Feed()
    feed.snapshot()
    run = feed.began(1)
    feed.order(run, "kill")
    station = feed.station()
    app = Console(station, theme)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        screen = app.screen
        styles = {
            segment.text.strip(): segment.style or Style()
            for strip in screen._compositor.render_strips()
            for segment in strip
        }
        assert all(not style.color or style.color.is_default for style in styles.values())
        assert all(not style.bgcolor or style.bgcolor.is_default for style in styles.values())
        header = screen.query_one("#header")
        look = header._ink  # type: ignore[attr-defined]
        assert look("alarm", "plain").reverse
        assert look("text", "cursor").reverse
        assert not look("alarm", "cursor").reverse
        assert look("fault", "plain").underline
        assert not look("text", "bar").reverse
        header.add_class("production")
        header.notify_style_update()
        assert look("text", "bar").reverse
        assert look("text", "bar").bold
    station.desk.close()


async def test_a_production_header_stands_on_its_own_ground() -> None:
    """With the class of a production context, line 1 is painted on that ground and no other pane is."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        app = pilot.app
        header = app.screen.query_one("#header")
        header.add_class("production")
        header.notify_style_update()
        colours = app.current_theme.variables
        strip = header.render_line(0)
        grounds = {segment.style.bgcolor.name for segment in strip if segment.style and segment.style.bgcolor}
        assert grounds == {colours["ground-prod"]}
