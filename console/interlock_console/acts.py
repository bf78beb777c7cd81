"""What an acting key does in a view: to what is marked, to the group the cursor stands on, else to one run.

The ids and names are taken when the key is pressed. Marked runs are frozen at once, as one run is; a group asks first.
"""

from typing import TYPE_CHECKING

from interlock_console.aim import Aim, of_scope
from interlock_console.orders import give

if TYPE_CHECKING:
    from interlock_console.screens import View

__all__ = ["ask", "dial", "kill", "order", "scope"]


def kill(view: "View") -> None:
    """Pause what is marked, or the run under the cursor, at once, and open the kill dialog."""
    marked = view.marked()
    if len(marked) > 1:
        from interlock_console.screens import app_of
        from interlock_console.screens.marked import MarkedDialog

        MarkedDialog.begin(app_of(view), view.station, marked)
    elif not marked and (group := view.scope()) is not None:
        ask(view, "kill", of_scope(*group))
    elif (run := marked[0] if marked else view.target()) is not None:
        from interlock_console.screens.kill import KillDialog

        KillDialog.begin(view, run)


def order(view: "View", verb: str) -> None:
    """Pause or resume what is marked, or the run under the cursor; a group asks first."""
    marked = view.marked()
    if len(marked) > 1:
        from interlock_console.screens import app_of
        from interlock_console.screens.marked import pause_marked, resume_marked

        if verb == "resume":
            resume_marked(app_of(view), view.station, marked)
        else:
            pause_marked(view.station, marked)
    elif not marked and (group := view.scope()) is not None:
        ask(view, verb, of_scope(*group))
    elif (run := marked[0] if marked else view.target()) is not None:
        give(view.station, verb, run)


def scope(view: "View") -> None:
    """Open the menu: whom, then what."""
    from interlock_console.screens.scope import ScopeMenu

    ScopeMenu.begin(view)


def dial(view: "View") -> None:
    """Open the dial: of whom, then how far."""
    from interlock_console.screens.dial import DialDialog

    DialDialog.begin(view)


def ask(view: "View", verb: str, aim: Aim) -> None:
    """Open the dialog that says whom an order would reach, and gives it once their count was typed."""
    from interlock_console.screens import app_of
    from interlock_console.screens.scope import ScopeDialog

    app_of(view).push_screen(ScopeDialog(view.station, verb, aim))
