"""The console in a real terminal, full of hostile texts: ``python -m tests.console.sink_session MODE NAME...``.

It shows a run made of the named payloads in the fleet, opens one with an event of every kind and goes
through the rows, shows receipts and kill dialog, and ends. ``bare`` takes the second net away, ``net`` keeps it,
``crash`` ends with an exception whose message is the payload, ``taken`` copies, saves and pages the run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from textual.pilot import Pilot

from interlock_console.app import Console
from interlock_console.desk import Desk
from interlock_console.net import Net
from interlock_console.screens.kill import KillDialog
from interlock_console.screens.run import RunView
from interlock_console.station import Station
from tests.console.feed import Feed, run_id
from tests.console.hostile import hostile_items, hostile_receipt, hostile_state
from tests.console.page_hub import PageHub, page_hub
from tests.console.sink_drive import STYLE
from tests.console.stories import RUN
from tests.hostile.payloads import PAYLOADS

Json = dict[str, Any]

LONGEST = 600
"""Characters of a payload: a flood shows itself in fewer, and the terminal has to draw them all."""


class Session(Console):
    """Goes through its screens by itself."""

    CSS_PATH = str(STYLE)

    def __init__(self, station: Station, texts: Sequence[str], mode: str) -> None:
        super().__init__(station)
        self.texts, self.mode = texts, mode
        if mode == "bare":
            self._filters = [found for found in self._filters if not isinstance(found, Net)]

    def on_mount(self) -> None:
        """Begin once the first screen is there."""
        super().on_mount()
        self.run_worker(self.play(), exit_on_error=False)

    async def play(self) -> None:
        """Show everything once, then end; or break."""
        if self.mode == "crash":
            self.call_later(self._raise)
            return
        try:
            await self.scenes()
        finally:
            self.exit()

    async def scenes(self) -> None:
        """Fleet, run, rows, receipts, dialog, help."""
        pilot: Pilot[None] = Pilot(self)
        await pilot.pause(0.3)
        view = RunView(self.station, RUN)
        await self.push_screen(view)
        while not view.trace.order or view.reader.waiting:
            await pilot.pause(0.05)
        if self.mode == "taken":
            await self.taken(pilot, view)
            return
        for key in view.trace.order[::3]:
            view.trace.go(key)
            await pilot.pause()
            await pilot.press("space")
        await pilot.press("slash", *"mark", "enter", "h")
        await pilot.pause(0.3)
        await self.push_screen(KillDialog(self.station, RUN, None))
        await pilot.pause(0.6)
        await pilot.press("q", "question_mark")
        await pilot.pause(0.1)

    async def taken(self, pilot: Pilot[None], view: RunView) -> None:
        """Copy a row, save and page the run, and end once all of it was said."""
        view.trace.go(view.trace.order[1])
        for key, said in (("c", "cop"), ("w", "saved"), ("o", "pager")):
            await pilot.press(key)
            for _ in range(200):
                note = self.station.head().note
                if note is not None and said in note.text:
                    break
                await pilot.pause(0.05)
        await pilot.pause(0.3)

    def _raise(self) -> None:
        secret_local = "s3cret-local"
        raise ValueError(f"{self.texts[0]} after {len(secret_local)}")


def _fill(hub: PageHub, texts: Sequence[str]) -> Feed:
    items: list[Json] = []
    for text in texts:
        for item in hostile_items(text):
            n = len(items) + 1
            items.append({**item, "n": n, "pos": n, "e": {**item["e"], "seq": n}})
    hub.add(RUN, items)
    hub.receipts[RUN] = [hostile_receipt(text) for text in texts]
    feed = Feed()
    feed.pos = len(items)
    states = [hostile_state(text, run_id(1000 + place)) for place, text in enumerate(texts)]
    here = hostile_state(texts[0])
    here.n, here.pos = len(items), len(items)
    feed.snapshot(*states, here)
    for place, text in enumerate(texts[:40]):
        feed.say(
            run_id(1000 + place),
            "order.issued",
            order="o-00000000000000aa",
            verb="kill",
            by=text,
            reason=text,
        )
    return feed


def main(mode: str, names: Sequence[str]) -> int:
    """Play the session and return what the console would end with."""
    # One text of all of them: what acts does so in any company, and every screen is drawn once.
    texts = [" mark ".join(PAYLOADS[name][:LONGEST] for name in names)]
    with page_hub() as hub:
        feed = _fill(hub, texts)
        station = Station(
            feed.fleet, Desk(hub.hub), clock=feed.clock, wall=lambda: 1_000_500.0, user=texts[0]
        )
        app = Session(station, texts, mode)
        app.run(mouse=False)
        station.desk.close()
    if app.failure:
        sys.stderr.write(app.failure)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
