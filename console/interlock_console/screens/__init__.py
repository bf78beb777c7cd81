"""The screens: one file adds one. A :class:`View` defined in a module here and naming a DIGIT is found by it.

A view is built from a :class:`~interlock_console.station.Station` and says four things: its ``KEYS`` (reading), its
``ACTS`` (keys that act on runs; a read-only console does not have them), what stands between header and footer
(:meth:`View.body`), and what to do when data changed (:meth:`View.renewed`). Example::

    from interlock_console.keys import Key
    from interlock_console.screens import View
    from interlock_console.sinks import Sink
    from interlock_console.widgets.board import Board

    SINKS = (Sink("SpendingView"), Sink("Spending", "agents", "widgets.ink.Ink.paint, visible_line", "one"))

    class Spending(Board):
        def __init__(self, station):
            super().__init__(id="spending")
            self.station, self.sign = station, -1

        def lines(self, width, height):
            runs = sorted(self.station.runs.values(), key=lambda run: self.sign * run.cost)
            return [[(f"{run.cost:8.2f} ", "text"), (run.agent.raw, "head")] for run in runs[:height]]

    class SpendingView(View):
        NAME, DIGIT = "spending", "6"
        KEYS = (Key("spending.turn", "t", "turn", "turn around", foot=2),)
        AUTO_FOCUS = ""

        def body(self):
            self.board = Spending(self.station)
            return [self.board]

        def renewed(self, changed, whole):
            self.board.renew()

        def action_turn(self):
            self.board.sign *= -1
            self.board.renew()

``SINKS`` names each class of the file that is a widget or a screen, and what text of others it shows
(:mod:`interlock_console.sinks`). A list with a cursor is a :class:`~interlock_console.widgets.lines.Lines`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import urlsplit

from textual import events
from textual.actions import SkipAction
from textual.app import App, ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console.keys import Key, bindings, remapped
from interlock_console.state import Note
from interlock_console.station import Station
from interlock_console.views import SavedView
from interlock_console.widgets.ask import Typing
from interlock_console.widgets.board import Board
from interlock_console.widgets.footer import Footer
from interlock_console.widgets.header import Header
from interlock_console.widgets.ink import Ink
from interlock_console.widgets.lines import Lines
from interlock_console.widgets.ticker import Ticker

V = TypeVar("V", bound="View")

__all__ = ["ASKS", "COMMON", "ON_A_RUN", "Dialog", "View", "acting", "app_of"]


def app_of(screen: Screen[Any]) -> App[None]:
    """Return the console a screen belongs to; Textual itself leaves the type of its result open."""
    return cast("App[None]", screen.app)  # pyright: ignore[reportUnknownMemberType]


COMMON = (
    Key("help", "question_mark", "app.help", "help", "this help", foot=2),
    Key("up", "q,escape", "app.up", "back", "up one level; at the top asks whether to leave", foot=1),
    Key("last", "minus", "app.last", "last view", "the view before this one"),
    Key("colon", "colon", "app.colon", "command", "type a command", foot=8),
    Key("palette", "ctrl+p", "app.palette", "palette", "find anything that has a key or a command"),
    Key("copy", "c", "copy", "copy", "copy what is under the cursor, and say where it went", foot=9),
    Key("copy_json", "C", "copy_json", "copy as JSON", "copy the same as JSON, exact for a program"),
    Key("save", "w", "save", "save", "save what is shown, as text and as JSON, in files of your own", foot=9),
    Key("page", "o", "page", "pager", "read what is shown in your own $PAGER", foot=9),
)

ASKS = Key(
    "run.asks", "A", "asks", "asks", "the card of the call that this run waits for a decision of", foot=5
)
"""A key of a view that shows one run, or has one under its cursor. It opens a card and decides nothing."""

ON_A_RUN = (
    Key("run.kill", "K", "kill", "stop", "pause the run at once, then ask whether to kill it", foot=1),
    Key("run.pause", "p", "pause", "pause", "pause the run: hold its next tool or model call", foot=2),
    Key("run.resume", "r", "resume", "resume", "let a paused run go on; never lifts a kill", foot=2),
    Key(
        "run.scope",
        "X",
        "scope",
        "many",
        "order to this agent, this role or the fleet; asks first",
        foot=4,
    ),
    Key(
        "run.dial",
        "D",
        "dial",
        "dial",
        "how far agent, role, tool or fleet may go; down at once, up with proof",
        foot=5,
    ),
    Key(
        "run.claim",
        "a",
        "claim",
        "claim",
        "say that you are at it, or let it go; asks before it is taken over",
        6,
    ),
    Key(
        "run.note", "i", "jot", "note", "write something down about it: into the record and the trace", foot=7
    ),
)
"""The ACTS of a view that shows one run, or has one under its cursor: with marks they are about all that are marked,
on a row of a whole group about that agent or role, else about :meth:`View.target`."""


class View(Screen[None]):
    """A full screen: line 1, the view's own body, the ticker, the keys. Use :func:`acting` to build one."""

    NAME: ClassVar[str] = ""
    DIGIT: ClassVar[str] = ""
    """The key that opens it from everywhere; empty for a view that belongs to something, such as one run's."""
    KEYS: ClassVar[tuple[Key, ...]] = ()
    ACTS: ClassVar[tuple[Key, ...]] = ()

    AUTO_FOCUS = "Lines"

    def __init_subclass__(cls, **options: Any) -> None:
        if "KEYS" in cls.__dict__:
            own = {key.keys for key in cls.KEYS}
            cls.BINDINGS = bindings((*cls.KEYS, *(key for key in COMMON if key.keys not in own)))
        super().__init_subclass__(**options)

    def __init__(self, station: Station) -> None:
        super().__init__()
        self.station = station
        self._frame: tuple[Board, ...] = ()
        self._foot: Footer | None = None
        self._looks = station.looks_only
        self._ready, self._behind = False, True
        self._carried = 0

    # What a view says.

    def body(self) -> Iterable[Widget]:
        """Return what stands between line 1 and the ticker."""
        return ()

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Take the runs that changed since the last call, ten times a second at most; ``whole`` is everything.

        Also called without any change, so that ages go on. ``self.station.runs`` is up to date already.
        """

    def target(self) -> str | None:
        """Return the id of the run that :data:`ON_A_RUN` acts on now, None when there is none."""
        return None

    def marked(self) -> tuple[str, ...]:
        """Return the ids of the runs that are marked, in the order they are listed; empty is none, never all."""
        return ()

    def scope(self) -> tuple[str, str] | None:
        """Return what the row of a whole group stands for: ``("role", name)``, ``("agent", name)``, else None.

        The name is exactly as the agent wrote it. While this is not None, :meth:`target` is None.
        """
        return None

    def moved(self) -> bool:
        """Say so and return True where the list moved by itself under the hand: the key that acts then does nothing."""
        return False

    def copied(self) -> str:
        """Return what ``c`` copies, visible: a selection of the mouse, else the row, or the text, with the focus."""
        pane = self.focused
        return self.get_selected_text() or (pane.copied() if isinstance(pane, Ink) else "")

    def copied_data(self) -> object:
        """Return what ``C`` copies as JSON, None where nothing here has such a form."""
        return None

    def shown(self) -> Iterable[str]:
        """Return what ``w`` saves and ``o`` pages, line by line and visible: all there is, not what fits the screen."""
        for pane in self.query(Ink):
            if pane.id not in ("header", "footer", "ticker") and pane.display:
                yield from pane.told()

    def shown_data(self) -> object:
        """Return what ``w`` saves as JSON beside the text: the lines of it, where a view does not know better."""
        return list(self.shown())

    @property
    def saved(self) -> SavedView | None:
        """What of this view can be saved under a name; None where there is no such thing."""
        return None

    def use(self, view: SavedView) -> str:
        """Show a saved view of this one's :attr:`NAME`. Return what is wrong with it; then all is as it was."""
        return f"nothing of {self.NAME} is saved: {visible_line(view.of, 20)}"

    def about(self) -> str:
        """Return what a saved file is about, for its name: the run this view shows, empty for a view of many."""
        return ""

    @property
    def title_words(self) -> str:
        """What line 1 says at its right end: the digit and the name."""
        return f"{self.DIGIT}:{self.NAME}" if self.DIGIT else self.NAME

    # What every view has.

    @property
    def stale(self) -> str:
        """``STALE 7s`` while the data is not current, else nothing. Every pane with data shows this word."""
        head = self.station.head()
        return "" if head.age is None and head.link == "connecting" else head.age_word

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys this view has here: without the acting ones in a read-only console, or for who may only look."""
        acts = () if self.station.looks_only else self.ACTS
        common = [replace(key, says="quit") if key.name == "up" and self.DIGIT else key for key in COMMON]
        return remapped((*self.KEYS, *acts, *common), self.station.keymap)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let no acting key through while the hub lets this operator only look: a role may change at any time."""
        if self.station.looks_only and any(action == key.action.partition("(")[0] for key in self.ACTS):
            return False
        return super().check_action(action, parameters)

    def on_key(self, event: events.Key) -> None:
        """Say why a key that acts does nothing where this console only looks; a lost press is taken for a stop."""
        if not self.station.looks_only:
            return
        for key in remapped(self.ACTS, self.station.keymap):
            if event.key in key.keys.split(","):
                self.note(self.station.off(key.role, f"{key.face} ({key.says})"), "held")

    def compose(self) -> ComposeResult:
        """Put line 1, the body, the ticker and the keys under one another."""
        station = self.station
        where = urlsplit(station.desk.hub.url).netloc
        words, context = self.title_words, station.context
        header = Header(station.head, context=where, view=words, read_only=station.read_only, place=context)
        ticker = Ticker(station.head, station.wall)
        self._frame = (header, ticker)
        yield header
        yield from self.body()
        yield ticker
        self._foot = Footer(self.keys)
        yield self._foot

    def pulse(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Renew everything that is on this screen; the app calls it ten times a second."""
        if not self._ready or not self.is_attached:
            self._behind = True
            return
        # What was carried while another view's stack was in front did not come here.
        self._behind = self._behind or self.station.carried - self._carried > 1
        self._carried = self.station.carried
        if self._behind:
            changed, whole, self._behind = self.station.runs, True, False
        stale = bool(self.stale)
        for pane in self.query(Ink):
            if pane.id not in ("header", "footer", "ticker"):
                pane.dim(stale)
        self.renewed(changed, whole)
        for board in self._frame:
            board.renew()
        if self._looks != self.station.looks_only:
            self._looks = self.station.looks_only
            self._show_keys()

    def _show_keys(self) -> None:
        line = self.focused
        if self._foot is not None:
            self._foot.show(line.foot if isinstance(line, Typing) else self.keys)

    def on_descendant_focus(self) -> None:
        """Say the keys that count now: while a line is typed into, every letter belongs to it."""
        self._show_keys()

    def on_screen_resume(self) -> None:
        """Show what is known at once when this view comes to the front."""
        self._behind = self._behind or self.station.carried != self._carried
        self.pulse({}, False)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a row and a second one opens it. No click gives an order."""
        lines: Any = event.widget
        if isinstance(event.widget, Lines) and 0 <= (place := lines.top + event.y) < len(lines.order):
            lines.go(lines.order[place])
            if event.chain == 2:
                lines.action_open()

    def on_mount(self) -> None:
        """Show what is known with the first frame."""
        self._ready = True
        self.pulse({}, False)

    def action_copy(self) -> None:
        """Copy what is under the cursor or selected, and say where it went."""
        from interlock_console import copying

        copying.start(self.copied(), self._ask_terminal, self.note)

    def action_copy_text(self) -> None:
        """Copy what was selected with the mouse; ctrl+c is Textual's own key for it, which would not say where to."""
        _copy_selected(self, self.station)

    def action_copy_json(self) -> None:
        """Copy the same as JSON."""
        from interlock_console import copying

        if (data := self.copied_data()) is None:
            self.note("this has no form as JSON; c copies it as text")
        else:
            copying.start(json.dumps(data, indent=2), self._ask_terminal, self.note)

    def _ask_terminal(self, text: str) -> bool:
        return _ask_terminal(app_of(self), text)

    def action_save(self) -> None:
        """Save what is shown, as text and as JSON."""
        from interlock_console import saving

        at = self.station.wall()
        saving.start(self.NAME, self.about(), list(self.shown()), self.shown_data(), at, self.note)

    def action_page(self) -> None:
        """Read what is shown in the operator's pager."""
        from interlock_console import pager

        if said := pager.page(app_of(self), self.shown()):
            self.note(said, "held")

    def action_kill(self) -> None:
        """Pause the target at once and open the kill dialog."""
        from interlock_console import acts

        acts.kill(self)

    def action_pause(self) -> None:
        """Pause the target."""
        from interlock_console import acts

        acts.order(self, "pause")

    def action_resume(self) -> None:
        """Let the target go on."""
        from interlock_console import acts

        acts.order(self, "resume")

    def action_claim(self) -> None:
        """Take the target in hand, or let it go."""
        from interlock_console import hands

        hands.claim(self)

    def action_jot(self) -> None:
        """Write something down about the target."""
        from interlock_console import hands

        hands.note(self)

    def action_dial(self) -> None:
        """Show how far agent, role, tool or fleet may go by themselves, and turn that."""
        from interlock_console import acts

        acts.dial(self)

    def action_asks(self) -> None:
        """Open the card of the call that the target waits for."""
        from interlock_console.screens.approvals import open_asked

        open_asked(self)

    def action_scope(self) -> None:
        """Ask whom of many an order is about; nothing is sent before it is confirmed."""
        from interlock_console import acts

        acts.scope(self)

    def note(self, text: str, tone: str = "text") -> None:
        """Put a sentence of the console's own into the ticker."""
        self.station.tell(Note(self.station.wall(), "", text, tone))

    def open_run(self, run: str) -> None:
        """Show one run in full, above this view."""
        from interlock_console.screens.run import RunView

        self.station.last_run = run
        app_of(self).push_screen(acting(RunView, self.station.read_only)(self.station, run))


def _ask_terminal(app: App[None], text: str) -> bool:
    app.copy_to_clipboard(text)
    return not app.is_headless


def _copy_selected(screen: Screen[Any], station: Station) -> None:
    from interlock_console import copying

    if not (selected := screen.get_selected_text()):
        raise SkipAction
    app = app_of(screen)
    copying.start(
        selected,
        lambda text: _ask_terminal(app, text),
        lambda text, tone: station.tell(Note(station.wall(), "", text, tone)),
    )


def acting(view: type[V], read_only: bool) -> type[V]:
    """Return the class to build: with the acting keys bound, or the plain one for a read-only console."""
    if read_only or not view.ACTS:
        return view
    return cast("type[V]", _with_acts(view))


class Dialog(ModalScreen[None]):
    """A box in front of a view. It holds what it is about by id, and counts no key before it had focus for 400 ms."""

    KEYS: ClassVar[tuple[Key, ...]] = ()
    ARM_AFTER = 0.4
    AUTO_FOCUS = ""

    def __init_subclass__(cls, **options: Any) -> None:
        cls.BINDINGS = bindings(cls.KEYS)
        super().__init_subclass__(**options)

    def __init__(self, station: Station) -> None:
        super().__init__()
        self.station = station
        self._focused_at = station.clock()

    @property
    def armed(self) -> bool:
        """Whether keys count by now."""
        return self.station.clock() - self._focused_at >= self.ARM_AFTER

    def action_copy_text(self) -> None:
        """Copy what was selected with the mouse, and say where it went."""
        _copy_selected(self, self.station)

    def pulse(self) -> None:
        """Renew what is shown; the app calls it ten times a second."""

    def on_screen_resume(self) -> None:
        """Begin the 400 ms when the box comes to the front."""
        self.rearm()

    def rearm(self) -> None:
        """Begin the 400 ms anew: the box, or the terminal it is in, just got the focus."""
        self._focused_at = self.station.clock()


@cache
def _with_acts(view: type[View]) -> type[View]:
    body = {"BINDINGS": bindings(view.ACTS), "__module__": view.__module__, "__doc__": view.__doc__}
    return type(view.__name__, (view,), body)
