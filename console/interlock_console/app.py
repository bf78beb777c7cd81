"""The console: views on stacks, one pump that carries what the feed changed to them, and a quiet way out."""

import signal
import sys
from argparse import Namespace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.filter import Monochrome, NoColor

from interlock_console import mouse, net, themes, typed
from interlock_console.background import watched
from interlock_console.client import Hub
from interlock_console.commanding import Commanding
from interlock_console.css import Sheet
from interlock_console.desk import Desk
from interlock_console.keymap import Keymap
from interlock_console.keymap import start as start_keymap
from interlock_console.link import Link
from interlock_console.onward import become_console
from interlock_console.screens import Dialog, View
from interlock_console.state import Fleet
from interlock_console.station import Station
from interlock_console.widgets.lines import FPS

__all__ = ["Console", "run"]


class Console(Commanding):
    """Shows views; what it knows comes from the station. No toasts, no title out of data, no palette of Textual's."""

    CSS_PATH = "console.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "interlock"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "hint", show=False),
        Binding("ctrl+z", "suspend", show=False),
    ]

    def __init__(self, station: Station, theme: str = themes.DEFAULT, keymap: Keymap | None = None) -> None:
        super().__init__(station)
        net.hang(self)
        typed.lenient()
        if self.no_color:
            # Bold, underlined and reversed are what is asked for then, and not the same colours in grey.
            self._filters = [NoColor() if isinstance(found, Monochrome) else found for found in self._filters]
        self.set_class(station.ascii, "ascii")
        found = themes.load(theme)
        self.register_theme(found)
        self.theme = found.name
        # In the colours of the theme from the first rule on, and not in Textual's own before them.
        self.stylesheet = Sheet(variables=self.get_css_variables())
        self._dressed = found.name
        self.remap(keymap or Keymap())

    def on_mount(self) -> None:
        """Start to carry; look at everything the first frame can do without after it."""
        self.set_interval(1 / FPS, self.carry)
        self.look_ahead()
        # The terminal has forgotten the screen when the console comes back to it.
        self.app_resume_signal.subscribe(self, self._resumed)  # pyright: ignore[reportUnknownMemberType]

    def refresh_css(self, animate: bool = True) -> None:
        """Dress every view anew, once a theme was changed: in the first one each is mounted as it is to be."""
        if self.theme != self._dressed:
            self._dressed = ""
            super().refresh_css(animate)

    def _resumed(self, _: object) -> None:
        self.screen.refresh()

    def on_app_focus(self) -> None:
        """Let no dialog count a key that was meant for another window."""
        if isinstance(dialog := self.screen, Dialog):
            dialog.rearm()

    def carry(self) -> None:
        """Bring what the feed changed to every screen on the stack in front; the others look when they come back."""
        pull = self.station.fleet.pull()
        if pull.whole:
            self.station.runs = dict(pull.changed)
        else:
            self.station.runs.update(pull.changed)
        self.station.carried += 1
        for screen in self.screen_stack:
            if isinstance(screen, View):
                screen.pulse(pull.changed, pull.whole)
            elif isinstance(screen, Dialog):
                screen.pulse()

    def action_hint(self) -> None:
        """Say how to leave."""
        self.say("q goes up one level, and leaves from the first view; nothing else ends the console")

    def caught_up(self, seconds: float) -> None:
        """Say that the terminal had stopped: what is shown is current again."""
        self.say(
            f"the terminal took nothing for {seconds:.0f} s; keys and data went on, this is current", "held"
        )

    def action_suspend(self) -> None:
        """Go to the background where the terminal can; the hub and every run go on."""
        if self._driver is None or not self._driver.can_suspend or not watched():
            self.say("no shell could bring the console back: it stays in front", "held")
            return
        self.say(
            "the console was in the background: what is shown may be older than it says until the hub is heard"
        )
        self.action_suspend_process()


def run(hub: Hub, args: Namespace) -> int:
    """Show the console of ``hub`` until the operator leaves. Return 0, or 1 after an error of the console's own."""
    context = hub.context
    station = Station(
        Fleet(), Desk(hub), read_only=args.read_only or context.read_only, ascii=args.ascii, context=context
    )
    station.view = args.view
    link = Link(hub, station.fleet, who=station.user)
    theme, problem = themes.first(args.theme, context.name, context.theme)
    app = Console(station, theme, start_keymap(args.keymap))
    for said in filter(None, (problem, mouse.SHIFT if args.mouse else "")):
        app.say(said, "held")
    # Told to end from outside, it still gives the terminal back.
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: app.exit(return_code=128 + number))
    link.start()
    station.desk.warm()
    try:
        app.run(mouse=args.mouse)
    finally:
        link.stop()
        station.desk.close()
    if app.failure:
        sys.stderr.write(app.failure)
        return app.return_code or 1
    if app.onward:
        return become_console(app.onward, args)
    return app.return_code or 0
