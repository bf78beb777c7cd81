"""The sinks of what waits for people on the stage of ``sink_drive``: the list, its line, the card and its edges."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget

from interlock_console.decisions import Decision
from interlock_console.inbox.rows import Listing
from interlock_console.screens.approvals import ApprovalsView
from interlock_console.screens.approvals_card import CardDialog
from interlock_console.widgets.card import CardBoard, CardPage
from interlock_console.widgets.inbox import InboxBar, InboxList
from interlock_console.widgets.ink import Pieces
from tests.console.feed import Feed
from tests.console.hostile_waiting import hostile_escalation

Staged = tuple[Widget, Callable[[str], None]]

_CUT = 600


def _list() -> Staged:
    made = InboxList(lambda: 0.0)

    def fill(text: str) -> None:
        listing = Listing()
        ended = hostile_escalation(text, id="e-00000000000000e2", state="rejected", cls="write")
        listing.take([hostile_escalation(text)], [ended], 0.0)
        made.show(listing.rows())
        made.reorder()

    return made, fill


def _bar() -> Staged:
    feed = Feed()
    feed.snapshot()
    view = ApprovalsView(feed.station())
    made = InboxBar(view._bar, id="bar")

    def fill(text: str) -> None:
        view.listing.take([hostile_escalation(text[:60]) for _ in range(20)], [], 0.0)
        view.problem = text
        made.renew()

    return made, fill


def _page() -> Staged:
    made = CardPage()

    def fill(text: str) -> None:
        text = text[:_CUT]
        other = hostile_escalation(text, id="e-00000000000000e2")
        made.tell(hostile_escalation(text), None, [other])

    return made, fill


def _board() -> Staged:
    feed = Feed()
    feed.snapshot()
    card = CardDialog(feed.station(), ["e-00000000000000e1"])

    def said(width: int) -> list[Pieces]:
        return [*card.head.lines(width, 9), *card.foot_board.lines(width, 99)]

    made = CardBoard(said, id="board")

    def fill(text: str) -> None:
        text = text[:_CUT]
        ended = len(text) % 2
        card.found = hostile_escalation(
            text, state="used" if ended else "waiting", outcome="done" if ended else None
        )
        card.said, card.watching.problem = text, text
        result = {
            "kind": "tool.finished",
            "call": "c-1",
            "outcome": "done",
            "result": text,
            "error": f"{text}\n{text}",
        }
        card.watching.ends = {"e-00000000000000e1": result} if ended else {}
        decision = Decision(card.station, "e-00000000000000e1", "approve", {})
        decision.problem = text
        card.sent = [decision] if ended else []
        made.renew()

    return made, fill


STAGED: dict[str, Callable[[], Staged]] = {
    "widgets.inbox.InboxList": _list,
    "widgets.inbox.InboxBar": _bar,
    "widgets.card.CardPage": _page,
    "widgets.card.CardBoard": _board,
}
