"""The typed filter of the record: what the hub is asked, what is judged here, and what is said of a mistake."""

from __future__ import annotations

from datetime import datetime

import pytest

from interlock_console.record.sieve import parse
from tests.console.record_pages import CANARY, entry

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 26, 3, 0, 0).astimezone().timestamp()
RUN = "r-00000000000000ab"


def test_fields_go_to_the_hub_by_its_own_names() -> None:
    """Exact fields, times as Unix seconds, and the longest word as the text to look for."""
    found = parse(f'run:{RUN} who:ann tool:refund kind:permit from:90m "gave up" x', NOW)
    assert found.problem == ""
    assert found.query == {
        "run": RUN, "operator": "ann", "tool": "refund", "kind": "permit", "from": NOW - 5400, "q": "gave up",
    }  # fmt: skip
    assert (found.words, found.local, found.verdict) == (("x",), True, "")
    assert not parse("who:ann refund", NOW).local


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("to:02:30", NOW - 1800),
        ("to:02:30:05", NOW - 1795),
        ("to:04:00", NOW - 23 * 3600),
        ("to:2026-11-26T02:00", NOW - 3600),
        ("to:2h", NOW - 7200),
    ],
)
def test_times_are_ages_or_clocks_or_dates(typed: str, at: float) -> None:
    """A clock's time that is still to come is that of the day before."""
    assert parse(typed, NOW).query == {"to": at}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("knd:permit", "no field knd: did you mean kind?"),
        ("kind:permt", "no kind permt: did you mean permit?"),
        ("kind:PERMIT;", "is no kind: did you mean permit?"),
        ("verdict:alow", "no verdict alow: did you mean allow?"),
        ("run:r-zz", "no run this console knows begins with r-zz"),
        ("run:00", "2 runs begin with r-00: type more of it"),
        ("from:soon", "soon is no time: write from:90m, from:14:05 or from:2026-11-26T14:05"),
        ("from:99:99", "99:99 is no time"),
        ("tool:a tool:b", "tool: is there twice"),
        (f"who:{'x' * 300}", "who: takes 200 characters at most"),
    ],
)
def test_a_word_that_means_nothing_is_named(typed: str, said: str) -> None:
    """The sentence says which word, why, and the nearest valid one; such a filter asks the hub nothing."""
    found = parse(typed, NOW, (RUN, "r-00000000000000cd"))
    assert said in found.problem
    assert found.query == {}


def test_the_beginning_of_a_run_is_enough_where_it_is_the_only_one() -> None:
    """The hub compares runs exactly, so the console gives it the whole id."""
    assert parse("run:r-00000000000000a", NOW, (RUN, "r-00000000000000cd")).query == {"run": RUN}
    assert parse("run:", NOW, (RUN,)).query == {}


def test_verdicts_and_further_words_are_judged_here() -> None:
    """Every word has to be somewhere in the entry, its body too, whatever the case."""
    made = entry(1, verdict="deny", why="It LOOPS", body={"args": {"note": ["the Customer asked"]}})
    assert parse("verdict:deny", NOW).query == {"q": "deny"}, "a page of the hub has few others then"
    assert parse("verdict:deny customer loops", NOW).fits(made)
    assert not parse("verdict:allow", NOW).fits(made)
    assert (
        not parse("customer nowhere-to-be-found loops", NOW).fits(made) or parse("a loops nowhere", NOW).words
    )
    assert not parse("loops zzz customers-customers", NOW).fits(made)


def test_whoever_asks_for_the_proofs_of_the_brake_sees_them() -> None:
    """By name or by the key they are shown; else they are left out."""
    assert parse(f"who:{CANARY}", NOW).proofs
    assert parse("tool:canary_touch", NOW).proofs
    assert parse("", NOW, proofs=True).proofs
    assert not parse("who:ann", NOW).proofs
