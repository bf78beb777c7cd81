"""What the screens and commands call a run's state: one word, one mark, one tone, in that order of weight.

Pure and free of pydantic. The words never say more than the fold knows: ``STOPPED`` is only ever said of
a stop that every gate of the run confirmed.
"""

from dataclasses import dataclass
from enum import IntEnum

from interlock.runs import LOOP_AT, STREAK_AT, RunState

__all__ = ["Need", "Word", "flags", "need", "phrase", "word"]


@dataclass(frozen=True, slots=True)
class Word:
    """A state: ``word`` at most 9 characters, ``mark`` one, ``tone`` a theme colour's name."""

    word: str
    mark: str
    tone: str


_STOP = {
    "requested": Word("STOPPING", "!", "alarm"),
    "recorded": Word("STOPPING", "!", "alarm"),
    "presumed": Word("PRESUMED", "?", "alarm"),
    "confirmed": Word("STOPPED", "x", "still"),
}
_CLAIM = {
    "done": Word("DONE", ".", "quiet"),
    "failed": Word("FAILED", "!", "fault"),
    "cancelled": Word("CANCELLED", ".", "quiet"),
    "killed": Word("KILLED", "x", "still"),
    "ended": Word("ENDED", ".", "quiet"),
}
_HOLD = {"pausing": Word("PAUSING", "=", "held"), "drained": Word("PAUSED", "=", "held")}
_LOST = Word("LOST", "?", "fault")
_ENDING = Word("ENDING", "~", "held")
_RUN = Word("RUN", ">", "live")
_ASKS = Word("ASKS", "?", "held")
"""A call of it waits for a person's decision."""
_SHADOW = Word("SHADOW", "%", "shadow")
"""At work, and none of its writes happens. The mark stands behind every other word of such a run too."""


def word(state: RunState) -> Word:
    """Return the one word for a run. A stop outranks a loss, a loss a claim, a claim a pause.

    No run in shadow has the word and the mark of one that acts: what it is called must not pass for real.
    """
    found = _word(state)
    if not state.shadowed:
        return found
    return _SHADOW if found is _RUN else Word(found.word, _SHADOW.mark, found.tone)


def _word(state: RunState) -> Word:
    if state.stop:
        return _STOP[state.stop]
    if state.phase == "lost":
        return _LOST
    if state.phase == "finished":
        return _CLAIM.get(state.claim, _CLAIM["ended"])
    if state.hold:
        return _HOLD[state.hold]
    if state.waiting:
        return _ASKS
    return _ENDING if state.cancelling else _RUN


_PHRASES: dict[str, str] = {
    "STOPPING": "stopping",
    "PRESUMED": "presumed stopped: nothing new can start; not confirmed by every gate",
    "STOPPED": "confirmed stopped: no gated call in flight",
    "PAUSING": "pausing",
    "PAUSED": "paused and drained: no gated call in flight",
    "ENDING": "asked to end",
    "RUN": "running",
    "SHADOW": "running in shadow",
}
_COUNTED = frozenset({"STOPPING", "PAUSING", "ENDING", "RUN", "ASKS", "SHADOW"})
"""Words whose sentence says how many calls are in flight, also when none is known to be."""


def phrase(state: RunState) -> str:
    """Return the sentence behind the word: what is in flight, what nobody knows the end of, who has not answered."""
    name = word(state).word
    parts = [
        f"lost: {state.lost_why}"
        if name == "LOST"
        else _waiting(state)
        if name == "ASKS"
        else _PHRASES.get(name, f"the agent claims: {state.claim}")
    ]
    if name in _COUNTED:
        parts.append(_calls(state, len(state.flying), "in flight"))
    elif name == "LOST" and state.flying:
        parts.append(_calls(state, len(state.flying), "in flight when last heard"))
    elif _goes_on(state):
        parts.append("yet " + _calls(state, len(state.flying), "in flight"))
    if state.unknown:
        parts.append(_calls(state, len(state.unknown), "of unknown outcome"))
    if state.waiting and name not in ("ASKS", "STOPPED", "PRESUMED"):
        parts.append(_waiting(state))
    silent = len(set(state.gates) - set(state.answered))
    if name in ("STOPPING", "PAUSING") and silent:
        parts.append(f"{silent} gate{'s' * (silent != 1)} not answered yet")
    if state.shadowed:
        parts.append(_of_shadow(state))
    return ", ".join(parts)


def _waiting(state: RunState) -> str:
    waits = len(state.waiting)
    return f"{waits} call{'s' * (waits != 1)} wait{'s' * (waits == 1)} for a person"


def _of_shadow(state: RunState) -> str:
    """Say what shadow means of this very run: one that was turned there may have had effects before."""
    began = state.mode == "shadow"
    return "SHADOW: its writes are not run" if began else "SHADOW now, by policy or dial: no write runs"


def _calls(state: RunState, count: int, how: str) -> str:
    more = " or more" * bool(state.left_out)
    return f"{count}{more} call{'s' * (count != 1)} {how}"


def _goes_on(state: RunState) -> bool:
    """Say whether a run that claims to have ended has calls in flight at a gate that has not left."""
    return state.phase == "finished" and bool(state.flying) and bool(state.gates)


def flags(state: RunState) -> list[str]:
    """Return short marks of what is odd about the run, worst first; but that it is a shadow comes before all."""
    found: list[str] = ["SHADOW"] if state.shadowed else []
    if state.unknown:
        found.append(f"UNKNOWN {len(state.unknown)}")
    if state.repeat >= LOOP_AT:
        found.append(f"LOOP {state.repeat}")
    if state.streak >= STREAK_AT:
        found.append(f"ERR {state.streak}")
    if state.denied:
        found.append(f"DENIED {state.denied}")
    if state.mode not in ("live", "shadow"):
        found.append(state.mode.upper())
    return found


class Need(IntEnum):
    """How much a run needs a person, the most urgent first. What goes on comes before what is over."""

    STOP = 0
    """A stop that is not proven yet."""
    LOOP = 1
    """It repeats itself, fails in a row, or goes on although it claims to have ended."""
    LOST = 2
    """Nobody hears of it, and something of it may be under way."""
    UNKNOWN = 3
    """It runs, and nobody knows how one of its calls ended."""
    ASKS = 4
    """A call of it waits for a person's decision."""
    GONE = 5
    """Nobody hears of it, and nothing of it is known to be under way."""
    HELD = 6
    """It is paused: somebody has to say how it goes on."""
    LEFT = 7
    """It is over, and somebody has to find out how one of its calls ended."""
    FAILED = 8
    ERRORS = 9
    RUNNING = 10
    OVER = 11
    STOPPED = 12


def need(state: RunState) -> Need:
    """Return how much the run needs a person. The fleet is sorted by this.

    Calls that a recording left without an end are nobody's to find out.
    """
    unknown = bool(state.unknown) and state.mode != "replay"
    if state.stop and state.stop != "confirmed":
        return Need.STOP
    if _goes_on(state):
        return Need.LOOP
    if state.stop or state.phase == "finished":
        return Need.LEFT if unknown else _over(state)
    if state.phase == "lost":
        return Need.LOST if unknown or state.flying else Need.GONE
    if state.hold == "drained":
        return Need.UNKNOWN if unknown else Need.HELD
    return _going(state, unknown)


def _over(state: RunState) -> Need:
    if state.stop:
        return Need.STOPPED
    return Need.FAILED if state.claim == "failed" else Need.OVER


def _going(state: RunState, unknown: bool) -> Need:
    if state.repeat >= LOOP_AT or state.streak >= STREAK_AT:
        return Need.LOOP
    if unknown:
        return Need.UNKNOWN
    if state.waiting:
        return Need.ASKS
    if state.hold:
        return Need.HELD
    return Need.ERRORS if state.errors else Need.RUNNING
