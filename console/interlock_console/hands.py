"""Who has a run in hand, and what people write about it: what the keys for that send, and what came of it.

A claim or a note stops nobody. Both go into the record, one question after another on one thread: the hub puts each on
disk before it answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interlock.errors import HubUnavailable, InterlockError
from interlock.ids import shorten
from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console.client import Client, segment
from interlock_console.state import Note
from interlock_console.station import Station

if TYPE_CHECKING:
    from interlock_console.screens import View

__all__ = ["MOST", "NOTE_MAX", "Sorted", "claim", "meant", "note", "of_runs", "send", "sort_out"]

Json = dict[str, Any]

MOST = 200
"""Runs that are claimed or noted on with one key."""
NOTE_MAX = 2000


@dataclass(slots=True)
class Sorted:
    """Runs by whose hands they are in."""

    free: list[str] = field(default_factory=list[str])
    mine: list[str] = field(default_factory=list[str])
    others: list[str] = field(default_factory=list[str])


def sort_out(runs: Iterable[str], states: Mapping[str, RunState], me: str) -> Sorted:
    """Return the runs by whose they are; ``me`` is the text under which the hub keeps what I do."""
    found = Sorted()
    for run in runs:
        state = states.get(run)
        by = state.claimed_by.raw if state is not None else ""
        (found.free if not by else found.mine if by == me else found.others).append(run)
    return found


def of_runs(runs: Sequence[str]) -> str:
    """Return what a sentence calls these runs."""
    return shorten(runs[0]) if len(runs) == 1 else f"{len(runs)} runs"


def meant(view: "View") -> tuple[str, ...]:
    """Return the runs a key is about: those that are marked, else the one under the cursor. Says why there is none."""
    marked = view.marked()
    if len(marked) > MOST:
        view.note(f"{len(marked)} runs are marked, {MOST} at most go at once; nothing was sent", "held")
        return ()
    if not marked and view.scope() is not None:
        view.note("this is a group: space marks its runs, then the key is about them", "held")
        return ()
    run = None if marked else view.target()
    return marked or ((run,) if run else ())


def claim(view: "View") -> None:
    """Take what is free in hand; let go what is all mine; ask before anything is taken from somebody."""
    runs, station = meant(view), view.station
    if not runs:
        return
    found = sort_out(runs, station.runs, station.claims_as)
    if found.others:
        from interlock_console.screens import app_of
        from interlock_console.screens.hands import TakeDialog

        app_of(view).push_screen(TakeDialog(station, tuple(found.free), tuple(found.others)))
    elif found.free:
        send(station, found.free, "claim", {"claim": True}, "claimed")
    else:
        send(station, found.mine, "claim", {"claim": False}, "released")


def note(view: "View") -> None:
    """Ask for a note in a line of its own, and send it."""
    if runs := meant(view):
        from interlock_console.screens import app_of
        from interlock_console.screens.hands import NoteLine

        app_of(view).push_screen(NoteLine(view.station, runs))


def send(station: Station, runs: Sequence[str], what: str, body: Json, said: str) -> None:
    """Ask it of the hub for each run; what came of it is told in the ticker. A note that was not taken is kept."""

    def done(answer: Json | None, problem: str) -> None:
        if answer is None:
            told, bad = f"{said} not certain: {problem}", True
        else:
            told, bad = _became(answer, said, len(runs))
        if bad and "text" in body:
            station.drafts[tuple(runs)] = body["text"]
        about = runs[0] if len(runs) == 1 else ""
        station.tell(Note(station.wall(), about, told, "alarm" if bad else "text"))

    station.desk.ask(lambda client: _each(client, runs, what, body), done)


def _each(client: Client, runs: Sequence[str], what: str, body: Json) -> Json:
    """Ask for one run after another; return how many went well, and each that did not with its problem."""
    taken, late, refused = 0, False, list[tuple[str, str]]()
    for run in runs:
        try:
            answer = client.post(f"/v1/runs/{segment(run)}/{what}", body)
        except HubUnavailable as error:
            refused.append((run, f"no answer in {error.waited:.1f} s, it may or may not have arrived"))
            break
        except InterlockError as error:
            refused.append((run, str(error)))
        else:
            taken, late = taken + 1, late or bool(answer["unrecorded"])
    return {"taken": taken, "late": late, "refused": refused}


def _became(answer: Json, said: str, count: int) -> tuple[str, bool]:
    """Return the sentence about what became of it, and whether it is bad news."""
    late = ", but UNRECORDED" if answer["late"] else ""
    refused: list[tuple[str, str]] = answer["refused"]
    many = f"{answer['taken']} of {count} " if count > 1 else ""
    if not refused:
        return f"{many}{said}{late}", bool(late)
    run, problem = refused[0]
    more = f"; and {count - answer['taken'] - 1} more" if count - answer["taken"] > 1 else ""
    first = f"{many}{said}{late}; " if count > 1 else f"not {said}: "
    return f"{first}{shorten(run) + ': ' if count > 1 else ''}{visible_line(problem)}{more}", True
