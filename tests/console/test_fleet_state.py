"""The console's fold over the feed: what it counts, how old it says it is, and what it hands out."""

from collections import deque

import pytest

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.notes import Note, foremost
from interlock_console.state import STALE_AFTER
from tests.console.feed import Feed, run_id

pytestmark = pytest.mark.pure


def _loaded() -> Feed:
    feed = Feed()
    feed.snapshot()
    return feed


def test_without_a_frame_nothing_is_current() -> None:
    """Before the first frame there is no age, and the data is stale in so many words."""
    head = Feed().fleet.head(0.0)
    assert head.stale
    assert head.age_word == "NO DATA YET"
    assert not head.loaded


def test_silence_longer_than_five_seconds_is_stale() -> None:
    """Data is current up to five seconds after the last frame and stale beyond, with its age in the word."""
    feed = _loaded()
    feed.clock.go(STALE_AFTER)
    assert not feed.fleet.head(feed.clock()).stale
    feed.clock.go(2.5)
    head = feed.fleet.head(feed.clock())
    assert head.stale
    assert head.age_word == "STALE 7s"


def test_a_pulse_makes_data_current_again() -> None:
    """A pulse without any event counts as hearing from the hub."""
    feed = _loaded()
    feed.clock.go(60)
    feed.pulse()
    assert feed.fleet.head(feed.clock()).age == 0.0


def test_a_live_link_without_frames_is_stale_all_the_same() -> None:
    """A link that is up but silent (a frozen hub) does not keep data current."""
    feed = _loaded()
    feed.clock.go(60)
    head = feed.fleet.head(feed.clock())
    assert head.link == "live"
    assert head.stale


def test_every_run_is_counted_once() -> None:
    """The counts of line 1 add up to the number of runs, whatever happens to them."""
    feed = _loaded()
    runs = [feed.began(number) for number in range(6)]
    feed.order(runs[0], "kill", "order.recorded")
    feed.order(runs[1], "pause", "order.recorded", "drained")
    feed.say(runs[2], "run.lost", why="no heartbeat for 10 s")
    feed.say(runs[3], "run.finished", claim="done")
    for call in "abc":
        feed.calls(runs[4], call)
    head = feed.fleet.head(feed.clock())
    assert head.counts == {"STOPPING": 1, "LOST": 1, "LOOP": 1, "PAUSED": 1, "RUN": 1, "ENDED": 1}
    assert sum(head.counts.values()) == head.total == 6


def test_a_run_moves_from_count_to_count() -> None:
    """A kill that is confirmed leaves STOPPING for STOPPED."""
    feed = _loaded()
    run = feed.began(1)
    feed.order(run, "kill", "order.recorded")
    feed.say(run, "stop.confirmed", order="o-00000000000000c1", verb="kill", ms=9.0)
    assert feed.fleet.head(feed.clock()).counts == {"STOPPED": 1}


def test_what_was_pulled_never_changes() -> None:
    """A state that was handed out stays as it is while the run goes on."""
    feed = _loaded()
    run = feed.began(1)
    feed.calls(run, "a")
    before = feed.fleet.pull().changed[run]
    feed.calls(run, "b")
    after = feed.fleet.pull().changed[run]
    assert list(before.flying) == ["a"]
    assert list(after.flying) == ["a", "b"]


def test_a_pull_brings_only_what_changed() -> None:
    """The first pull after a snapshot is whole, the next one holds the runs that had an event since."""
    feed = _loaded()
    first, second = feed.began(1), feed.began(2)
    assert feed.fleet.pull().whole
    feed.say(second, "reasoning", text="hm")
    pull = feed.fleet.pull()
    assert not pull.whole
    assert list(pull.changed) == [second]
    assert first not in pull.changed


def test_events_that_come_twice_count_once() -> None:
    """After a resume the ring may repeat events; they change nothing."""
    feed = _loaded()
    run = feed.began(1)
    item = feed.item(run, "tool.proposed", call="a", tool="refund", cls="write", args="{}")
    feed.tick(item)
    feed.tick(item)
    assert feed.fleet.pull().changed[run].calls == 1


def test_a_hole_in_a_run_asks_for_a_snapshot() -> None:
    """When an event of a run is missing, the fold says so and forgets its position, so that a snapshot is sent."""
    feed = _loaded()
    run = feed.began(1)
    feed.item(run, "reasoning", text="never sent")
    assert not feed.say(run, "reasoning", text="sent")
    assert feed.fleet.pos is None


def test_a_snapshot_in_parts_counts_once_it_is_whole() -> None:
    """Nothing of a snapshot is shown before its last part is there, and runs it does not name are gone."""
    feed = _loaded()
    feed.began(1)
    frame = {"kind": "snapshot", "hub": {}, "pos": 50, "parts": 2}
    for part in (1, 2):
        assert run_id(1) in feed.fleet.pull().changed or part == 2
        feed.fleet.feed({**frame, "part": part, "runs": [{"run": run_id(10 + part)}]}, feed.clock())
    pull = feed.fleet.pull()
    assert pull.whole
    assert set(pull.changed) == {run_id(11), run_id(12)}


def test_a_gap_is_said() -> None:
    """A gap of the feed becomes a line for the ticker, and whoever watches a run is told that events are missing."""
    feed = _loaded()
    watch = feed.fleet.watch(feed.began(1))
    feed.send({"kind": "gap", "first": 10, "last": 19})
    note = feed.fleet.head(feed.clock()).note
    assert note is not None
    assert "10 events" in note.text
    assert watch.take() == ([], True)


def test_a_watch_gets_the_items_of_its_run() -> None:
    """A watch brings the events of its run and of no other, each once."""
    feed = _loaded()
    one, other = feed.began(1), feed.began(2)
    watch = feed.fleet.watch(one)
    feed.say(other, "reasoning", text="not for you")
    feed.say(one, "reasoning", text="for you")
    items, gap = watch.take()
    assert [item["e"]["event"]["text"] for item in items] == ["for you"]
    assert not gap
    assert watch.take() == ([], False)


def test_a_lost_link_says_why() -> None:
    """A link that is gone is away at once, with the reason, long before the data is stale."""
    feed = _loaded()
    feed.fleet.unlinked("nobody listens there")
    head = feed.fleet.head(feed.clock())
    assert (head.link, head.problem, head.stale) == ("away", "nobody listens there", False)


def test_the_hubs_own_reason_for_closing_is_kept() -> None:
    """What the hub said in its farewell outranks that the link is closed; the next link forgets it."""
    feed = _loaded()
    feed.send({"kind": "bye", "code": "going", "problem": "the hub is shutting down"})
    feed.fleet.unlinked("the hub closed the link")
    assert feed.fleet.head(feed.clock()).problem == "the hub closed the link: the hub is shutting down"
    feed.fleet.linked()
    feed.fleet.unlinked("nobody listens there")
    assert feed.fleet.head(feed.clock()).problem == "nobody listens there"


def test_the_run_that_proves_the_brake_is_folded_and_not_counted() -> None:
    """A run of the hub's own canary is there for whoever asks, and in no count, no total and no ticker line."""
    feed = _loaded()
    feed.began(1)
    canary = feed.began(2, agent="interlock-canary", role="interlock-canary")
    feed.order(canary, "kill", "order.recorded", "stop.confirmed", by="interlock-canary")
    head = feed.fleet.head(feed.clock())
    assert (head.counts, head.total) == ({"RUN": 1}, 1)
    assert feed.fleet.pull().changed[canary].stop == "confirmed"
    assert not feed.fleet.notes


def test_a_snapshot_counts_the_fleet_without_the_canary() -> None:
    """After a snapshot the run that proves the brake is as little counted as before."""
    feed = Feed()
    canary = RunState(run_id(2), role=Untrusted("interlock-canary"), agent=Untrusted("interlock-canary"))
    lookalike = RunState(run_id(3), role=Untrusted("interlock-canary "))
    feed.snapshot(RunState(run_id(1)), canary, lookalike)
    head = feed.fleet.head(feed.clock())
    assert (head.counts, head.total) == ({"RUN": 2}, 2)


def test_what_became_of_ones_own_act_is_pushed_out_by_alarms_alone() -> None:
    """For eight seconds other news stands behind it; an alarm does not, and later everything is news again."""
    own = Note(100.0, "", "killed", own=True)
    notes = deque([Note(99.0, "", "before"), own, Note(103.0, "r-1", "a breaker opened", "fault")])
    assert foremost(notes) is own
    notes.append(Note(104.0, "r-2", "danger", "alarm"))
    assert foremost(notes) is notes[-1]
    notes.append(Note(109.0, "r-3", "later"))
    assert foremost(notes) is notes[-1]
    assert foremost(deque()) is None
