"""Going from view to view: each has a stack of its own that is kept, a digit or a name brings it to the front."""

from collections.abc import Callable
from typing import Any, ClassVar

from textual.binding import BindingType

from interlock.text import visible_line
from interlock_console import themes
from interlock_console.braking import Braking
from interlock_console.discovery import DIGITS, Shelf, names
from interlock_console.keys import bindings
from interlock_console.screens import View, acting
from interlock_console.state import Note
from interlock_console.station import Station

__all__ = ["HOME", "Switching"]

HOME = "fleet"
"""The name of the view the console starts with, and of its stack."""


class Switching(Braking):
    """Finds the views and shows them."""

    DEFAULT_MODE = HOME
    BINDINGS: ClassVar[list[BindingType]] = bindings(DIGITS)

    def __init__(self, station: Station) -> None:
        super().__init__()
        self.station = station
        self.shelf = Shelf()
        self._made: set[str] = set()
        self._stack(HOME, self.get_default_screen)
        self.onward = ""
        """The context whose console comes in the place of this one when it ends; empty for none."""
        self._arrived: tuple[str, int, str] | None = None
        """The stack a switch led to, how deep it was, and the stack before: what ``-`` goes back by."""

    def _stack(self, name: str, made: Callable[[], View]) -> None:
        app: Any = self
        app.add_mode(name, made)
        self._made.add(name)

    def get_default_screen(self) -> View:
        """Start with the fleet; no other view is imported before its first frame."""
        self.shelf.look(HOME)
        return self._built(HOME)

    def _built(self, name: str) -> View:
        view: type[View] = acting(self.shelf.views[name], self.station.read_only)
        return view(self.station)

    def say(self, text: str, tone: str = "text") -> None:
        """Put a sentence of the console's own into the ticker."""
        self.station.tell(Note(self.station.wall(), "", visible_line(text), tone))

    def discover(self) -> None:
        """Find every view that was not found yet."""
        self.shelf.look_at_all()

    def look_ahead(self) -> None:
        """Import the views one by one between frames, so that no first key has to wait; then tell problems."""
        rest = iter(names())

        def one() -> None:
            if (name := next(rest, None)) is None:
                self._looked()
                return
            self.shelf.look(name)
            self.call_after_refresh(one)

        self.call_after_refresh(one)

    def _looked(self) -> None:
        for problem in (*self.shelf.problems, *themes.broken()):
            self.say(problem, "held")
        if self.station.view in self.shelf.views and len(self.screen_stack) == 1:
            self.visit(self.station.view)

    def visit(self, name: str) -> bool:
        """Bring the view of this name to the front as it was left; again, the view itself. False: there is none.

        One without a digit has no place of its own: it comes above what is in front, and ``q`` goes back.
        """
        if name not in self.shelf.views:
            self.discover()
        if name not in self.shelf.views:
            return False
        if name == self.current_mode:
            while len(self.screen_stack) > 1:
                self.pop_screen()
            return True
        if not self.shelf.views[name].DIGIT:
            if not isinstance(self.screen, self.shelf.views[name]):
                self.push_screen(self._built(name))
            return True
        before = self.current_mode
        if name not in self._made:
            self._stack(name, lambda: self._built(name))
        self.switch_mode(name)
        self._arrived = (name, len(self.screen_stack), before)
        return True

    # Keys of every view.

    def action_digit(self, digit: str) -> None:
        """Show the view that has this digit."""
        if digit not in self.shelf.digits:
            self.discover()
        name = self.shelf.digits.get(digit)
        if name is None or not self.visit(name):
            known = ", ".join(f"{key} {view}" for key, view in sorted(self.shelf.digits.items()))
            self.say(f"no view has the digit {digit}; there are {known}")

    def action_up(self) -> None:
        """Close the view in front; from the first one of its stack, ask whether to leave."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            from interlock_console.screens.leave import LeaveDialog

            self.push_screen(LeaveDialog(self.station))

    def action_last(self) -> None:
        """Go to the view before this one: where a digit led from, back from a run, or to the run that was open."""
        if self._arrived is not None and self._arrived[:2] == (self.current_mode, len(self.screen_stack)):
            self.visit(self._arrived[2])
        elif len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.station.last_run and isinstance(view := self.screen, View):
            view.open_run(self.station.last_run)
