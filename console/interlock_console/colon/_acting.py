"""What ``:kill``, ``:pause``, ``:resume`` and ``:cancel`` are about: the words behind them, else what is marked."""

from collections.abc import Callable, Iterable
from typing import Any

from textual.app import App

from interlock.text import visible_line
from interlock_console import acts
from interlock_console.aim import Aim, of_runs, of_scope, parse
from interlock_console.colon import Act, Colon
from interlock_console.orders import give
from interlock_console.screens import View

__all__ = ["acting", "aims", "resolved"]

_WHOM = " (runs, agent:NAME, role:NAME, fleet)"
_MOST = 40


def acting(verb: str, says: str, here: Callable[[View], None]) -> Colon:
    """Return the command of a verb. Without words it does ``here`` what the verb's key does in the view."""
    return Colon((verb,), says + _WHOM, f"{verb} [WHOM]", _act(verb, here), acting=True, completes=aims)


def _act(verb: str, here: Callable[[View], None]) -> Act:
    def act(app: App[None], view: View, words: list[str]) -> str | None:
        if not words:
            here(view)
            return None
        aim, problem = resolved(view, words)
        if aim is None:
            return problem
        _give(app, view, verb, aim)
        return None

    return act


def _give(app: App[None], view: View, verb: str, aim: Aim) -> None:
    if aim.kind != "runs" or (len(aim.runs) > 1 and verb != "kill"):
        acts.ask(view, verb, aim)
    elif verb != "kill":
        for run in aim.runs:
            give(view.station, verb, run)
    elif len(aim.runs) == 1:
        from interlock_console.screens.kill import KillDialog

        KillDialog.begin(view, aim.runs[0])
    else:
        from interlock_console.screens.marked import MarkedDialog

        MarkedDialog.begin(app, view.station, aim.runs)


def resolved(view: View, words: list[str]) -> tuple[Aim | None, str]:
    """Return what the words are about, or None and what is wrong with them. Several words are runs, and only runs."""
    first = parse(words[0])
    if first is not None and first.kind != "runs":
        return (
            _named(view, first) if len(words) == 1 else (None, f"{first.said} stands alone; nothing was sent")
        )
    runs: list[str] = []
    for word in words:
        found = [run for run in view.station.runs if run.startswith(word)] if word.startswith("r-") else []
        if len(found) != 1:
            what = "no run begins with" if not found else f"{len(found)} runs begin with"
            return None, f"{what} {visible_line(word, 40)}; nothing was sent"
        runs += found
    return of_runs(dict.fromkeys(runs)), ""


def _named(view: View, typed: Aim) -> tuple[Aim | None, str]:
    """Return the scope that is meant by what was typed as a name is shown, or None where several are shown so.

    A name with a hidden character is shown with a sign for it, and another agent may have chosen that very text.
    """
    if typed.kind == "fleet":
        return typed, ""
    looks = visible_line(typed.name)
    names = {getattr(state, typed.kind).raw for state in view.station.runs.values()}
    alike = {name for name in names if visible_line(name) == looks}
    if len(alike) > 1:
        told = f"{len(alike)} names look like {visible_line(looks, 40)}; put the cursor on a run of it and press X"
        return None, f"{told}; nothing was sent"
    return (of_scope(typed.kind, alike.pop()) if alike else typed), ""


def aims(view: View, words: list[Any]) -> Iterable[str]:
    """Return what may stand behind the verb: the roles and agents there are, the fleet, runs."""
    runs = view.station.runs
    if words:
        return list(runs)[:_MOST]
    roles = sorted({f"role:{state.role.raw}" for state in runs.values() if state.role.raw})
    agents = sorted({f"agent:{state.agent.raw}" for state in runs.values() if state.agent.raw})
    return [*roles[:_MOST], *agents[:_MOST], "fleet", *list(runs)[:_MOST]]
