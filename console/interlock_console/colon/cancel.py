"""``:cancel``: ask agents to end by themselves; of many in waves."""

from interlock_console import acts
from interlock_console.aim import of_runs, of_scope
from interlock_console.colon._acting import acting
from interlock_console.orders import give
from interlock_console.screens import View


def _here(view: View) -> None:
    if len(marked := view.marked()) > 1:
        acts.ask(view, "cancel", of_runs(marked))
    elif not marked and (group := view.scope()) is not None:
        acts.ask(view, "cancel", of_scope(*group))
    elif (run := marked[0] if marked else view.target()) is not None:
        give(view.station, "cancel", run)


COMMAND = acting("cancel", "ask it to end", _here)
