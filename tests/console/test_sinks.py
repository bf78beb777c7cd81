"""Every place that shows text of others is in the table, and none of them lets a text act, hide or break it.

What is judged here are the sinks' own lines, before the second net could hide a mistake. The bytes of a real terminal
are judged in ``test_sinks_terminal.py``, the net itself in ``test_sinks_net.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable

import pytest
from textual.strip import Strip

import interlock_console
from interlock.text import cells
from interlock_console import commands
from interlock_console.sinks import SINKS
from tests.console.sink_drive import STAGED, WIDTH, raw, staged
from tests.console.sink_rows import unlisted
from tests.hostile.oracle import forbidden_in_terminal
from tests.hostile.payloads import PAYLOADS, words

FREEZE = 1.0
"""Five times what a screen may take: a shared box is that slow, and what grows with the square far slower."""
MARK = "Zq7 "

PLACES = {sink.place for sink in SINKS}
ON_STAGE = [sink.place for sink in SINKS if sink.shows and sink.place.startswith(("widgets.", "screens."))]


def test_every_widget_and_screen_has_a_row() -> None:
    """A widget or a screen that is neither in the table of sinks nor in its own file's fails here: add a row."""
    assert unlisted() == []


def test_every_command_has_a_row() -> None:
    """A command that is not in the table of sinks fails here."""
    names = {
        found.name for found in pkgutil.iter_modules(commands.__path__) if not found.name.startswith("_")
    }
    assert sorted({f"commands.{name}" for name in names} - PLACES) == []


def test_every_row_is_about_something_that_exists() -> None:
    """No row outlives what it is about, and each says how the text gets there."""
    for sink in SINKS:
        module, _, name = f"{interlock_console.__name__}.{sink.place}".rpartition(".")
        if sink.place.startswith("commands."):
            importlib.import_module(f"{module}.{name}")
        else:
            assert hasattr(importlib.import_module(module), name), sink.place
        assert bool(sink.shows) == bool(sink.through) == bool(sink.lines), sink.place
    assert len(PLACES) == len(SINKS)


def test_every_row_of_a_widget_that_shows_text_is_driven() -> None:
    """A row without a way to fill its sink with a text proves nothing."""
    assert sorted(set(ON_STAGE) - set(STAGED)) == ["screens.kill.Face"]


@pytest.mark.parametrize("place", ON_STAGE)
async def test_a_sink_shows_every_payload_and_none_acts_or_holds_it_up(place: str) -> None:
    """With every payload in every field, the sink's own lines hold nothing forbidden, fit, and are there at once."""
    wrong: list[str] = []
    async with staged(place) as fill:
        for name, text in PAYLOADS.items():
            start = time.process_time()
            strips = [strip for strip in fill(MARK + text) if strip.text.strip()]
            took = time.process_time() - start
            if took > FREEZE:
                wrong += _slow(name, fill)
            wrong += [
                f"{name}: {found}" for strip in strips for found in forbidden_in_terminal(raw(strip))[:1]
            ]
            wrong += [f"{name}: {cells(strip.text)} cells" for strip in strips if cells(strip.text) > WIDTH]
            if not any(MARK.strip() in strip.text for strip in strips):
                wrong.append(f"{name}: not shown at all")
    assert wrong == []


def _slow(name: str, fill: Callable[[str], list[Strip]]) -> list[str]:
    """Return that a payload holds a sink up, if it does five times in a row on a box that may be busy."""
    for _ in range(5):
        start = time.process_time()
        fill(MARK + PAYLOADS[name])
        if time.process_time() - start < FREEZE:
            return []
    return [f"{name}: too slow five times"]


@pytest.mark.parametrize("place", ["widgets.trace.TraceList", "widgets.detail.Detail", "widgets.facts.Facts"])
async def test_no_word_in_brackets_disappears(place: str) -> None:
    """What a markup parser would take for a tag is there to be read, whole."""
    missing: list[str] = []
    async with staged(place) as fill:
        for name, text in PAYLOADS.items():
            if name.startswith(("markup", "json", "emoji_code", "format_string")):
                shown = "\n".join(strip.text for strip in fill(text))
                missing += [f"{name}: {word}" for word in words(text) if word not in shown]
    assert missing == []
