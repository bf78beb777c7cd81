"""A feed made by hand: frames in the shapes of the protocol, for what reads the feed without a hub."""

from typing import Any

from interlock.runs import RunState, apply
from interlock_console.client import Hub
from interlock_console.desk import Desk
from interlock_console.state import Fleet
from interlock_console.station import Station

Json = dict[str, Any]

HUB: Json = {
    "name": "box",
    "policy": None,
    "standing": [],
    "unrecorded": 0,
    "stops": {"count": 0, "ms": [0, 0]},
}
NOBODY = Hub("http://127.0.0.1:1", "no-token", "a test")
"""An address where nobody listens."""

WALL = 1_000_000.0


def run_id(number: int) -> str:
    """Return the id of the run with this number."""
    return f"r-{number:016x}"


class Clock:
    """A clock that stands still until it is told to go on; ``wall`` is the same moment in Unix seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        """Return Unix seconds."""
        return WALL + self.now

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Feed:
    """Writes the feed of some runs into a fold, one frame at a time, at the time of its clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.fleet = Fleet()
        self.pos = 0
        self.counts: dict[str, int] = {}

    def station(self, hub: Hub = NOBODY, **options: Any) -> Station:
        """Return a station on this fold, on the feed's clock."""
        given: dict[str, Any] = {"clock": self.clock, "wall": self.clock.wall, "user": "ann"} | options
        return Station(self.fleet, Desk(hub), **given)

    def snapshot(self, *states: RunState) -> None:
        """Send a whole snapshot, and the link that it comes over."""
        self.fleet.linked()
        for state in states:
            self.counts[state.run] = state.n
        self.send({"kind": "snapshot", "hub": HUB, "pos": self.pos, "part": 1, "parts": 1}, states)

    def send(self, frame: Json, states: tuple[RunState, ...] = ()) -> bool:
        """Send one frame; a snapshot takes its runs from ``states``."""
        if frame["kind"] == "snapshot":
            frame = {**frame, "runs": [state.to_json() for state in states]}
        return self.fleet.feed(frame, self.clock())

    def pulse(self, **hub: object) -> None:
        """Send a pulse, with other facts of the hub if given."""
        self.send({"kind": "pulse", "at": self.clock.wall(), "pos": self.pos, "hub": {**HUB, **hub}})

    def item(self, run: str, kind: str, **fields: object) -> Json:
        """Return the next stored event of a run."""
        self.pos += 1
        n = self.counts[run] = self.counts.get(run, 0) + 1
        event = {"kind": kind, **fields}
        return {"pos": self.pos, "n": n, "e": {"run": run, "at": self.clock.wall(), "event": event}}

    def tick(self, *items: Json) -> bool:
        """Send stored events in one frame; return what the fold answers."""
        return self.send({"kind": "tick", "at": self.clock.wall(), "items": list(items)})

    def say(self, run: str, kind: str, **fields: object) -> bool:
        """Send one stored event in a frame of its own."""
        return self.tick(self.item(run, kind, **fields))

    def began(self, number: int, **fields: object) -> str:
        """Begin a run and return its id."""
        run = run_id(number)
        told = {"agent": f"agent-{number}", "role": "clerk", "goal": f"goal {number}"} | fields
        self.say(run, "run.started", **told)
        return run

    def calls(self, run: str, call: str, tool: str = "refund", cls: str = "write", args: str = "{}") -> None:
        """Let a run start a call that does not end."""
        self.say(run, "tool.proposed", call=call, tool=tool, cls=cls, args=args, digest=args)
        self.say(run, "gate.decided", call=call, verdict="allow")
        self.say(run, "tool.started", call=call)

    def order(
        self, run: str, verb: str, *stages: str, by: str = "ann", order: str = "o-00000000000000c1"
    ) -> None:
        """Let an order reach a run, up to these stages (kinds of events)."""
        self.say(run, "order.issued", order=order, verb=verb, by=by, reason="it loops")
        for stage in stages:
            self.say(run, stage, order=order, verb=verb, ms=5.0, note="")


def fold(*items: Json) -> RunState:
    """Return a run as the fold leaves it after these items."""
    state = RunState(items[0]["e"]["run"])
    for item in items:
        apply(state, item)
    return state
