"""What ``:claim`` and ``:note`` have in common: one run, a question from a thread, and a line in the ticker."""

from typing import Any

from interlock_console.client import Client, segment
from interlock_console.screens import View
from interlock_console.state import Note

__all__ = ["ask", "one_run"]

Json = dict[str, Any]


def one_run(view: View) -> str | None:
    """Return the run that is marked alone, or the one the view stands on."""
    marked = view.marked()
    return marked[0] if len(marked) == 1 else None if marked else view.target()


def ask(view: View, run: str, what: str, body: Json, said: str) -> None:
    """Ask it of the hub; what came of it is told in the ticker."""
    station = view.station

    def job(client: Client) -> Json:
        return client.post(f"/v1/runs/{segment(run)}/{what}", body)

    def done(answer: Json | None, problem: str) -> None:
        late = ", but UNRECORDED" if answer and answer["unrecorded"] else ""
        told = problem or f"{said}{late}"
        station.tell(Note(station.wall(), run, told, "alarm" if problem or late else "text"))

    station.desk.ask(job, done)
