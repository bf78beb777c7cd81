"""Some calls that wait, asked of the hub again and again until what came of them is known, with how each ended."""

from collections.abc import Sequence
from typing import Any

from interlock_console.client import Client, segment
from interlock_console.station import Station

__all__ = ["Watching"]

Json = dict[str, Any]

_EVERY, _SOON, _LATER = 1.0, 0.4, 5.0
"""Seconds between two questions: while it waits, once it is decided, and once it is known how it ended."""
_STALE = 5.0
_ENDS = 4
"""How often the trace is asked how a call ended: its event may come after the outcome."""
_PAGE = 200


class Watching:
    """Used on the screen's thread; only the answers come on another one."""

    def __init__(self, station: Station, names: Sequence[str]) -> None:
        self.station, self.names = station, tuple(names)
        self.problem = ""
        self.ends: dict[str, Json] = {}
        """``tool.finished`` of the calls that ran, by escalation."""
        self.fresh = False
        """Whether an answer came that was not taken."""
        self._found: dict[str, Json] = {}
        self._heard: dict[str, float] = {}
        self._asking = False
        self._asked_at = float("-inf")
        self._tries: dict[str, int] = {}

    def now(self) -> None:
        """Ask at once."""
        self._asked_at = float("-inf")

    def pulse(self, *, decided: bool) -> None:
        """Ask if it is time to."""
        now = self.station.clock()
        if self._asking or now - self._asked_at < self._every(decided):
            return
        self._asking, self._asked_at = True, now
        wanted = [name for name, found in self._found.items() if self._ended(name, found)]
        names = self.names

        def job(client: Client) -> Json:
            told = {name: client.get(f"/v1/escalations/{segment(name)}") for name in names}
            return {"told": told, "ends": {name: _end(client, told[name]) for name in wanted if name in told}}

        self.station.desk.ask(job, self._answered)

    def _every(self, decided: bool) -> float:
        found = list(self._found.values())
        if found and all(
            one["state"] in ("rejected", "timed_out", "void") or one["outcome"] for one in found
        ):
            return _SOON if any(self._ended(name, one) for name, one in self._found.items()) else _LATER
        return _SOON if decided or any(one["state"] != "waiting" for one in found) else _EVERY

    def _ended(self, name: str, found: Json) -> bool:
        ran = found["outcome"] in ("done", "failed", "unknown")
        return ran and name not in self.ends and self._tries.get(name, 0) < _ENDS

    def _answered(self, answer: Json | None, problem: str) -> None:
        self.problem = problem
        if answer is not None:
            now = self.station.clock()
            for name, event in answer["ends"].items():
                self._tries[name] = self._tries.get(name, 0) + 1
                if event:
                    self.ends[name] = event
            for name, found in answer["told"].items():
                self._found[name], self._heard[name] = found, now
            self.fresh = True
        self._asking = False

    def answered(self, found: Json) -> None:
        """Take what the hub answered to a decision: it is newer than what was asked for."""
        name = str(found["id"])
        known = self._found.get(name, {})
        newer = found["state"] != "waiting" or len(found["votes"]) > len(known.get("votes") or ())
        if known.get("state") == "waiting" and newer:
            self._found[name], self._heard[name], self.fresh = found, self.station.clock(), True
            self.now()

    def take(self) -> list[Json]:
        """Return what is known of each, in the order they were named."""
        self.fresh = False
        return [self._found[name] for name in self.names if name in self._found]

    def known(self, name: str) -> Json | None:
        """Return what was last heard of one, None before the first answer."""
        return self._found.get(name)

    def left(self, name: str) -> float | None:
        """Return the seconds one has left by now, None where its clock stands still or it waits no more."""
        found = self._found.get(name)
        if found is None or found["left_s"] is None or found["held"]:
            return None
        return max(0.0, float(found["left_s"]) - (self.station.clock() - self._heard[name]))

    @property
    def stale(self) -> str:
        """``STALE 7s`` where the hub did not answer about them for so long."""
        since = self.station.clock() - min(self._heard.values()) if self._heard else 0.0
        return f"STALE {int(since)}s" if since > _STALE + self._every(decided=False) else ""


def _end(client: Client, found: Json) -> Json:
    """Return the event with which the call of it ended, empty where it is not among the newest of its run."""
    run = segment(str(found["run"]))
    last = int(client.get(f"/v1/runs/{run}")["run"]["n"])
    page = client.get(f"/v1/runs/{run}/events", before=last + 1, limit=_PAGE)
    for item in reversed(page["items"]):
        event: Json = item["e"]["event"]
        if event["kind"] == "tool.finished" and event["call"] == found["call"]:
            return event
    return {}
