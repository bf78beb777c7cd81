"""What waits for a person's decision, and what was decided: danger first, identical requests folded, live."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textual.app import App
from textual.containers import Container
from textual.events import Resize
from textual.widget import Widget

from interlock.ids import shorten
from interlock.runs import RunState
from interlock_console.client import Client
from interlock_console.decisions import rejected
from interlock_console.inbox.rows import BELOW, Listing, Row
from interlock_console.keys import Key
from interlock_console.output import age, clock, line
from interlock_console.screens import ON_A_RUN, View, app_of
from interlock_console.station import Station
from interlock_console.widgets.card import CardPage
from interlock_console.widgets.inbox import InboxBar, InboxHeads, InboxList, floods, limits
from interlock_console.widgets.ink import Pieces, cells_of, said, wrap
from interlock_console.widgets.lines import Lines

__all__ = ["ApprovalsView", "open_asked", "open_card"]

Json = dict[str, Any]

_EVERY, _APART, _SHARE = 2.0, 0.3, 20.0
_PAGE, _PAGES = 100, 10
_DECIDED = 60
_WIDE = 120
_LOUD = 3
RUN_MAX, AGENT_MAX = 5, 20
"""How many calls of a run, and of an agent, may wait; the hub refuses more (docs/protocol.md, *Approvals*)."""


class ApprovalsView(View):
    """The inbox. ``enter`` opens the card; a folded row opens the card of all its identical calls."""

    NAME, DIGIT = "approvals", "2"
    KEYS = (
        Key("asks.open", "enter", "", "card", "read it in full, then approve, edit or reject", foot=1),
        Key(
            "asks.card",
            "a",
            "card",
            "card",
            "the same: the card of the row under the cursor, or of what is marked",
        ),
        Key("asks.mark", "space", "mark", "mark", "mark the row", foot=3),
        Key("asks.unmark", "u", "unmark", "unmark", "take every mark away"),
        Key("asks.fold", "t", "fold", "unfold", "show identical requests one by one, or as one row", foot=4),
        Key("asks.decided", "d", "decided", "decided", "show or hide what was decided", foot=4),
        Key("asks.run", "e", "run", "its run", "go to the run that asks", foot=3),
    )
    ACTS = (
        Key(
            "asks.reject",
            "x",
            "reject",
            "reject",
            "reject what is marked, else the row; asks for the reason",
            foot=2,
            role="approver",
        ),
        *ON_A_RUN[:3],
    )
    AUTO_FOCUS = "InboxList"

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.listing = Listing()
        self.list = InboxList(station.clock, id="inbox")
        self.bar = InboxBar(self._bar, id="inbox-bar")
        self.heads = InboxHeads(id="inbox-heads")
        self.preview = CardPage(id="inbox-preview")
        self.preview.can_focus = False
        self.problem = ""
        self.decided = True
        self._asking, self._asked_at = False, float("-inf")
        self._answer: tuple[list[Json], list[Json], float] | None = None
        self._told: object = None
        self._second = 0
        self._took = 0.0
        """Seconds the hub took for the last answer."""
        self._waits: dict[str, list[str]] = {}

    def body(self) -> Iterable[Widget]:
        """The line, the list, and at its side what the card will show where there is room."""
        yield self.bar
        yield Container(Container(self.heads, self.list, id="inbox-left"), self.preview, id="inbox-split")

    def on_resize(self, event: Resize) -> None:
        """Show the card beside the list where there is room for both."""
        self.set_class(event.size.width >= _WIDE, "wide")

    # What is known.

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Ask when something of it changed, and now and then; show what came."""
        now = self.station.clock()
        since = now - self._asked_at
        # A flood takes the hub time to tell of: the longer it took, the later it is asked again.
        every, apart = max(_EVERY, _SHARE * self._took), max(_APART, _SHARE / 4 * self._took)
        if not self._asking and (since >= every or (since >= apart and self._moved(changed, whole))):
            self._ask(now)
        if self._answer is not None:
            answer, self._answer = self._answer, None
            self.listing.take(*answer)
            self._show()
        self.list.why = self._nothing()
        if int(now) != self._second:
            # Ages go on by seconds; what changed otherwise is painted anyway.
            self._second = int(now)
            self.list.touch()
        row = self.list.row
        self.preview.tell(row.first if row is not None and self.list.cursor != BELOW else None)
        self.bar.fit()
        self.heads.renew()

    def _moved(self, changed: Mapping[str, RunState], whole: bool) -> bool:
        told: Json = (self.station.head().hub or {}).get("escalations") or {}
        waits = {
            run: state.waiting for run, state in changed.items() if state.waiting != self._waits.get(run, [])
        }
        self._waits.update(waits)
        counts = {name: told.get(name) for name in ("waiting", "danger", "per_h")}
        moved = bool(waits) or counts != self._told or (whole and not self.listing.loaded)
        self._told = counts
        return moved

    def _ask(self, now: float) -> None:
        self._asking, self._asked_at = True, now

        def done(answer: Json | None, problem: str) -> None:
            self.problem = problem
            if answer is not None:
                self._answer = (answer["waiting"], answer["decided"], self.station.clock())
                self._took = answer["took"]
            self._asking = False

        self.station.desk.ask(_asked, done)

    def _show(self) -> None:
        first = not self.list.order
        rows = self.listing.rows()
        if not self.decided:
            rows = {key: row for key, row in rows.items() if row.waits}
        here, place = self.list.row, self.list.place
        now = rows.get(self.list.cursor or "")
        self.list.show(rows)
        if first:
            self.list.reorder()
            self._off_the_line(0)
        elif here is not None and here.waits and now is not None and not now.waits and not self.list.still:
            # What was under the cursor is decided: the next one that waits is what a hand is for.
            self.list.reorder()
            self._off_the_line(min(place, len(self.list.order) - 1))

    def _off_the_line(self, place: int) -> None:
        """Put the cursor on this row; from the line between the two parts on to what is beside it."""
        order = self.list.order
        if order:
            beside = place - 1 if place else min(1, len(order) - 1)
            self.list.go(order[beside if order[place] == BELOW else place])

    def _nothing(self) -> list[Pieces]:
        if self.problem:
            told = wrap(
                f"the hub did not say what waits: {self.problem}", max(8, self.list.size.width - 4), 6
            )
            return [[(f"  {part}", "alarm")] for part in told]
        if not self.listing.loaded:
            return [[("  asking the hub what waits", "held")]]
        return [
            [("  nothing waits for a person", "dim")],
            [],
            [
                (
                    "  A call comes here where the policy says ask, or where the dial of its role is at ask.",
                    "dim",
                )
            ],
        ]

    def _bar(self, width: int) -> list[Pieces]:
        """Return how much waits, and a line for each thing there is too much of."""
        hub: Json = self.station.head().hub or {}
        counts: Json = hub.get("escalations") or {}
        pieces: list[tuple[str, str]] = [
            (_as_of(self.station), "alarm"),
            (f" {counts.get('waiting', len(self.listing.waiting))} wait", "head"),
        ]
        if danger := int(counts.get("danger") or 0):
            pieces.append((f"  {danger} danger", "alarm"))
        for name, word in (("oldest_s", "oldest"), ("next_s", "next in")):
            if counts.get(name) is not None:
                pieces.append((f"  {word} {age(float(counts[name]))}", "text"))
        pieces.append((f"  {len(self.list.marks)} marked" if self.list.marks else "", "mark"))
        decided, late = int(counts.get("per_h") or 0), int(counts.get("timed_out_per_h") or 0)
        pieces.append((f"  {late} timed out" if late else "", "held"))
        pieces.append(
            (f", {decided} decided in 1h" if late else f"  {decided} decided in the last hour", "dim")
        )
        while cells_of(pieces) > width:
            # The last hour is worth least where there is no room; a number that is cut off would be another number.
            pieces.pop()
        loud = [*floods(counts.get("paces") or ()), *limits(self.listing.waiting, RUN_MAX, AGENT_MAX)][:_LOUD]
        if self.problem and self.listing.loaded:
            loud.insert(0, f"this is from before: {self.problem}")
        return [pieces, *([(f" {said(each, width - 2)}", "fault")] for each in loud)]

    # What is under the hand.

    def target(self) -> str | None:
        """The run that asks, for the keys that stop one."""
        row = self.list.row
        return None if row is None or self.list.cursor == BELOW else str(row.first["run"])

    def _chosen(self) -> list[Json]:
        """Return the calls that wait under the marks, else under the cursor."""
        keys = [key for key in self.list.order if key in self.list.marks]
        if not keys and self.list.cursor is not None:
            keys = [self.list.cursor]
        rows: list[Row] = [self.list.rows[key] for key in keys if key in self.list.rows and key != BELOW]
        return [found for row in rows if row.waits for found in row.members]

    def copied_data(self) -> object:
        """Return the call under the cursor."""
        row = self.list.row
        return None if row is None or self.list.cursor == BELOW else list(row.members)

    # Keys.

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the card."""
        event.stop()
        self.action_card()

    def action_card(self) -> None:
        """Open the card of what is marked, or of the row: identical calls that are no danger together."""
        row, chosen = self.list.row, self._chosen()
        if self.list.marks and chosen:
            if problem := _together(chosen):
                self.note(problem, "held")
                return
            open_card(app_of(self), self.station, [str(found["id"]) for found in chosen])
        elif row is not None and self.list.cursor != BELOW:
            members = row.members if row.waits and not row.danger else row.members[:1]
            open_card(app_of(self), self.station, [str(found["id"]) for found in members])
        else:
            self.note("no call is under the cursor: j and k go to one", "held")

    def action_mark(self) -> None:
        """Mark the row under the cursor."""
        row = self.list.row
        if row is not None and row.waits and self.list.cursor != BELOW:
            self.list.action_mark()

    def action_unmark(self) -> None:
        """Take every mark away."""
        self.list.marks.clear()
        self.list.refresh()

    def action_fold(self) -> None:
        """Show identical requests one by one, or as one row."""
        self.listing.unfolded = not self.listing.unfolded
        self.list.marks.clear()
        self._show()
        self.list.reorder()

    def action_decided(self) -> None:
        """Show or hide what was decided."""
        self.decided = not self.decided
        self._show()
        self.list.reorder()

    def action_run(self) -> None:
        """Go to the run that asks."""
        if run := self.target():
            self.open_run(run)

    def action_reject(self) -> None:
        """Ask for the reason with which these are rejected; what they are is taken now, by id and digest."""
        chosen = self._chosen()
        if not chosen:
            self.note("nothing that waits is under the cursor", "held")
            return
        from interlock_console.screens.approvals_reject import RejectLine

        digests = {str(found["id"]): str(found["digest"]) for found in chosen}
        first = chosen[0]
        one = f"{shorten(str(first['id']))} {line(first['tool'], 16)}"
        what = one if len(chosen) == 1 else f"{len(chosen)} calls"

        def send(reason: str) -> None:
            self.list.marks.clear()
            rejected(self.station, digests, reason)
            self._asked_at = float("-inf")

        app_of(self).push_screen(RejectLine(self.station, digests, what, send))


def open_card(app: App[None], station: Station, names: Sequence[str], *, reject: bool = False) -> None:
    """Open the card of these calls; with ``reject`` it goes on to the line for the reason once it is read."""
    from interlock_console.screens.approvals_card import CardDialog

    app.push_screen(CardDialog(station, names, reject=reject))


def open_asked(view: View) -> None:
    """Open the card of the call that the view's run waits for longest."""
    run = view.target()
    state = view.station.runs.get(run) if run else None
    if state is None or not state.waiting:
        view.note("no call of this run waits for a person; 2 lists what does")
        return
    if len(state.waiting) > 1:
        view.note(
            f"{len(state.waiting)} calls of this run wait: this is the oldest; 2 lists them all", "held"
        )
    open_card(app_of(view), view.station, state.waiting[:1])


def _as_of(station: Station) -> str:
    """Return since when the counts are old; empty while the hub tells them. No age of theirs goes on meanwhile."""
    head = station.head()
    if head.age is None or (head.link != "away" and not head.stale):
        return ""
    return f" {head.age_word or 'HUB AWAY'}, as of {clock(station.wall() - head.age)[:8]}:"


def _together(chosen: Sequence[Json]) -> str:
    """Return why these cannot be decided together; empty where they may."""
    if len(chosen) > 1 and any(found["cls"] == "danger" for found in chosen):
        return "danger calls are approved one by one; x rejects what is marked together"
    if len({found["group"] for found in chosen}) > 1:
        return "only identical requests are approved together; x rejects what is marked together"
    return ""


def _asked(client: Client) -> Json:
    """Return everything that waits, and the newest that was decided."""
    begun = time.perf_counter()
    waiting: list[Json] = []
    after: object = None
    for _ in range(_PAGES):
        answer = client.get("/v1/escalations", limit=_PAGE, after=after)
        waiting += answer["escalations"]
        if (after := answer["next"]) is None:
            break
    approved = client.get("/v1/escalations", state="approved", limit=_DECIDED)["escalations"]
    decided = client.get("/v1/escalations", state="decided", limit=_DECIDED)["escalations"]
    return {"waiting": waiting, "decided": [*approved, *decided], "took": time.perf_counter() - begun}
