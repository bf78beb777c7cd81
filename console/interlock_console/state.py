"""What the console knows: a fold over the hub's feed, fed by the link's thread and read by the screen's.

:class:`Fleet` takes frames of the feed and the monotonic time each was heard. Nothing here waits, paints or looks
at a clock. A run state that was handed out is never changed again: the next event works on a copy, so the screen
may keep what it pulled for as long as it likes.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from threading import Lock
from typing import Any, ClassVar

from interlock.reserved import CANARY
from interlock.runs import LOOP_AT, RunState, apply
from interlock.words import Need, need, word
from interlock_console import asks, brake, circuits, dialing, glass, standing, unsure
from interlock_console.notes import NOTES, Note, add, foremost, newly_in

__all__ = ["BUCKETS", "RINGS", "STALE_AFTER", "Fleet", "Head", "Note", "Pull", "Watch", "bucket"]

Json = dict[str, Any]

STALE_AFTER = 5.0
"""Seconds without any frame after which nothing on the screen may pass for current (the hub pulses every second)."""

BUCKETS = (
    "STOPPING", "PRESUMED", "LOST", "UNKNOWN", "LOOP", "ERR", "ASKS", "PAUSING", "PAUSED", "FAILED", "RUN", "SHADOW",
    "ENDED", "STOPPED",
)  # fmt: skip
"""What line 1 counts, worst first. Every run is in exactly one, but for the runs that prove the brake."""

RINGS = frozenset({"PRESUMED", "LOST", "UNKNOWN", "LOOP", "ERR"})
"""The buckets that a run must newly be in for the bell. A stop is somebody's order: what rings is one not confirmed."""

_WATCHED = 5000
"""Items of a watched run that may wait to be taken; what is older is dropped, and said so."""


@dataclass(frozen=True, slots=True)
class Pull:
    """What changed since the last pull. ``whole``: everything did, and ``changed`` is all there is."""

    changed: dict[str, RunState]
    whole: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What line 1 needs, as of one moment.

    ``link`` is ``connecting``, ``live`` or ``away``; ``problem`` says why in words. ``age`` is the number of seconds
    since the last frame, None before the first. ``hub`` is the hub's own object, None before the first.
    """

    link: str = "connecting"
    problem: str = ""
    age: float | None = None
    loaded: bool = False
    """True once a whole snapshot is here: only then does an empty list mean that there are no runs."""
    loading: tuple[int, int] = (0, 0)
    """How many parts of a snapshot came, of how many, while one is coming."""
    hub: Json | None = None
    hub_at: float | None = None
    """Unix seconds by the hub's own clock when it last sent a pulse; None before the first."""
    counts: dict[str, int] = field(default_factory=dict[str, int])
    total: int = 0
    gaps: int = 0
    note: Note | None = None
    """What the ticker shows: the newest note, or what became of one's own act shortly before that came."""
    newest: Note | None = None

    @property
    def stale(self) -> bool:
        """Whether what is on the screen must be marked as not current."""
        return self.age is None or self.age > STALE_AFTER

    @property
    def age_word(self) -> str:
        """``STALE 7s`` once the data is stale, else nothing. Every pane with data shows it."""
        if not self.stale:
            return ""
        return "NO DATA YET" if self.age is None else f"STALE {int(self.age)}s"


class Watch:
    """The feed's items of one run, as they come. ``take`` is for the screen's thread."""

    def __init__(self, run: str) -> None:
        self.run = run
        self._items: deque[Json] = deque(maxlen=_WATCHED)
        self._lock = Lock()
        self._gap = False

    def add(self, item: Json) -> None:
        """Keep one item; called by the fold."""
        with self._lock:
            self._gap = self._gap or len(self._items) == _WATCHED
            self._items.append(item)

    def torn(self) -> None:
        """Note that items between the last one and the next are missing; called by the fold."""
        with self._lock:
            self._gap = True

    def take(self) -> tuple[list[Json], bool]:
        """Return the items since the last call, and whether some are missing before or among them.

        Missing items are on the hub: ask it for the pages.
        """
        with self._lock:
            items, gap = list(self._items), self._gap
            self._items.clear()
            self._gap = False
        return items, gap


_BUCKETS = {
    Need.LOST: "LOST",
    Need.ASKS: "ASKS",
    Need.GONE: "LOST",
    Need.UNKNOWN: "UNKNOWN",
    Need.LEFT: "UNKNOWN",
    Need.FAILED: "FAILED",
    Need.ERRORS: "RUN",
    Need.RUNNING: "RUN",
    Need.OVER: "ENDED",
}


def bucket(state: RunState, wanted: Need | None = None) -> str:
    """Return the one name of :data:`BUCKETS` under which line 1 counts a run; ``wanted`` is its need, where known."""
    wanted = need(state) if wanted is None else wanted
    if wanted is Need.LOOP:
        return "LOOP" if state.repeat >= LOOP_AT else "ERR"
    found = _BUCKETS.get(wanted) or word(state).word
    return "SHADOW" if found == "RUN" and state.shadowed else found


_NOBODY = ""
"""The bucket of runs that prove the brake: folded like all, counted in none of :data:`BUCKETS`."""


def _counted(state: RunState) -> str:
    return _NOBODY if state.role.raw == CANARY else bucket(state)


class Fleet:
    """Every run the hub told of, and how fresh that is. Frames go in from one thread, pulls come from another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs: dict[str, RunState] = {}
        self._buckets: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._dirty: set[str] = set()
        self._mine: set[str] = set()
        self._whole = True
        self._parts: list[tuple[RunState, str]] = []
        self._parts_seen = self._parts_all = 0
        self._watches: list[Watch] = []
        self._heard: float | None = None
        self._link, self._problem, self._farewell = "connecting", "", ""
        self._loaded = False
        self._hub: Json | None = None
        self._hub_at: float | None = None
        self._gaps = 0
        self._torn = False
        self.pos: int | None = None
        """The position to resume from; None asks for a snapshot."""
        self.notes: deque[Note] = deque(maxlen=200)
        self._edges = 0

    # The link's side.

    def feed(self, frame: Json, now: float) -> bool:
        """Take one frame of the feed, heard at ``now`` (monotonic seconds).

        Return False when events are missing and only a new snapshot can mend that: the link asks for one.
        """
        handler = self._FRAMES.get(frame.get("kind", ""))
        if frame.get("kind") == "snapshot":
            # Before the lock: ten thousand states take longer to read than a key may wait.
            frame = {**frame, "runs": [(state, _counted(state)) for state in map(_state_of, frame["runs"])]}
        with self._lock:
            self._heard = now
            if handler is not None:
                handler(self, frame)
            torn, self._torn = self._torn, False
            if torn:
                self.pos = None
            return not torn

    def linked(self) -> None:
        """The hub took the link."""
        with self._lock:
            self._link, self._problem, self._farewell = "live", "", ""
            self._parts, self._parts_seen = [], 0

    def unlinked(self, problem: str) -> None:
        """The link is gone, or could not be made; ``problem`` says why, unless the hub itself said so in a ``bye``."""
        with self._lock:
            self._edges += self._link == "live" and self._loaded
            self._link, self._problem = "away", self._farewell or problem
            self._farewell = ""

    # The screen's side.

    def pull(self) -> Pull:
        """Return what changed since the last pull. The states in it never change again."""
        with self._lock:
            whole, self._whole = self._whole, False
            names = self._runs if whole else self._dirty
            changed = {run: self._runs[run] for run in names if run in self._runs}
            self._dirty.clear()
            self._mine.clear()
        return Pull(changed, whole)

    def head(self, now: float) -> Head:
        """Return what line 1 shows at ``now`` (monotonic seconds)."""
        with self._lock:
            return Head(
                link=self._link,
                problem=self._problem,
                age=None if self._heard is None else max(0.0, now - self._heard),
                loaded=self._loaded,
                loading=(self._parts_seen, self._parts_all),
                hub=self._hub,
                hub_at=self._hub_at,
                counts={name: self._counts[name] for name in BUCKETS if self._counts[name] > 0},
                total=len(self._runs) - self._counts[_NOBODY],
                gaps=self._gaps,
                note=foremost(self.notes),
                newest=self.notes[-1] if self.notes else None,
            )

    def tell(self, note: Note) -> None:
        """Put a line of the console's own into the ticker: what became of an order it gave."""
        with self._lock:
            self._edges += note.tone in ("alarm", "fault")
            add(self.notes, replace(note, own=True))

    def edges(self) -> int:
        """Return how much happened since the last call that the bell is for.

        That is a run that newly needs a person (:data:`RINGS`), an order of the operator's own that failed, and the
        loss of the hub. A snapshot is none: what it says was so before.
        """
        with self._lock:
            edges, self._edges = self._edges, 0
        return edges

    def watch(self, run: str) -> Watch:
        """Start to keep the feed's items of one run. End it with :meth:`unwatch`."""
        watch = Watch(run)
        with self._lock:
            self._watches.append(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        """Stop to keep items for this watch."""
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)

    # Frames. All run under the lock.

    def _snapshot(self, frame: Json) -> None:
        self._hub = frame["hub"]
        self._parts += frame["runs"]
        self._parts_seen += 1
        self._parts_all = frame.get("parts", 1)
        if self._parts_seen < self._parts_all:
            return
        if self._loaded:
            for watch in self._watches:
                watch.torn()
        self._runs = {state.run: state for state, _ in self._parts}
        self._buckets = {state.run: counted for state, counted in self._parts}
        self._counts = Counter(self._buckets.values())
        self._parts, self._parts_seen, self._parts_all = [], 0, 0
        self._whole, self._loaded = True, True
        self._mine.clear()
        self.pos = frame["pos"]

    def _tick(self, frame: Json) -> None:
        for item in frame["items"]:
            self._item(item)

    def _item(self, item: Json) -> None:
        run, n, pos = item["e"]["run"], item["n"], item["pos"]
        state = self._runs.get(run)
        if (state.pos if state else 0) >= pos:
            return
        if n != (state.n if state else 0) + 1:
            self._torn = True
            return
        state = self._own(run, state)
        state.trace = state.trace or item["e"].get("trace", "")
        apply(state, item)
        self.pos = pos
        self._dirty.add(run)
        now = _counted(state)
        before = self._buckets.get(run)
        if now != before:
            self._counts[now] += 1
            if before is not None:
                self._counts[before] -= 1
            self._buckets[run] = now
        for watch in self._watches:
            if watch.run == run:
                watch.add(item)
        if now != _NOBODY:
            self._noted(item["e"], state, before, now)

    def _noted(self, envelope: Json, state: RunState, before: str | None, now: str) -> None:
        """Put into the ticker what matters of an event, and that a run newly needs a person."""
        event = envelope["event"]
        say = NOTES.get(event["kind"])
        newly = now in RINGS and now != before
        self._edges += newly
        if say is not None:
            add(self.notes, Note(envelope["at"], state.run, *say(event, state)))
        elif newly:
            add(self.notes, Note(envelope["at"], state.run, *newly_in(state, now)))

    def _own(self, run: str, state: RunState | None) -> RunState:
        if state is None:
            state = self._runs[run] = RunState(run)
        elif run not in self._mine:
            state = self._runs[run] = _copy(state)
        self._mine.add(run)
        return state

    def _gap(self, frame: Json) -> None:
        self._gaps += 1
        for watch in self._watches:
            watch.torn()
        missing = frame["last"] - frame["first"] + 1
        said = f"gap: {missing} events did not come over the feed; the run screens ask for them"
        self.notes.append(Note(0.0, "", said, "fault"))

    def _pulse(self, frame: Json) -> None:
        before: Json = self._hub or {}
        hub: Json = frame["hub"]
        self._hub = hub
        at = self._hub_at = frame.get("at", 0.0)
        if (said := brake.edge(before.get("brake"), hub.get("brake"))) is not None:
            self.notes.append(Note(at, "", *said))
        broken = glass.came(before.get("break_glass") or (), hub.get("break_glass") or ())
        self._edges += len(broken) + asks.rings(before.get("escalations"), hub.get("escalations"))
        for note in broken:
            self.notes.append(Note(at, "", *note))
        for note in asks.came(before.get("escalations"), hub.get("escalations")):
            self.notes.append(Note(at, "", *note))
        self._edges += unsure.rings(before.get("unknowns"), hub.get("unknowns"))
        for note in unsure.came(before.get("unknowns"), hub.get("unknowns")):
            self.notes.append(Note(at, "", *note))
        for name, came in _CAME.items():
            for note in came(before.get(name) or (), hub.get(name) or ()):
                self.notes.append(Note(at, "", *note))

    def _bye(self, frame: Json) -> None:
        self._farewell = f"the hub closed the link: {frame.get('problem', 'no reason given')}"

    _FRAMES: ClassVar[dict[str, Callable[["Fleet", Json], None]]] = {
        "snapshot": _snapshot,
        "tick": _tick,
        "gap": _gap,
        "pulse": _pulse,
        "bye": _bye,
    }


_CAME = {"standing": standing.came, "dials": dialing.came, "breakers": circuits.came}
"""What of a pulse the ticker tells as it comes and goes."""

_SLOTS = tuple(f.name for f in fields(RunState))
_SHARED_NO_MORE = ("flying", "unknown", "gates", "proposed")


def _copy(state: RunState) -> RunState:
    new = RunState(state.run)
    for name in _SLOTS:
        setattr(new, name, getattr(state, name))
    for name in _SHARED_NO_MORE:
        setattr(new, name, getattr(state, name).copy())
    return new


def _state_of(data: Json) -> RunState:
    return RunState.from_json(data)
