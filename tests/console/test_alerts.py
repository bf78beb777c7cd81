"""The ticker's one line for the same of many runs, and the bell: on edges, apart, and off when told so."""

import pytest

from interlock_console.alerts import APART, Alerts
from interlock_console.notes import TOGETHER, Note
from interlock_console.state import Head
from interlock_console.widgets.columns import COLUMNS
from tests.console.feed import Feed, run_id

pytestmark = pytest.mark.pure


def _feed(count: int = 3, **fields: object) -> Feed:
    feed = Feed()
    feed.snapshot()
    for number in range(1, count + 1):
        feed.began(number, **fields)
    feed.fleet.edges()
    return feed


def _note(feed: Feed) -> Note:
    head: Head = feed.fleet.head(feed.clock())
    assert head.note is not None
    return head.note


def _loops(feed: Feed, number: int) -> None:
    for call in "abc":
        feed.calls(run_id(number), call)


def test_runs_of_one_role_that_loop_are_one_line() -> None:
    """The first loop names its run, those soon after it are counted, and another role has its own line."""
    feed = _feed()
    _loops(feed, 1)
    assert (_note(feed).run, _note(feed).text.split(":")[0]) == (run_id(1), "LOOP")
    for number in (2, 3):
        feed.clock.go(1)
        _loops(feed, number)
    assert (_note(feed).run, _note(feed).text) == ("", "3 runs of role clerk: LOOP")
    feed.began(9, role="robot")
    _loops(feed, 9)
    assert _note(feed).run == run_id(9)
    feed.clock.go(TOGETHER + 1)
    feed.began(10)
    _loops(feed, 10)
    assert _note(feed).run == run_id(10), "what is long ago is not counted in"


def test_an_order_for_many_runs_is_one_line_and_so_is_each_stage() -> None:
    """A kill of three runs is one line that names who and why, and their confirmations are one line."""
    feed = _feed()
    for number in (1, 2, 3):
        feed.calls(run_id(number), "a")
        feed.order(run_id(number), "kill", "order.recorded")
        feed.say(run_id(number), "stop.confirmed", order="o-00000000000000c1", verb="kill", ms=4.0 + number)
    texts = [note.text for note in feed.fleet.notes]
    assert texts == [
        "3 runs: kill by ann: it loops",
        "3 runs confirmed stopped, the last 7 ms after the order",
    ]


def test_runs_that_a_standing_kill_meets_are_said_not_to_have_begun() -> None:
    """What was stopped before its first call is told apart from what was stopped at work, in one line for all."""
    feed = _feed()
    for number in (1, 2):
        feed.order(run_id(number), "kill", "order.recorded")
        feed.say(run_id(number), "stop.confirmed", order="o-00000000000000c1", verb="kill", ms=4.0)
    assert _note(feed).text == "2 runs of role clerk never began: o-000000 stopped them"
    (row,) = (
        column.draw(feed.fleet.pull().changed[run_id(1)], 0.0) for column in COLUMNS if column.name == "DOING"
    )
    assert row == ("never began: o-000000 by ann", "still")


def test_lost_runs_say_why_once() -> None:
    """Many losses are one line with the reason, never a line each."""
    feed = _feed()
    for number in (1, 2, 3):
        feed.say(run_id(number), "run.lost", why="no heartbeat for 10 s")
    assert [note.text for note in feed.fleet.notes] == ["3 runs of role clerk: LOST, no heartbeat for 10 s"]


def test_the_bell_is_for_what_newly_needs_a_person() -> None:
    """A loop, a loss and an unknown outcome are edges once each; going on in them and a stop by order are none."""
    feed = _feed(4)
    _loops(feed, 1)
    assert feed.fleet.edges() == 1
    feed.calls(run_id(1), "d")
    assert feed.fleet.edges() == 0
    feed.say(run_id(2), "run.lost", why="no heartbeat")
    feed.calls(run_id(3), "x")
    feed.say(run_id(3), "outcome.unknown", call="x", tool="refund", why="timed out")
    assert feed.fleet.edges() == 2
    feed.order(run_id(4), "kill", "order.recorded")
    feed.say(run_id(4), "stop.confirmed", order="o-00000000000000c1", verb="kill", ms=4.0)
    assert feed.fleet.edges() == 0


def test_the_bell_is_for_failed_orders_and_a_lost_hub() -> None:
    """An order of the operator's own that failed and the loss of the hub ring; a refused reconnect does not again."""
    feed = _feed()
    feed.fleet.tell(Note(0.0, run_id(1), "kill not certain: no answer", "alarm"))
    feed.fleet.tell(Note(0.0, run_id(1), "kill is recorded"))
    assert feed.fleet.edges() == 1
    feed.fleet.unlinked("nobody listens there")
    feed.fleet.unlinked("nobody listens there")
    assert feed.fleet.edges() == 1


def test_a_snapshot_rings_for_nothing() -> None:
    """What was so before the console looked is no edge, neither at the start nor after a gap."""
    feed = _feed()
    _loops(feed, 1)
    state = feed.fleet.pull().changed[run_id(1)]
    other = Feed()
    other.snapshot(state)
    assert other.fleet.edges() == 0


def test_rings_are_apart_and_none_is_lost() -> None:
    """A second edge within half a minute rings once that is over, and many of them once."""
    feed = _feed()
    alerts = Alerts(feed.station())
    assert not alerts.due()
    _loops(feed, 1)
    assert alerts.due()
    _loops(feed, 2)
    _loops(feed, 3)
    feed.clock.go(APART - 1)
    assert not alerts.due()
    feed.clock.go(1)
    assert alerts.due()
    feed.clock.go(APART)
    assert not alerts.due()


def test_a_bell_that_is_off_does_not_ring_later() -> None:
    """What happens while the bell is off is not rung for when it is on again."""
    feed = _feed()
    station = feed.station(bell=False)
    alerts = Alerts(station)
    _loops(feed, 1)
    assert not alerts.due()
    station.bell = True
    assert not alerts.due()
    _loops(feed, 2)
    assert alerts.due()
