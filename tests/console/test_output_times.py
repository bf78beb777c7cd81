"""Times in a command's output: the time of day for today, the date in front for every other day."""

import time

import pytest

from interlock_console.output import clock, stamp

pytestmark = pytest.mark.pure


def test_what_did_not_happen_today_has_its_date() -> None:
    """The record goes back years; a time of day alone would be taken for today's."""
    now, day = time.time(), 86_400.0
    # Two days, so that no change of clocks between makes it the day it is.
    for at in (now - 2 * day, now - 400 * day, now + 2 * day):
        date = time.strftime("%Y-%m-%d", time.localtime(at))
        assert stamp(at) == f"{date} {clock(at)}"


def test_what_happened_today_has_its_time_alone() -> None:
    """The milliseconds are there either way."""
    now = time.time()
    assert stamp(now).endswith(clock(now))
    assert stamp(now)[-4] == "."
