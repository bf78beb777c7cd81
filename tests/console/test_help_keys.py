"""The last line while help or palette is open: its own keys, not those of the view behind it."""

from tests.console.feed import Feed
from tests.console.looks import lines, settle, shown


async def test_the_last_line_has_the_keys_of_what_is_open() -> None:
    """Reading, q closes; while something is typed q is a letter and escape is said; closed, the view's are back."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station()) as pilot:
        behind = lines(pilot)[-1]
        assert "K stop" in behind
        await pilot.press("question_mark")
        await settle(pilot)
        assert "q close" in lines(pilot)[-1]
        assert "K stop" not in lines(pilot)[-1]
        await pilot.press(*"stopq")
        await settle(pilot)
        assert "esc clear" in lines(pilot)[-1]
        assert "q close" not in lines(pilot)[-1]
        await pilot.press("escape")
        await settle(pilot)
        assert "q close" in lines(pilot)[-1]
        await pilot.press("q")
        await settle(pilot)
        assert lines(pilot)[-1] == behind
        await pilot.press("ctrl+p")
        await settle(pilot)
        assert "esc clear" in lines(pilot)[-1]
        assert "q close" not in lines(pilot)[-1]
