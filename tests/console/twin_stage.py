"""Every screen once, with one text in every field: ``python -m tests.console.twin_stage FILE LOOK FORM``.

``LOOK`` is ``raw`` for the text as it is, ``shape`` for the same number of cells, words and lines in one plain
character. ``FORM`` is ``small`` for some scenes, ``long`` for all. Two consoles that differ in nothing but the look
must differ on no screen outside of the text's own cells. At each scene its name is written to FILE, and the console
goes on once the file is gone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from interlock.text import Untrusted, cells, visible
from interlock_console.aim import Aim
from interlock_console.app import Console
from interlock_console.contexts import Context
from interlock_console.desk import Desk
from interlock_console.orders import Sent
from interlock_console.screens.kill import KillDialog
from interlock_console.screens.lift import LiftDialog
from interlock_console.screens.marked import MarkedDialog
from interlock_console.screens.run import RunView
from interlock_console.screens.scope import ScopeDialog, ScopeMenu
from interlock_console.station import Station
from tests.console.feed import Feed, run_id
from tests.console.hostile import hostile_items, hostile_receipt, hostile_state
from tests.console.hostile_making import hostile_making
from tests.console.hostile_waiting import hostile_escalation
from tests.console.order_texts import hostile_preview, hostile_summary, standing
from tests.console.page_hub import PageHub, page_hub
from tests.console.sink_drive import STYLE
from tests.console.sink_record import dialogs, hostile_entry
from tests.console.stories import ORDER, RUN
from tests.hostile.payloads import PAYLOADS

Json = dict[str, Any]

FILL = "\xa4"
"""What the shape of a text is made of; no screen of the console draws it by itself."""
UNSURE = (
    "\u0915\u093e\u093e\u093e Abc \U0001f44d\U0001f3fd\U0001f3ff \u6f22 e\u0301\u0336 n\u302e \u2630\u3248"
)
"""Characters that take another number of cells in tmux than in Rich, so placed that no cut goes through a wide one."""
FAMILIES = (
    "osc_title_bel", "osc_clipboard_st", "dcs_tmux", "clear_screen", "c1_csi", "apc", "carriage_return",
    "right_to_left_override", "combining_flood", "markup_action", "lone_high_surrogate",
)  # fmt: skip
SMALL = (
    "fleet",
    "by role",
    "completions",
    "orders",
    "approvals",
    "card",
    "card below",
    "scope",
    "marked dialog",
    "kill",
    "audit",
    "entry",
    "unknowns",
    "making",
    "event 8",
    "run h",
)
_EVENTS = (0, 8, 12, 16, 24)
"""Without those whose text is shown as JSON or begins a name: signs of JSON are not as wide as what they stand for."""
_LONGEST = 60


def mixed() -> str:
    """Return one text that has something of every family, with what is unsure first."""
    return " ".join([UNSURE, *(PAYLOADS[name][:_LONGEST] for name in FAMILIES), "two\nlines"])


def worded() -> str:
    """Return the same in words that fit a line: a page counts its lines, and a wide character may need one more."""
    return " ".join([UNSURE, *(PAYLOADS[name][:14] for name in FAMILIES), "two\nlines"])


def shape(text: str) -> str:
    """Return the text's words and lines with each cell drawn by one plain character."""
    lines = visible(text).split("\n")
    return "\n".join(" ".join(FILL * cells(word) for word in line.split(" ")) for line in lines)


class Stage(Console):
    """Goes through its scenes by itself."""

    CSS_PATH = str(STYLE)

    words = ""
    """The text in words that fit a line."""

    def __init__(self, station: Station, feed: Feed, file: Path, text: str, form: str) -> None:
        super().__init__(station)
        self.form = form
        self.feed, self.file, self.text = feed, file, text

    def on_mount(self) -> None:
        """Begin once the first screen is there."""
        super().on_mount()
        self.run_worker(self.play(), exit_on_error=True)

    async def play(self) -> None:
        """Play every scene, then end."""
        pilot: Pilot[None] = Pilot(self)
        for scene in (self.fleet, self.orders, self.approvals, self.record, self.dialogs, self.a_run):
            await scene(pilot)
        self.exit()

    async def show(self, pilot: Pilot[None], name: str) -> None:
        """Wait until the scene is painted and looked at, if it is one of this form."""
        if self.form == "small" and name not in SMALL:
            return
        for _ in range(8):
            self.feed.clock.go(0.6)
            self.feed.fleet._heard = self.feed.clock.now  # the link is live for as long as this lasts
            await pilot.pause(0.06)
        part = self.file.with_suffix(".part")
        part.write_text(name, encoding="utf-8")
        part.replace(self.file)
        while self.file.exists():
            await pilot.pause(0.02)

    async def fleet(self, pilot: Pilot[None]) -> None:
        """The list, its groups, marks, menus and lines to type into."""
        await self.show(pilot, "fleet")
        for by in ("agent", "role", "model", "tool"):
            await pilot.press("t")
            await self.show(pilot, f"by {by}")
        await pilot.press("home", "enter")
        await self.show(pilot, "a group open")
        await pilot.press("t", "V")
        await self.show(pilot, "marked")
        await pilot.press("u", "colon", *"kill role:")
        await self.show(pilot, "completions")
        await pilot.press("escape")

    async def orders(self, pilot: Pilot[None]) -> None:
        """The orders and the receipt of one."""
        await pilot.press("colon", *"orders", "enter")
        await self.show(pilot, "orders")
        await pilot.press("q")

    async def approvals(self, pilot: Pilot[None]) -> None:
        """What waits, and the card of one, page by page."""
        await pilot.press("2")
        await self.show(pilot, "approvals")
        await pilot.press("end", "enter")
        await self.show(pilot, "card")
        await pilot.press("end")
        await self.show(pilot, "card below")
        self.pop_screen()
        await pilot.press("x")
        await self.show(pilot, "reject")
        await pilot.press("escape", "1")

    async def record(self, pilot: Pilot[None]) -> None:
        """The record, an entry in full, the plans that were begun, and what is unknown."""
        await pilot.press("3")
        await self.show(pilot, "audit")
        await pilot.press("enter")
        await self.show(pilot, "entry")
        for key, name in (("u", "unknowns"), ("h", "plans")):
            await pilot.press("q" if self.screen.has_class("zoomed") else "home", key)
            await self.show(pilot, name)
            self.pop_screen()
        await pilot.press("1")

    async def dialogs(self, pilot: Pilot[None]) -> None:
        """Every dialog about one run and about many."""
        # Behind a dialog stands a list with nothing in it: what is seen of a text that is half covered is anybody's.
        await pilot.press("slash", *"role:nobody", "enter")
        role = Aim("role", Untrusted(self.text))
        marked = Sent(self.station, "pause", Aim("runs", runs=(RUN, run_id(1000))))
        for name, dialog in (
            ("menu", ScopeMenu(self.station, role, role)),
            ("scope", ScopeDialog(self.station, "kill", role)),
            ("marked dialog", MarkedDialog(self.station, marked)),
            ("lift", LiftDialog(self.station, ORDER)),
            ("kill", KillDialog(self.station, RUN, Sent(self.station, "pause", RUN))),
            ("killed", KillDialog(self.station, run_id(1000), None)),
            *zip(("making", "made", "by hand"), dialogs(self.station, self.words), strict=True),
        ):
            await self.push_screen(dialog)
            await self.show(pilot, name)
            self.pop_screen()
        await pilot.press("slash", "ctrl+u", "enter")

    async def a_run(self, pilot: Pilot[None]) -> None:
        """A run: rows, a text, the context, the tree, receipts."""
        view = RunView(self.station, RUN)
        await self.push_screen(view)
        while not view.trace.order or view.reader.waiting:
            await pilot.pause(0.05)
        for place in _EVENTS:
            view.trace.go(view.trace.order[place])
            await self.show(pilot, f"event {place}")
        view.trace.go(view.trace.order[8])
        for key in ("t", "h", "enter"):
            await pilot.press(key)
            await self.show(pilot, f"run {key}")


def _hub(hub: PageHub, text: str, worded: str) -> Feed:
    items = [item for item in hostile_items(text) if item["e"]["event"]["kind"] != "brand.new"]
    for n, item in enumerate(items, 1):
        item["n"] = item["pos"] = n
        # A word of the hub. Cut within a wide sign a text is a cell narrower, and what follows in its line moves.
        if item["e"]["event"]["kind"] == "run.ruled":
            item["e"]["event"]["level"] = "ask"
    hub.add(RUN, items)
    hub.receipts[RUN] = [hostile_receipt(text)]
    hub.summary = hostile_summary(text) | {"lifted": None, "at": 1.0}
    hub.preview = hostile_preview(text)
    hub.asks = {
        name: hostile_escalation(worded, id=name, cls=cls, group=name[-2:] * 32, hidden=False, held=True)
        for name, cls in (("e-00000000000000e1", "danger"), ("e-00000000000000e2", "write"))
    }
    kept = {"body": {"a text": worded}}
    entries = [hostile_entry(worded) | {"n": n} | kept for n in (1, 2)]
    about = {"entry": entries[0], "position": {"n": 1, "last": 2}, "checkpoint": None}
    hub.access |= {"audit": {"entries": entries, "next": None, "scanned": 2, "last": 2, **about}}
    hub.access |= hostile_making(worded)
    feed = Feed()
    feed.pos = len(items)
    here = hostile_state(text)
    here.n = here.pos = len(items)
    hub.family = [(0, here), (1, hostile_state(text, run_id(1000)))]
    return feed


def main(file: str, look: str, form: str) -> int:
    """Play the scenes and return what the console would end with."""
    made = shape if look == "shape" else str
    text = made(mixed())
    with page_hub() as hub:
        feed = _hub(hub, text, made(worded()))
        station = Station(
            feed.fleet,
            Desk(hub.hub),
            clock=feed.clock,
            wall=lambda: 1_000_500.0,
            user="ann",
            context=Context(name=text, production=True, store="keyring"),
        )
        states = [
            hostile_state(made(PAYLOADS[name][:_LONGEST]), run_id(1001 + at))
            for at, name in enumerate(FAMILIES)
        ]
        unsure = hostile_state(made(UNSURE), run_id(1000))
        feed.snapshot(hub.states[RUN], unsure, *states)
        feed.pulse(standing=[standing(scope={"role": made(UNSURE)})], operator=text)
        feed.say(RUN, "order.issued", order=ORDER, verb="pause", by=text, reason=text)
        app = Stage(station, feed, Path(file), text, form)
        app.words = made(worded())
        app.run(mouse=False)
        station.desk.close()
    sys.stderr.write(app.failure)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
