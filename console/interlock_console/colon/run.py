"""``:run r-ab12``: open a run by the beginning of its id, also one that is not in the fleet any more."""

from functools import partial
from typing import Any

from textual.app import App

from interlock.text import visible_line
from interlock_console.client import segment
from interlock_console.colon import Colon
from interlock_console.screens import View

_LEAST = 6
"""Characters of the shortest beginning that the hub looks for: ``r-`` and four."""
_MOST = 40


def _run(app: App[None], view: View, words: list[str]) -> str | None:
    if len(words) != 1:
        return "type :run and the beginning of a run's id, such as :run r-ab12"
    sought = words[0] if words[0].startswith("r-") else f"r-{words[0]}"
    found = [run for run in view.station.runs if run.startswith(sought)]
    if sought in found or len(found) == 1:
        view.open_run(sought if sought in found else found[0])
        return None
    if found:
        return f"{len(found)} runs begin with {visible_line(sought, 20)}; type more of it"
    if len(sought) < _LEAST:
        return f"no run here begins with {visible_line(sought, 20)}; with four characters after r- the hub is asked"
    view.note(f"asking the hub for {visible_line(sought, 20)}")
    view.station.desk.ask(
        lambda client: client.get(f"/v1/runs/{segment(sought)}"), partial(_answered, app, view, sought)
    )
    return None


def _answered(app: App[None], view: View, sought: str, answer: dict[str, Any] | None, problem: str) -> None:
    """Open the run on the screen's thread, if the view that asked is in front still."""
    if answer is None:
        view.note(f"no run {visible_line(sought, 20)}: {visible_line(problem, 160)}", "held")
        return
    run = str(answer["run"]["run"])

    def show() -> None:
        if app.screen is view:
            view.open_run(run)
        else:
            view.note(f"found {visible_line(run, 20)}; :run opens it")

    app.call_later(show)


def _ids(view: View, words: list[str]) -> list[str]:
    return [] if words else sorted(view.station.runs)[:_MOST]


COMMAND = Colon(("run", "open"), "open a run by the beginning of its id", "run r-ab12", _run, completes=_ids)
