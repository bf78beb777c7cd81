"""Commands, palette, help and the operator's own keys: the ways to everything the console can do."""

from collections.abc import Sequence
from functools import partial

from textual import events
from textual.keys import key_to_character

from interlock_console.colon import Colon
from interlock_console.keymap import Keymap
from interlock_console.keys import Entry
from interlock_console.screens import View
from interlock_console.station import Station
from interlock_console.switching import Switching

__all__ = ["Commanding"]


class Commanding(Switching):
    """Opens the line, the palette and the help, and runs what was chosen there."""

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        from interlock_console.colon._history import History

        self._history = History()
        self.keymap = Keymap()

    def remap(self, keymap: Keymap) -> None:
        """Use the operator's keys; what of the file does not hold is said."""
        self.keymap = keymap
        self.station.keymap = keymap.keys
        self.set_keymap(keymap.keys)
        for problem in keymap.problems[:1]:
            more = f"; {len(keymap.problems) - 1} more" if len(keymap.problems) > 1 else ""
            self.say(f"keymap: {problem}{more}; interlock keymap check says all", "held")

    def commands(self) -> Sequence[Colon]:
        """Return what may be typed here: the commands of the files, and the name of every view."""
        from interlock_console.colon import found
        from interlock_console.colon._views import by_name

        self.discover()
        given = found(self.station.looks_only)
        taken = {name for command in given for name in command.names}
        return [*given, *(by_name(name) for name in sorted(self.shelf.views) if name not in taken)]

    def action_colon(self, typed: str = "") -> None:
        """Open the line to type a command into."""
        if not isinstance(view := self.screen, View):
            return
        from interlock_console.colon._line import offers
        from interlock_console.screens.command import CommandLine

        suggest = partial(offers, view, self.commands())
        self.push_screen(CommandLine(suggest, self._history.lines, typed), partial(self._entered, view))

    def _entered(self, view: View, line: str | None) -> None:
        if line:
            self._history.add(line)
            self.run_line(view, line)

    def run_line(self, view: View, line: str) -> None:
        """Carry out a command on a view and say what came of it."""
        from interlock_console.colon._line import run

        if said := run(self, view, self.commands(), line):
            self.say(said)

    def action_palette(self) -> None:
        """Find anything by typing."""
        if isinstance(view := self.screen, View):
            from interlock_console.screens.palette import Palette

            self.push_screen(Palette(self._entries(view)), self.choose)

    def action_help(self) -> None:
        """Show what can be done in the view in front."""
        if isinstance(view := self.screen, View):
            from interlock_console.screens.help import HelpScreen

            self.push_screen(HelpScreen(self._entries(view)), self.choose)

    def _entries(self, view: View) -> list[Entry]:
        from interlock_console.palette import entries

        return entries(view, self.shelf, self.commands())

    def choose(self, entry: Entry | None) -> None:
        """Run an entry of palette or help as if its key was pressed or its command typed; orders are not given so."""
        if entry is None or not isinstance(view := self.screen, View):
            return
        if entry.acting and not entry.line:
            self.say(f"press {entry.keys} itself: enter in a list gives no order ({entry.says})", "held")
        elif entry.press:
            self.post_message(events.Key(entry.press, key_to_character(entry.press)))
        elif entry.takes or entry.acting:
            self.action_colon(f"{entry.line} ")
        elif entry.line:
            self.run_line(view, entry.line)
