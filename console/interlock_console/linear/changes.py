"""What changed in the fleet, as sentences: one for each run that needs a person or does no longer, else numbers.

Pure. A run is spoken of when its word or one of its flags is another than it was when it was last spoken of; what
came and went in between is not said.
"""

from collections.abc import Iterable, Mapping

from interlock.ids import shorten
from interlock.reserved import CANARY
from interlock.runs import RunState
from interlock.words import Need, flags, need, phrase, word
from interlock_console.output import line

__all__ = ["Changes", "about", "needs", "seen"]

_MOST = 8
"""Runs that are spoken of one by one at once; more are counted."""

_NEEDS = {
    Need.STOP: "its stop is not proven yet",
    Need.LOOP: "look, then pause or kill it",
    Need.LOST: "find out what became of its process",
    Need.UNKNOWN: "find out how one of its calls ended",
    Need.ASKS: "decide the call that waits; asks lists it",
    Need.GONE: "find out what became of its process",
    Need.HELD: "resume or kill it",
    Need.LEFT: "find out how one of its calls ended",
    Need.FAILED: "read why it failed",
}


def needs(state: RunState) -> str:
    """Return what a run needs of a person, empty for nothing."""
    return _NEEDS.get(need(state), "")


def seen(runs: Iterable[RunState]) -> list[RunState]:
    """Return those that are somebody's: the hub's own proofs of the brake are not."""
    return [state for state in runs if state.role.raw != CANARY]


def about(state: RunState) -> str:
    """Return a run in one visible line: id, agent, word, the sentence behind it, what is odd, what it needs."""
    odd = ", ".join(flags(state))
    wanted = needs(state)
    parts = [
        f"{line(shorten(state.run))} {line(state.agent, 30)}: {word(state).word}",
        line(phrase(state), 160),
    ]
    return ". ".join([*parts, *([odd] if odd else []), *([f"Needs: {wanted}"] if wanted else [])])


class Changes:
    """Remembers what was said of each run."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, ...]] = {}
        self._told = False

    def of(self, runs: Mapping[str, RunState], changed: Iterable[str] | None) -> list[str]:
        """Return what to say now, given every run and the ids of those that may have changed; None is all of them.

        The first time that is nothing: what there is already is what lists are for.
        """
        names = runs if changed is None else [run for run in changed if run in runs]
        states = seen(runs[run] for run in names)
        fresh = {state.run: _sign(state) for state in states}
        before = (
            self._said if changed is None else {run: self._said[run] for run in fresh if run in self._said}
        )
        self._said = fresh if changed is None else self._said | fresh
        if not self._told:
            self._told = True
            return []
        news = sorted((state for state in states if before.get(state.run) != fresh[state.run]), key=need)
        loud = [
            state
            for state in news
            if needs(state) or _needed(before.get(state.run)) or _turned(before.get(state.run), state)
        ]
        said = [about(state) for state in loud[:_MOST]]
        if len(loud) > _MOST:
            said.append(f"and {len(loud) - _MOST} more runs changed; 'needs' lists those that need somebody")
        return said + _calm([state for state in news if state not in loud], before)


def _sign(state: RunState) -> tuple[str, ...]:
    """The numbers in flags go up all the time; that they are there is what counts."""
    return (needs(state), word(state).word, *(flag.partition(" ")[0] for flag in flags(state)))


def _turned(sign: tuple[str, ...] | None, state: RunState) -> bool:
    """Say whether a run that was spoken of went into shadow or out of it: that is never left out."""
    return sign is not None and ("SHADOW" in sign) != state.shadowed


def _needed(sign: tuple[str, ...] | None) -> bool:
    return bool(sign and sign[0])


def _calm(changed: list[RunState], before: Mapping[str, tuple[str, ...]]) -> list[str]:
    began = sum(state.run not in before for state in changed)
    other = len(changed) - began
    said = [f"{began} run{'s' * (began != 1)} began"] * bool(began)
    said += [f"{other} went on or ended as they should"] * bool(other)
    return [", ".join(said)] if said else []
