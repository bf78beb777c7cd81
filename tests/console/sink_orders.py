"""The sinks of orders at scale on the stage of ``sink_drive``: line 1's standing orders, dialogs, lists, receipts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.widget import Widget

from interlock.text import Untrusted
from interlock_console import combined
from interlock_console.aim import FLEET, Aim, of_runs
from interlock_console.bulk import Bulk
from interlock_console.combined import Row
from interlock_console.contexts import Context
from interlock_console.orders import Sent
from interlock_console.screens.box import Box, BoxFace
from interlock_console.screens.break_glass import BreakGlassDialog
from interlock_console.screens.dial import DialDialog
from interlock_console.screens.hands import TakeDialog
from interlock_console.screens.lift import LiftDialog
from interlock_console.screens.marked import MarkedDialog
from interlock_console.screens.orders import OrderList, OrdersView, OrderTitle
from interlock_console.screens.panel import Panel, PanelFace
from interlock_console.screens.policy_change import PolicyDialog
from interlock_console.screens.scope import ScopeDialog, ScopeMenu, ScopeQuestion
from interlock_console.screens.waves import WavesDialog
from interlock_console.state import Head
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.header import Header
from interlock_console.widgets.ink import Pieces
from interlock_console.widgets.sheet import Sheet
from tests.console.feed import Feed, run_id
from tests.console.hostile import hostile_access, hostile_receipt, hostile_state
from tests.console.order_texts import hostile_preview, hostile_summary, standing
from tests.console.sink_record import dialogs
from tests.console.sink_record import rows as rows_of
from tests.console.stories import ORDER, RUN

Staged = tuple[Widget, Callable[[str], None]]

_CUT = 600


class _All(Panel):
    """Says what every dialog says, one below the other."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.feed.snapshot()
        super().__init__(self.feed.station())
        self.dialogs: Sequence[Panel] = ()

    def said(self, width: int) -> list[Pieces]:
        """Return all their lines."""
        return [line for dialog in self.dialogs for line in dialog.said(width)]


def _dialogs(stage: _All, text: str) -> Sequence[Panel]:
    station = stage.station
    station.runs[RUN] = hostile_state(text)
    scope = ScopeDialog(station, "kill", Aim("role", Untrusted(text)))
    scope.preview, scope.problem = hostile_preview(text), text
    marked = MarkedDialog(station, Sent(station, "pause", of_runs([RUN, ORDER])))
    marked.pause.answer = {"order": ORDER, "refused": [{"run": ORDER, "code": "conflict", "problem": text}]}
    lift = LiftDialog(station, ORDER)
    lift.following.summary, lift.problem = hostile_summary(text), text
    bulk = Bulk(station, "resume", [RUN])
    bulk.waves.took([RUN], {RUN: text})
    return scope, marked, lift, WavesDialog(station, bulk, text), *dialogs(station, text)


def _face() -> Staged:
    stage = _All()
    face = PanelFace(stage)

    def fill(text: str) -> None:
        stage.dialogs = _dialogs(stage, text[:_CUT])
        face.renew()

    return face, fill


def _sheet() -> Staged:
    stage, made = _All(), Sheet()

    def fill(text: str) -> None:
        text = text[:_CUT]
        refused = [{"run": RUN, "code": "conflict", "problem": text}]
        rows: list[Row] = [Row("", combined.title(hostile_summary(text)))]
        rows += combined.rows(hostile_summary(text), [hostile_receipt(text)], refused)
        for dialog in _dialogs(stage, text):
            rows += dialog.listed()
        rows += rows_of(text)
        made.tell(rows)

    return made, fill


def _menu() -> Staged:
    stage = _All()
    menu = ScopeMenu(stage.station, None, None)
    made = ScopeQuestion(menu)

    def fill(text: str) -> None:
        menu.choices["agent"] = Aim("agent", Untrusted(text))
        menu.aim = Aim("role", Untrusted(text)) if len(text) % 2 else None
        made.renew()

    return made, fill


def _list() -> Staged:
    made = OrderList()

    def fill(text: str) -> None:
        made.put(ORDER, hostile_summary(text))
        made.reorder()

    return made, fill


def _title() -> Staged:
    view = OrdersView(_All().station)
    made: Board = OrderTitle(view)

    def fill(text: str) -> None:
        view.problem = text
        made.renew()

    return made, fill


def header() -> Staged:
    """Return line 1 of a context and a standing order of any name."""
    heads = [Head()]
    made = Header(lambda: heads[0], context="", view="1:fleet", read_only=False)

    def fill(text: str) -> None:
        dial = {"scope": {"tool": text}, "level": text}
        hub = {"standing": [standing(scope={"role": text})], "dials": [dial], "policy": 1, "operator": text}
        heads[0] = Head(hub=hub)
        made._place = Context(name=text, production=True, store=text)
        made._where = text
        made.renew()

    return made, fill


def _take() -> Staged:
    feed, run = Feed(), run_id(1)
    dialog = TakeDialog(feed.station(), (run_id(2),), (run,))

    def fill(text: str) -> None:
        dialog.station.runs = {run: hostile_state(text)}
        dialog.face.renew()

    return dialog.face, fill


def _box() -> Staged:
    feed = Feed()
    feed.snapshot()
    station = feed.station()
    dial, glass = DialDialog(station, {}), BreakGlassDialog(station, "admin")
    made = BoxFace(dial)

    def fill(text: str) -> None:
        text = text[:_CUT]
        low = hostile_access(text)["dial"]["dials"][0]
        held = [{"id": "b-1", "who": text, "role": text, "why": text, "until": 2.0}] * (len(text) % 2)
        feed.pulse(
            dials=[low, {**_FLEET, "level": text, "by": text}], operator=text, role=text, break_glass=held
        )
        station.runs[RUN] = hostile_state(text)
        role = Aim("role", Untrusted(text))
        dial.choices, dial.aim = {"agent": role, "fleet": FLEET}, None if len(text) % 2 else role
        version = {"n": 1, "digest": text, "by": text, "at": 1.0, "reason": text, "diff_total": 1}
        boxes: tuple[Box, ...] = (dial, glass, PolicyDialog(station, "promote", version))
        for box in boxes:
            box.problem = box.reason = text
        made._dialog = _Boxes(station, boxes)
        made.renew()

    return made, fill


class _Boxes(Box):
    """Says what every such box says, one below the other."""

    def __init__(self, station: Station, boxes: Sequence[Box]) -> None:
        super().__init__(station)
        self.boxes = boxes

    def said(self, width: int) -> list[Pieces]:
        """Return all their lines."""
        return [line for box in self.boxes for line in box.said(width)]


_FLEET = {"scope": {"fleet": True}, "order": ORDER, "reason": "", "at": 1.0, "cause": "rule"}


STAGED: dict[str, Callable[[], Staged]] = {
    "widgets.sheet.Sheet": _sheet,
    "screens.panel.PanelFace": _face,
    "screens.scope.ScopeQuestion": _menu,
    "screens.hands.TakeFace": _take,
    "screens.orders.OrderList": _list,
    "screens.orders.OrderTitle": _title,
    "screens.box.BoxFace": _box,
    "widgets.header.Header": header,
}
