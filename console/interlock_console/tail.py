"""The newest events of one run, for a preview: one page from the hub, then the feed."""

from collections import deque
from typing import Any

from interlock.text import visible_line
from interlock_console.client import segment
from interlock_console.commands._feed import summary
from interlock_console.state import Watch
from interlock_console.station import Station

__all__ = ["Tail"]

Json = dict[str, Any]

_KEPT = 40
_REST = 0.2
"""Seconds the cursor rests on a run before its page is asked for."""


class Tail:
    """Follows one run at a time. Used on the screen's thread; the desk's threads only hand answers over."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._run: str | None = None
        self._watch: Watch | None = None
        self._items: deque[Json] = deque(maxlen=_KEPT)
        self._since = 0.0
        self._asked = False
        self._page: list[Json] | None = None

    def follow(self, run: str | None) -> None:
        """Follow this run from now on; None follows nothing."""
        if run != self._run:
            if self._watch is not None:
                self._station.fleet.unwatch(self._watch)
            self._run, self._watch = run, self._station.fleet.watch(run) if run else None
            self._items.clear()
            self._page, self._asked, self._since = None, False, self._station.clock()
        if run and not self._asked and self._station.clock() - self._since >= _REST:
            self._asked = True
            self._ask(run)

    def _ask(self, run: str) -> None:
        state = self._station.runs.get(run)
        after = max(0, (state.n if state else 0) - _KEPT)

        def done(answer: Json | None, _problem: str) -> None:
            if answer is not None and self._run == run:
                self._page = answer["items"]

        path = f"/v1/runs/{segment(run)}/events"
        self._station.desk.ask(lambda client: client.get(path, after=after, limit=_KEPT), done)

    def events(self) -> list[tuple[float, str, str]]:
        """Return (Unix seconds, label, what it says) of the newest events, the newest last."""
        if self._watch is not None:
            items, gap = self._watch.take()
            if gap:
                self._asked, self._since = False, self._station.clock()
            self._items.extend(items)
        if (page := self._page) is not None:
            self._page = None
            newest = page[-1]["n"] if page else 0
            later = [item for item in self._items if item["n"] > newest]
            self._items.clear()
            self._items.extend([*page, *later])
        return [_line(item["e"]) for item in self._items if not _passage(item["e"]["event"])]


def _passage(event: Json) -> bool:
    """Say whether an event says nothing beside the proposal and the outcome of the same call."""
    kind = event["kind"]
    return kind in ("tool.started", "model.started") or (
        kind == "gate.decided" and event.get("verdict") == "allow"
    )


def _line(envelope: Json) -> tuple[float, str, str]:
    event = envelope["event"]
    kind = str(event["kind"])
    said = summary(event)
    # The id of a call says nothing in a few cells: what it is about stands behind it.
    call = visible_line(str(event.get("call") or ""))
    return envelope["at"], kind.partition(".")[2] or kind, said.removeprefix(call).lstrip() if call else said
