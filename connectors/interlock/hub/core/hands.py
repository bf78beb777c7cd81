"""Hands: who has a run in hand, and what people noted about it. Recorded first, then told to the run's trace."""

from collections.abc import Callable

from interlock.events import RunClaimed, RunNoted, RunReleased
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal
from interlock.hub.core.world import Run

__all__ = ["NOTES_MAX", "NOTE_MAX", "Hands"]

NOTE_MAX = 2000
"""Characters of a note, after secrets were taken out."""
NOTES_MAX = 1000
"""Notes of one run; a person writes a few, so more is a program that went wrong."""
BY_MAX = 128


class Hands:
    """Claims, releases and notes. None of them gives or takes a right: an order needs no claim."""

    def __init__(self, desk: Desk, redact: Callable[[str], str]) -> None:
        self._desk, self._redact = desk, redact

    def claim(self, request: int, name: str, by: str, note: str, *, take: bool) -> None:
        """Put the run into the hands of ``by``, or refuse: only ``take`` takes it from somebody else."""
        run, by = self._desk.world.runs.get(name), by[:BY_MAX]
        if run is None:
            self._desk.refuse(request, _no_run(name))
        elif run.claimed_by == by:
            self._again(request, run, by, note)
        elif run.claimed_by and not take:
            self._desk.refuse(request, _claimed(run))
        else:
            self._hand("claim", request, run, by, note)

    def _again(self, request: int, run: Run, by: str, note: str) -> None:
        if note:
            self.note(request, run.name, by, note)
        else:
            self._desk.then(lambda: self._desk.reply(request, ()))

    def release(self, request: int, name: str, by: str, note: str, *, take: bool) -> None:
        """Let the run go, or refuse: another's claim ends with ``take`` only."""
        run, by = self._desk.world.runs.get(name), by[:BY_MAX]
        if run is None:
            self._desk.refuse(request, _no_run(name))
        elif not run.claimed_by:
            problem = f"nobody has run {name!r} in hand"
            self._desk.refuse(request, Refusal("conflict", problem, "there is nothing to release"))
        elif run.claimed_by != by and not take:
            self._desk.refuse(request, _claimed(run))
        else:
            self._hand("release", request, run, by, note)

    def _hand(self, kind: str, request: int, run: Run, by: str, note: str) -> None:
        taken = "" if run.claimed_by == by else run.claimed_by
        body = {"by": by, "note": self._text(note), "taken_from": taken, "at": self._desk.now.wall}
        self._desk.write(Fact(kind, body, run=run.name))
        told = run.hand
        self._then(request, run, told)

    def note(self, request: int, name: str, by: str, text: str) -> None:
        """Keep a note, unless the run has too many."""
        run, text = self._desk.world.runs.get(name), self._text(text)
        if run is None:
            self._desk.refuse(request, _no_run(name))
        elif len(run.noted) >= NOTES_MAX:
            problem = f"run {name!r} has {NOTES_MAX} notes already"
            self._desk.refuse(request, Refusal("limit", problem, "write on where the incident is kept"))
        else:
            body = {"by": by[:BY_MAX], "text": text, "at": self._desk.now.wall}
            self._desk.write(Fact("note", body, run=name))
            self._then(request, run, run.noted[-1])

    def _text(self, text: str) -> str:
        return self._redact(text)[:NOTE_MAX]

    def _then(self, request: int, run: Run, told: RunClaimed | RunReleased | RunNoted | None) -> None:
        """Tell the trace, and answer, once it is on disk."""
        desk = self._desk
        if told is not None:
            desk.then(lambda: desk.tell(run.name, told))
        desk.then(lambda: desk.reply(request, ()))


def _no_run(name: str) -> Refusal:
    return Refusal("not_found", f"no run {name!r}", "'interlock runs' lists what there is")


def _claimed(run: Run) -> Refusal:
    problem = f"run {run.name!r} is in the hands of {run.claimed_by!r}"
    return Refusal("claimed", problem, "ask them, or take it over: that is recorded")
