"""``:handoff``: copy and save what whoever comes next must know, as plain text for an incident channel."""

from typing import Any

from textual.app import App

from interlock_console import copying, handover, saving
from interlock_console.client import Client
from interlock_console.colon import Colon
from interlock_console.screens import View

Json = dict[str, Any]


def _handoff(app: App[None], view: View, words: list[str]) -> str | None:
    if words:
        return "handoff takes no words"
    station = view.station
    hub: Json = station.head().hub or {}
    me, states, where = (
        station.claims_as,
        list(station.runs.values()),
        station.context.name or station.desk.hub.url,
    )

    def terminal(text: str) -> bool:
        app.copy_to_clipboard(text)
        return not app.is_headless

    def job(client: Client) -> Json:
        return client.get("/v1/orders", limit=100)

    def done(answer: Json | None, problem: str) -> None:
        orders: list[Json] = [] if answer is None else answer["orders"]
        said = handover.data(hub, states, orders, me, station.wall())
        lines = handover.told(said, where)
        if answer is None:
            lines[-1] = f"My orders: not known, {problem}"
        saving.start("handoff", "", lines, said, station.wall(), view.note)
        # The terminal is asked on the screen's thread.
        view.call_later(copying.start, "\n".join(lines), terminal, view.note)

    station.desk.ask(job, done)
    return "making the hand-off: it is copied, and saved as a file"


COMMAND = Colon(("handoff",), "copy and save what whoever comes next must know", "handoff", _handoff)
