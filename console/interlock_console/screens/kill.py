"""The kill dialog: the run is paused already while a person thinks, ``y`` makes it a kill, ``q`` leaves it paused."""

from collections.abc import Iterable
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize

from interlock.runs import RunState
from interlock.words import phrase, word
from interlock_console.keys import Key
from interlock_console.orders import Sent, give
from interlock_console.output import age, clock, millis
from interlock_console.receipts import complete
from interlock_console.screens import Dialog, View, app_of
from interlock_console.station import Station
from interlock_console.tail import Tail
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.ink import Piece, Pieces, said, wrap
from interlock_console.widgets.receipt import Receipts

__all__ = ["KillDialog"]

Json = dict[str, Any]

_FLYING = 4
_ORDERS = ("issued", "recorded", "acknowledged", "drained")
"""Events of the pause itself, which the lines above tell already."""
_ASK_EVERY = 0.5
_LABEL = 9


class KillDialog(Dialog):
    """About one run, by the exact id it had when the key was pressed. Enter does nothing here."""

    KEYS = (
        Key("kill.yes", "y", "kill", "kill", "kill the run", foot=1),
        Key("kill.close", "q,escape", "leave", "close", "close; what was ordered stands", foot=1),
    )

    def __init__(self, station: Station, run: str, pause: Sent | None) -> None:
        """``pause`` is the order that was sent when the key was pressed; None opens the receipt of a kill that is."""
        super().__init__(station)
        self.run = run
        self.pause, self.kill = pause, None if pause else _known(station, run)
        self._asked_at = float("-inf")
        self._asking = False
        self._found: list[Json] | None = None
        self._problem = ""
        self.tail = Tail(station)
        self.face = Face(self)
        self.receipt = Receipts(id="receipt")
        self.keys = Footer(self.KEYS)

    @classmethod
    def begin(cls, view: View, run: str) -> None:
        """Pause the run at once, then open the dialog; a run that is over gets a sentence instead."""
        station = view.station
        state = station.runs.get(run)
        if state is not None and state.stop:
            app_of(view).push_screen(cls(station, run, None))
            return
        if (sent := give(station, "pause", run, wanted="kill")) is not None:
            app_of(view).push_screen(cls(station, run, sent))

    def compose(self) -> ComposeResult:
        """Put the question above, and the receipt where it will be."""
        with Vertical(id="kill"):
            yield self.face
            yield self.receipt
        yield self.keys

    def on_mount(self) -> None:
        """Show what is known."""
        self.pulse()

    def on_unmount(self) -> None:
        """The feed need not keep this run's events any more."""
        self.tail.follow(None)

    def on_resize(self, event: Resize) -> None:
        """Use the room there is."""
        self.set_class(event.size.height < 30, "low")
        self.call_after_refresh(self.pulse)

    @property
    def state(self) -> RunState | None:
        """The run as the feed has it now."""
        return self.station.runs.get(self.run)

    @property
    def asked(self) -> bool:
        """Whether a kill of this run was given, here or before."""
        return self.kill is not None

    @property
    def may_kill(self) -> bool:
        """Whether ``y`` does something: no kill yet, or one of ours that got no answer and shows no effect."""
        kill = self.kill
        if kill is None:
            return True
        return bool(kill.problem) and not kill.waiting and not (self.state and self.state.stop)

    # Keys.

    def action_kill(self) -> None:
        """Make it a kill. Counts only after 400 ms; pressed again it sends the same order again if it got no answer."""
        if not self.armed or not self.may_kill:
            return
        if self.kill is None:
            self.kill = Sent(self.station, "kill", self.run)
        self.kill.send()
        self.pulse()
        self.receipt.focus()

    def action_leave(self) -> None:
        """Close. What was ordered stands: paused, or killed."""
        if self.armed:
            self.dismiss()

    # What is shown.

    def pulse(self) -> None:
        """Follow the feed, and the receipt of the kill until it is complete."""
        self._follow()
        given = bool(
            self._found or (self.kill and self.kill.order) or (self.asked and self.state and self.state.stop)
        )
        self.set_class(given, "given")
        if given:
            self.receipt.tell(self._found, self._problem, stale=self.station.head().age_word)
        self.face.styles.height = self.face.need if given else "1fr"
        self.tail.follow(None if given else self.run)
        self.keys.show(self.KEYS if self.may_kill else self.KEYS[1:])
        self.face.renew()

    def _follow(self) -> None:
        kill = self.kill
        if kill is None:
            return
        self._found = self._found or kill.receipts
        order = kill.order or (self.state.order if self.state and self.state.stop else "")
        done = bool(self._found) and all(map(complete, self._found or ()))
        now = self.station.clock()
        if not order or done or self._asking or now - self._asked_at < _ASK_EVERY:
            return
        self._asking, self._asked_at = True, now
        self.station.desk.receipts(order, self._answered)

    def _answered(self, answer: Json | None, problem: str) -> None:
        if answer is not None:
            self._found = [found for found in answer["receipts"] if found["run"] == self.run]
        self._problem = problem
        self._asking = False


def _known(station: Station, run: str) -> Sent:
    """Return a kill that somebody gave before, as if it had been sent from here."""
    sent = Sent(station, "kill", run)
    sent.tries = 1
    return sent


class Face(Board):
    """The upper part of the dialog: which run, how it stands, what the keys do."""

    def __init__(self, dialog: KillDialog) -> None:
        super().__init__(id="face")
        self._dialog = dialog

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the lines, the keys at the bottom."""
        dialog = self._dialog
        state = dialog.state
        about, stands = self._about(state, width), self._stands(state, width)
        if dialog.asked:
            lines = [self._title(width), *stands, *self._orders(width), *about]
        else:
            lines = [self._title(width), *about, *self._orders(width), *stands]
        keys = self._keys()
        lines = lines[: max(0, height - len(keys))]
        if not dialog.asked:
            lines += self._last(width, height - len(lines) - len(keys) - 1)
        return [*lines, *[()] * (height - len(lines) - len(keys)), *keys]

    @property
    def need(self) -> int:
        """How many lines it has to say beside a receipt, which gets all others."""
        width = self.size.width or 80
        state = self._dialog.state
        parts = (self._stands(state, width), self._orders(width), self._about(state, width), self._keys())
        return min(1 + sum(len(list(part)) for part in parts), max(4, self._dialog.size.height // 2))

    def _last(self, width: int, room: int) -> list[Pieces]:
        """Return what the run did last, as far as the feed and a page of the hub tell, on ``room`` lines."""
        events = [event for event in self._dialog.tail.events() if event[1] not in _ORDERS]
        if room < 2 or not events:
            return []
        lines: list[Pieces] = [[(" what it did last", "dim")]]
        for at, label, text in events[-(room - 1) :]:
            when = f"   {clock(at)[:8]} {label:<9} "
            lines.append([(when, "dim"), (said(text, max(4, width - len(when) - 1)), "text")])
        return lines

    def _title(self, width: int) -> Pieces:
        dialog = self._dialog
        stale = dialog.station.head().age_word
        title = f" {'KILL' if dialog.asked else 'STOP'} {dialog.run}"
        return [
            (title, "alarm"),
            (" " * max(2, width - len(title) - len(stale) - 1), "text"),
            (stale, "alarm"),
        ]

    def _about(self, state: RunState | None, width: int) -> Iterable[Pieces]:
        if state is None:
            yield _fact("run", "the feed does not tell of this run at the moment", "fault")
            return
        room = width - _LABEL - 3
        if self._dialog.asked:
            # The receipt has the rest of the room.
            yield _fact("agent", said(f"{state.agent} as {state.role}: {state.goal}", room))
            return
        yield _fact("agent", said(f"{state.agent} as {state.role}", room), "head")
        yield _fact("goal", said(state.goal, room))

    def _orders(self, width: int) -> Iterable[Pieces]:
        dialog = self._dialog
        if dialog.pause is not None:
            yield from _wrapped("pause", *_sent(dialog.pause), width)
        if dialog.kill is not None and dialog.pause is not None:
            yield from _wrapped("kill", *_sent(dialog.kill), width)
        if not dialog.asked:
            yield _fact("reason", said(dialog.station.reason, width - _LABEL - 3), "dim")

    def _stands(self, state: RunState | None, width: int) -> Iterable[Pieces]:
        if state is None:
            return
        head = self._dialog.station.head()
        tone = word(state).tone
        since = f" (as of {int(head.age)} s ago)" if head.stale and head.age is not None else ""
        text = phrase(state) + since
        if self._dialog.asked and not state.stop:
            text, tone = f"kill sent, nothing about it in the feed yet; before it: {text}", "held"
        yield from _wrapped("now", text, tone, width)
        yield from _flying(state, self._dialog.station.wall())

    def _keys(self) -> list[Pieces]:
        dialog = self._dialog
        wait = "" if dialog.armed else "  (keys count in a moment)"
        if not dialog.asked:
            return [
                [
                    (" y ", "key"),
                    ("kill it: nothing of it starts again, and it never resumes", "text"),
                    (wait, "dim"),
                ],
                [(" q ", "key"), _leaves(dialog.pause)],
            ]
        last: Pieces = [(" q ", "key"), _leaves_kill(dialog), (wait, "dim")]
        if dialog.may_kill:
            return [[(" y ", "key"), ("send the same kill again, which is harmless", "text")], last]
        return [last]


def _leaves_kill(dialog: KillDialog) -> Piece:
    if dialog.may_kill:
        return "close; this run is NOT known to be killed", "alarm"
    if dialog.kill is not None and dialog.kill.waiting:
        return "close; the kill is sent and goes on", "text"
    return "close; the kill stands", "text"


def _leaves(pause: Sent | None) -> Piece:
    """Say what closing leaves behind: only what the hub has answered to the pause."""
    if pause is None or pause.waiting:
        return "close; the pause is sent and goes on", "text"
    if pause.problem:
        return "close; this run is NOT known to be paused", "alarm"
    return "close; the pause stands until r lets it go on", "text"


def _fact(label: str, text: str, tone: str = "text") -> Pieces:
    return [(f" {label:<{_LABEL}}", "dim"), (text, tone)]


def _wrapped(label: str, text: str, tone: str, width: int) -> Iterable[Pieces]:
    for at, line in enumerate(wrap(text, width - _LABEL - 3, 3)):
        yield _fact("" if at else label, line, tone)


def _sent(order: Sent) -> tuple[str, str]:
    if order.waiting:
        return "sent, waiting for the record", "held"
    if order.problem:
        return order.problem, "alarm"
    receipt: Json = (order.receipts or [{"stages": []}])[0]
    if receipt.get("unrecorded"):
        return "it acts, but is UNRECORDED: the hub could not write it to disk", "alarm"
    stages = receipt["stages"]
    took = next((stage["ms"] for stage in stages if stage["stage"] == "recorded"), None)
    return "recorded" + (f" after {millis(took)}" if took is not None else ""), "text"


def _flying(state: RunState, now: float) -> Iterable[Pieces]:
    calls = list(state.flying.values())
    for tool, cls, since in calls[:_FLYING]:
        effect = ", its effect is possible" if cls in ("write", "danger") else ""
        pieces: list[Piece] = [
            (f"   {said(tool, 40)}", "text"),
            (f" ({said(str(cls))}) for {age(now - since)}{effect}", "dim"),
        ]
        yield pieces
    if len(calls) > _FLYING:
        yield [(f"   and {len(calls) - _FLYING} more", "dim")]
    if state.unknown:
        names = ", ".join(said(tool, 30) for tool in list(state.unknown.values())[:_FLYING])
        yield _fact("unknown", f"outcome not known of {len(state.unknown)}: {names}", "fault")
