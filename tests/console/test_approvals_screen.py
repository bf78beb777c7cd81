"""The inbox and the card as a person uses them: what is read, which key counts, proof, edits, refusals, outcomes."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from interlock_console.app import Console
from interlock_console.desk import Desk
from interlock_console.output import clock
from interlock_console.screens.approvals import ApprovalsView
from interlock_console.screens.approvals_card import CardDialog
from interlock_console.screens.approvals_reject import RejectLine
from interlock_console.screens.fleet import FleetView
from interlock_console.station import Station
from tests.console.feed import Feed
from tests.console.hostile_waiting import hostile_escalation
from tests.console.looks import SMALL, WIDE, lines, noted, settle, shown, text
from tests.console.page_hub import PageHub, page_hub
from tests.support.hubs import GUARD

Json = dict[str, Any]


def call(number: int, **changed: Any) -> Json:
    """Return a short write call that waits."""
    given: Json = {
        "id": f"e-{number:016x}", "group": f"{number:064x}", "cls": "write", "needs": 1, "votes": [],
        "digest": f"{number:060x}c0de", "args": '{"amount":180.0,"order_id":"A-1009"}', "hidden": False,
        "says": None, "requester": {"agent": "refunds", "owner": ""}, "run": "r-0000000000000001",
        "decided_by": None, "decided_at": None, "reason": None, "cause": None,
    }  # fmt: skip
    return hostile_escalation("plain", **(given | changed))


LONG = json.dumps({"body": "".join(f"line {n}\n" for n in range(60)), "to": "x@y.example"})


class Stage:
    """A console before a hub that answers from memory."""

    def __init__(self, pilot: Pilot[None], hub: PageHub, feed: Feed, station: Station) -> None:
        self.pilot, self.hub, self.feed, self.station = pilot, hub, feed, station

    async def until(self, *words: str, when: Callable[[], bool] = lambda: True) -> str:
        """Wait until these words are on the screen in front, and return it."""
        deadline = time.monotonic() + GUARD
        while time.monotonic() < deadline:
            self.feed.pulse(operator="ann", role="admin")
            await settle(self.pilot)
            if when():
                await settle(self.pilot)
                said = text(self.pilot)
                if all(word in " ".join(said.split()) for word in words):
                    return said
            self.feed.clock.go(0.05)
            await self.pilot.pause(0.01)
        raise AssertionError(f"never saw {words} on\n{text(self.pilot)}")

    async def press(self, *keys: str) -> None:
        """Press keys one by one, as a hand does."""
        for key in keys:
            self.feed.clock.go(0.5)
            self.feed.pulse(operator="ann", role="admin")
            await self.pilot.press(key)
            await settle(self.pilot)

    @property
    def card(self) -> CardDialog:
        """The card in front."""
        found = self.pilot.app.screen
        assert isinstance(found, CardDialog), found
        return found

    async def read(self, *names: str) -> CardDialog:
        """Open a card and read it to its end."""
        self.pilot.app.push_screen(CardDialog(self.station, names))
        await self.until("ARGUMENTS, decoded")
        for _ in range(20):
            if not self.card.page.below:
                break
            await self.press("space")
        await self.until(when=lambda: self.card.page.seen.all)
        return self.card

    def decided(self) -> list[str]:
        """Return what was posted about what waits: the last part of each path."""
        return [path.partition("?")[0].rpartition("/")[2] for path, _ in self.hub.posted]


@asynccontextmanager
async def stage(*waiting: Json, size: tuple[int, int] = SMALL, **options: Any) -> AsyncIterator[Stage]:
    """Show the fleet of a hub at which these calls wait, with a run that waits for the first."""
    feed = Feed()
    feed.snapshot()
    run = feed.began(1, agent="refunds")
    feed.say(run, "tool.proposed", call="c-1", tool="refund", cls="write", args="{}", digest="d")
    for found in waiting:
        opened = {
            "escalation": found["id"],
            "call": "c-1",
            "tool": "refund",
            "cls": found["cls"],
            "digest": "d",
        }
        feed.say(run, "escalation.opened", **opened, why=[], needs=1, wait_ms=1.0)
    with page_hub() as hub:
        hub.asks = {found["id"]: found for found in waiting}
        station = feed.station(**options)
        station.desk.close()
        station.desk = Desk(hub.hub)
        async with shown(station, size) as pilot:
            yield Stage(pilot, hub, feed, station)


async def test_the_inbox_lists_danger_first_folds_groups_and_shows_the_card_beside_it() -> None:
    """Counts, time left, identical requests as one row, decided ones below; at 160 columns the facts beside it."""
    same = "f" * 64
    ended = call(9, state="rejected", decided_by="bo", decided_at=1.0, reason="not this")
    found = [call(1, cls="danger", tool="wire"), call(2, group=same), call(3, group=same), ended]
    async with stage(*found, size=WIDE) as on:
        await on.press("2")
        said = await on.until("DANGER", "x2 ", "decided, the newest first", "ARGUMENTS, decoded")
        assert said.index("wire") < said.index("x2 ") < said.index("rejected")
        view = on.pilot.app.screen
        assert isinstance(view, ApprovalsView)
        await on.press("t")
        await on.until(when=lambda: len(view.list.order) == 5)
        assert "x2 " not in text(on.pilot)
        await on.press("d")
        await on.until(when=lambda: len(view.list.order) == 3)


async def test_an_empty_a_loading_and_a_refused_inbox_say_which_they_are() -> None:
    """Nothing waits is said only once the hub said so; while it refuses, its own sentence stands there."""
    async with stage() as on:
        on.hub.hold.clear()
        await on.press("2")
        await on.until("asking the hub what waits")
        on.hub.refusal = "not today"
        on.hub.hold.set()
        await on.until("the hub did not say what waits", "not today")
        on.hub.refusal, on.hub.waiting = "", {}
        on.hub.asks = {"e-0": call(1, state="void")}
        view = on.pilot.app.screen
        assert isinstance(view, ApprovalsView)
        await on.press("d")
        await on.until("nothing waits for a person")


async def test_a_write_is_approved_by_y_once_every_line_was_on_the_screen() -> None:
    """Before the end was seen y does nothing and says so; then it sends the digest that was shown, and Enter never."""
    async with stage(call(1, args=LONG)) as on:
        await on.press("A")
        await on.until("ARGUMENTS, decoded", "more lines below:")
        await on.press("y", "enter", "end", "y")
        await on.until("lines were on the screen", when=lambda: on.decided() == [])
        await on.press(*["space"] * 7, "enter")
        await on.until("approve exactly this")
        assert on.decided() == []
        await on.press("y")
        await on.until("approved by ann", when=lambda: on.decided() == ["approve"])
        assert on.hub.posted[0][1]["digest"] == call(1)["digest"]
        assert on.hub.posted[0][1]["args"] is None


async def test_the_ticker_says_how_an_approved_call_ended() -> None:
    """It never keeps on that the call is in flight: of one that has not ended it says what was decided."""
    async with stage(call(1)) as on:
        name = call(1)["id"]
        await on.read(name)
        await on.press("y")
        await on.until("approved by ann; in flight", when=lambda: "approved" in noted(on.pilot))
        assert "in flight" not in noted(on.pilot)
        on.hub.asks[name] = {**on.hub.asks[name], "outcome": "done"}
        await on.until("approved by ann; ran", when=lambda: "approved, ran" in noted(on.pilot))
        later = len([note for note in on.feed.fleet.notes if "ran" in note.text])
        await on.press("space", "space")
        assert later == len([note for note in on.feed.fleet.notes if "ran" in note.text]) == 1


async def test_a_resize_closes_approve_until_the_new_lines_were_seen() -> None:
    """At 20 columns everything is laid out anew: nothing of it was on the screen, all of it can be read there."""
    async with stage(call(1, args=LONG)) as on:
        card = await on.read(call(1)["id"])
        await on.until("approve exactly this")
        await on.pilot.resize_terminal(20, 60)
        await on.until(when=lambda: card.page.seen.width == 20)
        assert [card.page.seen.all] == [False]
        await on.press("y")
        assert on.decided() == []
        for _ in range(20):
            if not card.page.seen.all:
                await on.press("space")
        assert card.page.seen.all
        await on.press("y")
        await on.until(when=lambda: on.decided() == ["approve"])


async def test_no_key_before_400_ms_no_paste_and_no_key_that_is_held_down_is_an_answer() -> None:
    """Keys typed ahead, a key repeating from before, a paste and one piece of input change nothing; then y does."""
    async with stage(call(1)) as on:
        await on.read(call(1)["id"])
        on.card.rearm()
        for _ in range(40):
            on.feed.clock.go(0.03)
            await on.pilot.press("y")
        on.pilot.app.post_message(events.Paste("y\ny\n"))
        await settle(on.pilot)
        on.feed.clock.go(1.0)
        await on.pilot.press("x", "escape", "j", "y")
        await settle(on.pilot)
        assert on.decided() == []
        on.feed.clock.go(1.0)
        await on.press("y")
        await on.until(when=lambda: on.decided() == ["approve"])


async def test_danger_takes_the_last_four_of_its_digest_and_then_y() -> None:
    """y alone does nothing, wrong characters neither; the right ones and y approve."""
    async with stage(call(1, cls="danger")) as on:
        await on.read(call(1)["id"])
        await on.press("y", *"c0d1", "y")
        await on.until("is not it", when=lambda: on.decided() == [])
        await on.press("backspace", "e", "enter")
        await on.until("approve exactly this")
        assert on.decided() == []
        await on.press("y")
        await on.until("approved by ann", when=lambda: on.decided() == ["approve"])


async def test_what_somebody_else_changed_or_decided_meanwhile_is_said_and_closes_approve() -> None:
    """Another digest has to be read again, and proven again; a decision of somebody else leaves nothing to press."""
    async with stage(call(1, cls="danger")) as on:
        await on.read(call(1)["id"])
        await on.press(*"c0de")
        await on.until("approve exactly this")
        vote = {"by": "bo", "at": 1.0, "digest": "9" * 60 + "beef", "edited": True}
        one = on.hub.asks[call(1)["id"]]
        on.hub.asks[call(1)["id"]] = {
            **one,
            "digest": "9" * 60 + "beef",
            "votes": [vote],
            "args": '{"amount":1}',
        }
        await on.until("it is not what you read any more: edited by bo", "beef: _")
        await on.press("y")
        assert on.decided() == []
        on.hub.asks[call(1)["id"]] = call(1, state="rejected", decided_by="bo", reason="no")
        await on.until("rejected by bo: no")
        await on.press(*"beef", "y", "x")
        assert (on.decided(), [key.name for key in on.card.usable()]) == (
            [],
            ["ask.trace", "ask.close"],
        )


async def test_two_people_are_named_and_one_cannot_be_both() -> None:
    """The card says who is still needed; who approved already, and who owns the agent, cannot approve."""
    vote = {"by": "ann", "at": 1.0, "digest": call(1)["digest"], "edited": False}
    async with stage(call(1, needs=2, votes=[vote]), call(2, requester={"agent": "a", "owner": "ann"})) as on:
        await on.read(call(1)["id"])
        await on.press("y")
        await on.until("your vote is on record, 1 of 2", when=lambda: on.decided() == [])
        await on.press("q")
        await on.read(call(2)["id"])
        await on.press("y")
        await on.until("you own this agent", when=lambda: on.decided() == [])


async def test_whoever_approved_first_of_two_may_still_reject() -> None:
    """One reject decides, and lowers risk: after one's own vote x stands there, y does not, and x ends it for all."""
    async with stage(call(1, cls="danger", needs=2)) as on:
        await on.read(call(1)["id"])
        await on.press(*"c0de")
        await on.until("goes on waiting for somebody else")
        await on.press("y")
        await on.until(
            "your vote is on record, 1 of 2", "x reject: it decides for all, your own vote with it"
        )
        assert "y approve" not in lines(on.pilot)[-1]
        await on.press("y")
        assert on.decided() == ["approve"]
        await on.press("x", *"no, wait", "enter")
        await on.until("rejected by ann", when=lambda: on.decided() == ["approve", "reject"])


async def test_a_reject_takes_x_and_a_reason_and_no_proof() -> None:
    """Danger too; nothing is sent without a reason or by a paste, Enter on one sends it, and the next is at hand."""
    async with stage(call(1, cls="danger"), call(2)) as on:
        await on.press("2")
        await on.until("DANGER")
        await on.press("x")
        assert isinstance(on.pilot.app.screen, RejectLine)
        await on.press("enter")
        await on.until("say why", when=lambda: on.decided() == [])
        on.pilot.app.screen.post_message(events.Paste("not this\nenter"))
        await on.press("!", "enter")
        await on.until(when=lambda: on.decided() == ["reject"])
        assert on.hub.posted[0][1] == {"digest": call(1)["digest"], "reason": "not this!"}
        view = on.pilot.app.screen
        assert isinstance(view, ApprovalsView)
        await on.until("rejected", when=lambda: view.list.cursor == call(2)["id"])


async def test_an_editor_that_cannot_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The card says why there was no edit; what would run is what the agent asked for."""
    monkeypatch.setenv("VISUAL", "true")
    async with stage(call(1)) as on:
        await on.read(call(1)["id"])
        await on.press("E")
        await on.until("this terminal cannot be given to an editor", "approve exactly this")
        assert on.card.edited is None


async def test_an_edit_is_shown_before_it_runs_and_a_refusal_by_policy_loses_nothing() -> None:
    """The difference has to be read, y sends the new arguments; a refusal is said in place, and the text is kept."""
    async with stage(call(1)) as on:
        card = await on.read(call(1)["id"])
        card.edit('{"amount": 300, "order_id": "A-1009"}', "")
        assert not card.page.seen.all
        await on.until("YOUR ARGUMENTS", "CHANGED BY YOU: 1", "becomes")
        while card.page.below:
            await on.press("space")
        said = "the edited arguments break roles.s.tools.refund.args.amount <= 200: '300'"
        on.hub.refused = {"code": "denied", "problem": said, "fix": "edit them"}
        await on.until("approve with YOUR arguments")
        await on.press("y")
        await on.until("<= 200: '300'", "approve with YOUR arguments")
        assert json.loads(on.hub.posted[0][1]["args"])["amount"] == 300
        assert on.station.drafts["edit", call(1)["id"]].startswith('{"amount": 300')
        on.hub.refused = {}
        await on.press("y")
        await on.until("approved by ann")
        assert ("edit", call(1)["id"]) not in on.station.drafts


async def test_identical_requests_are_approved_together_by_their_count_and_danger_never() -> None:
    """The count and y send one approval each, for its own digest; danger and different requests open no such card."""
    same = "f" * 64
    found = [call(1, group=same), call(2, group=same), call(3, cls="danger"), call(4, cls="danger")]
    async with stage(*found, size=WIDE) as on:
        await on.press("2")
        await on.until("x2 ")
        view = on.pilot.app.screen
        assert isinstance(view, ApprovalsView)
        view.list.go(call(3)["id"])
        await on.press("space", "space", "a")
        await on.until("danger calls are approved one by one", when=lambda: on.pilot.app.screen is view)
        await on.press("u")
        view.list.go(f"g:{same}")
        await on.press("space")
        view.list.go(call(3)["id"])
        await on.press("space", "a")
        await on.until("danger calls are approved one by one", when=lambda: on.pilot.app.screen is view)
        await on.press("u")
        view.list.go(f"g:{same}")
        await on.press("enter")
        await on.until("2 IDENTICAL", "how many are approved, 2: _", when=lambda: on.card.page.seen.all)
        await on.press("y")
        assert on.decided() == []
        await on.press("2", "y")
        await on.until("approved by ann", when=lambda: on.decided() == ["approve", "approve"])
        assert {body["digest"] for _, body in on.hub.posted} == {call(1)["digest"], call(2)["digest"]}


async def test_a_card_of_danger_calls_together_is_closed_however_it_was_opened() -> None:
    """Even with every line read and something typed, y approves none of several danger calls."""
    same = "f" * 64
    async with stage(call(1, cls="danger", group=same), call(2, cls="danger", group=same)) as on:
        await on.read(call(1)["id"], call(2)["id"])
        await on.press(*"c0de", "y")
        await on.until("danger calls are approved one by one", when=lambda: on.decided() == [])


async def test_whoever_may_not_decide_reads_on_the_card_which_role_it_takes() -> None:
    """Before the digest is typed for nothing; with the role it is gone, in front of the operator."""
    async with stage(call(1, cls="danger")) as on:
        await on.press("A")
        await on.until("ARGUMENTS, decoded")
        on.feed.pulse(operator="ann", role="responder")
        await settle(on.pilot)
        assert "deciding takes the role approver, ann is responder" in " ".join(text(on.pilot).split())
        on.feed.pulse(operator="ann", role="approver")
        await settle(on.pilot)
        assert "takes the role" not in text(on.pilot)


async def test_who_may_only_look_has_no_key_that_decides() -> None:
    """A read-only console and a viewer read the card; x, E and y are not there and do nothing."""
    async with stage(call(1), read_only=True) as on:
        await on.press("A")
        await on.until(
            "ARGUMENTS, decoded", "read-only: deciding is off; start a console without --read-only"
        )
        await on.press("y", "x", "E")
        assert (on.decided(), on.pilot.app.screen) == ([], on.card)
        assert "approve" not in lines(on.pilot)[-1]
        await on.press("q")
        await on.press(":", *"reject e-0", "enter")
        await on.until("no command :reject")


async def test_the_fleet_says_asks_and_the_typed_lines_open_card_and_reason() -> None:
    """The run's word is ASKS; A opens its card, :approve does, :reject goes on to the line, :escalations lists."""
    async with stage(call(1)) as on:
        await on.until("ASKS", "asks: refund", "A opens its card")
        assert isinstance(on.pilot.app.screen, FleetView)
        await on.press("A")
        await on.until("ARGUMENTS, decoded")
        await on.press("q")
        app = on.pilot.app
        view = app.screen
        assert isinstance(app, Console)
        assert isinstance(view, FleetView)
        app.run_line(view, "approve e-00")
        await on.until("ARGUMENTS, decoded")
        await on.press("q")
        app.run_line(view, "reject e-00")
        await on.until(when=lambda: isinstance(app.screen, RejectLine))
        await on.press("escape", "q")
        app.run_line(view, "approve e-77")
        await on.until("0 of 1 that wait begin with e-77")
        app.run_line(view, "escalations")
        await on.until(when=lambda: isinstance(app.screen, ApprovalsView))


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_card_leaves_line_one_and_the_ticker_in_sight(size: tuple[int, int]) -> None:
    """Line 1 stays above it, the keys of the card are the last line, and its text takes the rest."""
    async with stage(call(1, args=LONG), size=size) as on:
        await on.press("A")
        await on.until("ARGUMENTS, decoded")
        rows = lines(on.pilot)
        assert "1:fleet" in rows[0]
        assert rows[1].startswith(" WRITE plain")
        assert "y approve" in rows[-1]
        assert len(rows) == size[1]
        assert isinstance(on.pilot.app, Console)


async def test_the_line_above_the_inbox_names_time_outs_and_says_since_when_it_is_old() -> None:
    """What nobody decided in time is counted by name; without the hub the counts stand still, and say since when."""
    counts: Json = {"waiting": 1, "danger": 0, "oldest_s": 8.0, "next_s": 90.0, "per_h": 12, "paces": []}
    async with stage(call(1)) as on:
        await on.press("2")
        on.feed.pulse(escalations={**counts, "timed_out_per_h": 0})
        await settle(on.pilot)
        assert " 1 wait  oldest 8s  next in 1m30s  12 decided in the last hour" in lines(on.pilot)[1]
        on.feed.pulse(escalations={**counts, "timed_out_per_h": 3})
        await settle(on.pilot)
        assert "3 timed out, 12 decided in 1h" in lines(on.pilot)[1]
        heard = clock(on.feed.clock.wall())[:8]
        on.feed.clock.go(12)
        await settle(on.pilot)
        assert f" STALE 12s, as of {heard}: 1 wait  oldest 8s" in lines(on.pilot)[1]
        assert lines(on.pilot)[1].rstrip().endswith("  next in 1m30s  3 timed out"), "whole, or not at all"
