"""The console: views on a stack, one pump that carries what the feed changed to them, and a quiet way out."""

import sys
import traceback
from argparse import Namespace
from typing import ClassVar

from textual.binding import Binding, BindingType

from interlock.text import visible
from interlock_console import net, themes, typed
from interlock_console.alerts import Alerts
from interlock_console.client import Hub
from interlock_console.desk import Desk
from interlock_console.link import Link
from interlock_console.screens import Dialog, View, acting
from interlock_console.state import Fleet, Note
from interlock_console.station import Station
from interlock_console.steady import Steady
from interlock_console.widgets.lines import FPS

__all__ = ["Console", "run"]


class Console(Steady, inherit_bindings=False):
    """Shows views; what it knows comes from the station. No palette, no toasts, no title out of data."""

    CSS_PATH = "console.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "interlock"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "first", "the fleet", show=False, id="fleet"),
        Binding("ctrl+c,ctrl+q", "hint", show=False),
    ]

    def __init__(self, station: Station, theme: str = themes.DEFAULT) -> None:
        super().__init__()
        self.station = station
        self._alerts = Alerts(station)
        net.hang(self)
        typed.lenient()
        self.set_class(station.ascii, "ascii")
        found = themes.load(theme)
        self.register_theme(found)
        self.theme = found.name
        self.failure = ""
        """The traceback of the error that ended the console, without the values of variables."""

    def on_mount(self) -> None:
        """Start to carry."""
        self.set_interval(1 / FPS, self.carry)

    def on_app_focus(self) -> None:
        """Let no dialog count a key that was meant for another window."""
        if isinstance(dialog := self.screen, Dialog):
            dialog.rearm()

    def get_default_screen(self) -> View:
        """Start with the fleet."""
        from interlock_console.screens.fleet import FleetView

        view: type[View] = acting(FleetView, self.station.read_only)
        return view(self.station)

    def carry(self) -> None:
        """Bring what the feed changed to every screen on the stack."""
        pull = self.station.fleet.pull()
        if pull.whole:
            self.station.runs = dict(pull.changed)
        else:
            self.station.runs.update(pull.changed)
        if self._alerts.due():
            self.bell()
        for screen in self.screen_stack:
            if isinstance(screen, View):
                screen.pulse(pull.changed, pull.whole)
            elif isinstance(screen, Dialog):
                screen.pulse()

    # Keys of every view.

    def action_up(self) -> None:
        """Close the view in front; from the first one, ask whether to leave."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            from interlock_console.screens.leave import LeaveDialog

            self.push_screen(LeaveDialog(self.station))

    def action_first(self) -> None:
        """Go back to the fleet."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_last(self) -> None:
        """Go to the view before this one: back from a run, or to the run that was open."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.station.last_run and isinstance(view := self.screen, View):
            view.open_run(self.station.last_run)

    def action_help(self) -> None:
        """Show what the keys of the view in front do."""
        if isinstance(view := self.screen, View):
            from interlock_console.screens.help import HelpScreen

            self.push_screen(HelpScreen(view.NAME, view.keys))

    def action_hint(self) -> None:
        """Say how to leave."""
        self.station.tell(
            Note(self.station.wall(), "", "q goes up one level, and leaves from the first view", "text")
        )

    def caught_up(self, seconds: float) -> None:
        """Say that the terminal had stopped: what is shown is current again."""
        said = f"the terminal took nothing for {seconds:.0f} s; keys and data went on, this is current"
        self.station.tell(Note(self.station.wall(), "", said, "held"))

    def _fatal_error(self) -> None:
        """Keep the traceback for after the screen is restored: no local variables, and nothing a terminal obeys.

        Textual's own prints the values of all local variables, with whatever an agent wrote in them.
        """
        self.failure = visible("".join(traceback.format_exception(sys.exception())))
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """End the console; what an exception would have printed by itself goes the same way as any other."""
        if sys.exception() is not None:
            self._fatal_error()
            return
        # An error of another thread is told from here, where it is no longer being handled.
        self.failure = visible("".join(f"{_cause(renderable)}\n" for renderable in renderables))
        self._close_messages_no_wait()


def _cause(renderable: object) -> str:
    """Return the kind and message of an error that Rich would have drawn; its frames hold what agents wrote."""
    from rich.traceback import Traceback

    if isinstance(renderable, Traceback):
        return "\n".join(f"{stack.exc_type}: {stack.exc_value}" for stack in renderable.trace.stacks)
    return str(renderable)


def run(hub: Hub, args: Namespace) -> int:
    """Show the console of ``hub`` until the operator leaves. Return 0, or 1 after an error of the console's own."""
    read_only = args.read_only or hub.context.read_only
    station = Station(Fleet(), Desk(hub), read_only=read_only, ascii=args.ascii, context=hub.context)
    station.view = args.view
    link = Link(hub, station.fleet)
    app = Console(station, args.theme or hub.context.theme or themes.DEFAULT)
    link.start()
    try:
        app.run(mouse=args.mouse)
    finally:
        link.stop()
        station.desk.close()
    if app.failure:
        sys.stderr.write(app.failure)
        return app.return_code or 1
    return app.return_code or 0
