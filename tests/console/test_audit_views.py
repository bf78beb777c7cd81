"""Saved filters of the record: under a name, from everywhere, beside the views of the fleet."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from interlock_console.screens.audit import AuditView
from interlock_console.screens.fleet import FleetView
from interlock_console.views import SavedView, load, save, views_file
from tests.console.feed import Feed
from tests.console.looks import noted, settle, shown


def _feed() -> Feed:
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    return feed


async def _type(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys, "enter")
    await settle(pilot)


def _sought(pilot: Pilot[None]) -> str:
    view = pilot.app.screen
    assert isinstance(view, AuditView)
    return view.sieve.text


async def test_a_filter_of_the_record_is_saved_and_found_again_from_the_fleet() -> None:
    """The name leads to the record with that filter, a view of the fleet back to the fleet; both are listed."""
    async with shown(_feed().station()) as pilot:
        await _type(pilot, "3", "slash", *"verdict:deny")
        await _type(pilot, ":", *"view save denials")
        assert "view denials of the audit is saved" in noted(pilot)
        await _type(pilot, "slash", "ctrl+u", *"kind:order")
        assert _sought(pilot) == "kind:order"
        await _type(pilot, "1", ":", *"view denials")
        assert _sought(pilot) == "verdict:deny"
        await _type(pilot, ":", *"view live")
        assert isinstance(pilot.app.screen, FleetView)
        await _type(pilot, ":", "v", "i", "e", "w")
        assert "denials (audit)" in noted(pilot)
    assert load(views_file())[0]["denials"] == SavedView("verdict:deny", of="audit")


async def test_a_record_that_was_not_looked_at_yet_begins_with_the_saved_filter() -> None:
    """Its first question to the hub is the filter's; a filter that means nothing is said, and changes nothing."""
    save(views_file(), "stops", SavedView("kind:order", of="audit"))
    save(views_file(), "odd", SavedView("kind:nothing", of="audit"))
    async with shown(_feed().station()) as pilot:
        await _type(pilot, ":", *"view stops")
        assert _sought(pilot) == "kind:order"
        await _type(pilot, ":", *"view odd")
        assert "view odd: no kind nothing" in noted(pilot)
        assert _sought(pilot) == "kind:order"


@pytest.mark.pure
def test_a_view_of_something_else_is_named_and_left_out(tmp_path: Path) -> None:
    """A file of a newer console may have views of what is not there; the others hold."""
    file = tmp_path / "views.toml"
    file.write_text(
        '[views.a]\nof = "costs"\n[views.b]\nof = "audit"\nfilter = "who:ann"\n', encoding="utf-8"
    )
    views, problem = load(file)
    assert "a is of costs; there are fleet, audit" in problem
    assert "a" not in views
    assert views["b"] == SavedView("who:ann", of="audit")
