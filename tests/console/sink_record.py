"""The sinks of the record and of making good on the stage of ``sink_drive``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.widget import Widget

from interlock.runs import RunState
from interlock_console.combined import Row
from interlock_console.making import plans
from interlock_console.making.unknown import told
from interlock_console.record.sieve import Sieve
from interlock_console.screens.making import MakingDialog
from interlock_console.screens.plans import PlanList, PlansView, PlanTitle
from interlock_console.screens.unknown_hand import HandDialog
from interlock_console.screens.unknowns import UnknownList, UnknownsView, UnknownTitle
from interlock_console.station import Station
from interlock_console.widgets.record_bar import RecordBar, Told
from interlock_console.widgets.record_list import RecordList
from tests.console.feed import Feed
from tests.console.hostile import hostile_state
from tests.console.hostile_making import hostile_making
from tests.console.record_pages import entry
from tests.console.stories import RUN

Staged = tuple[Widget, Callable[[str], None]]
Json = dict[str, Any]

_CUT = 600
PERMIT = "p-00000000000000ab"


def station(text: str = "") -> Station:
    """Return a station whose runs are named by a text."""
    feed = Feed()
    feed.snapshot()
    made = feed.station()
    made.runs = {RUN: hostile_state(text)} if text else dict[str, RunState]()
    return made


def hostile_entry(text: str) -> Json:
    """Return an entry with one text in every field that somebody else can write."""
    fields = dict.fromkeys(("kind", "who", "what", "why", "verdict", "outcome", "tool", "digest"), text)
    return entry(1, run=RUN, **fields) | {"body": {text[:40]: text, "deep": {"args": [text]}}}


def hostile_plan(text: str) -> Json:
    """Return a plan that was begun; what it is called by, and the words of the hub, are those a hub gives."""
    plan: Json = dict(hostile_making(text[:_CUT])["compensations"]["plans"][0])
    own = {"state": "failed", "cls": "write", "outcome": "done"}
    return plan | {"plan": "m-00000000000000ab", "state": "failed", "steps": [plan["steps"][0] | own]}


def hostile_unknown(text: str) -> Json:
    """Return an unknown call."""
    return dict(hostile_making(text[:_CUT])["unknowns"]["unknowns"][0]) | {"permit": PERMIT}


def _list() -> Staged:
    made = RecordList(lambda: 1_000_000.0, lambda: 1.0, lambda _: [])

    def fill(text: str) -> None:
        made.rows, made.runs = {}, {RUN: hostile_state(text)}
        made.show({1: hostile_entry(text), 2: hostile_entry(text) | {"who": "g-1", "n": 2}})

    return made, fill


def _bar() -> Staged:
    made = RecordBar()

    def fill(text: str) -> None:
        about = Told(made_window(text), made_proof(text))
        about.problem = about.rolled_back = text
        made.about = about
        made.renew()

    return made, fill


def made_window(text: str) -> Any:
    """Return a window in which a text is looked for."""
    from interlock_console.record.window import Window

    return Window(Sieve(text))


def made_proof(text: str) -> Any:
    """Return a chain that is broken with a text."""
    from interlock_console.record.proving import Proving

    made = Proving()
    made.bad, made.problem = 7, text
    return made


def _plans() -> Staged:
    made = PlanList()

    def fill(text: str) -> None:
        made.put("m-1", hostile_plan(text))
        made.reorder()

    return made, fill


def _plan_title() -> Staged:
    view = PlansView(station())
    made = PlanTitle(view)

    def fill(text: str) -> None:
        view.problem = text if len(text) % 2 else ""
        view.list.rows, view.list.cursor = {"m-1": hostile_plan(text)}, "m-1"
        made.renew()

    return made, fill


def _unknowns() -> Staged:
    view = UnknownsView(station())
    made = UnknownList(view.inbox)

    def fill(text: str) -> None:
        made.put(PERMIT, hostile_unknown(text))
        made.reorder()

    return made, fill


def _unknown_title() -> Staged:
    view = UnknownsView(station())
    made = UnknownTitle(view)

    def fill(text: str) -> None:
        view.inbox.problem = text if len(text) % 2 else ""
        view.inbox.said = {PERMIT: text}
        view.list.rows, view.list.cursor = {PERMIT: hostile_unknown(text)}, PERMIT
        made.renew()

    return made, fill


def dialogs(here: Station, text: str) -> tuple[MakingDialog, MakingDialog, HandDialog]:
    """Return the boxes of making good, before and after, and of a person's word."""
    before = MakingDialog(here, {"run": text})
    before.making.plan, before.making.problem, before.reason = hostile_plan(text), text[:_CUT], text[:_CUT]
    after = MakingDialog(here, {"permits": [text]})
    after.making.made, after.making.problem = hostile_plan(text), text[:_CUT]
    hand = HandDialog(UnknownsView(here).inbox, hostile_unknown(text))
    hand.reason = text[:_CUT]
    return before, after, hand


def rows(text: str) -> list[Row]:
    """Return the lines of plans, of their receipts and of what is unknown."""
    plan = hostile_plan(text)
    return [
        plans.head(plan),
        *plans.proposed(plan),
        *plans.begun(plan, {}),
        *told(hostile_unknown(text), 9.0),
    ]


STAGED: dict[str, Callable[[], Staged]] = {
    "widgets.record_list.RecordList": _list,
    "widgets.record_bar.RecordBar": _bar,
    "screens.plans.PlanList": _plans,
    "screens.plans.PlanTitle": _plan_title,
    "screens.unknowns.UnknownList": _unknowns,
    "screens.unknowns.UnknownTitle": _unknown_title,
}
