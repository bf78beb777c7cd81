"""What the screens and commands call a run's state: one word, one mark, one tone, in that order of weight.

Pure and free of pydantic. The words never say more than the fold knows: ``STOPPED`` is only ever said of
a stop that every gate of the run confirmed.
"""

from dataclasses import dataclass

from interlock.runs import LOOP_AT, STREAK_AT, RunState

__all__ = ["Word", "flags", "need", "phrase", "word"]


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


def word(state: RunState) -> Word:
    """Return the one word for a run. A stop outranks a loss, a loss a claim, a claim a pause."""
    if state.stop:
        return _STOP[state.stop]
    if state.phase == "lost":
        return _LOST
    if state.phase == "finished":
        return _CLAIM.get(state.claim, _CLAIM["ended"])
    if state.hold:
        return _HOLD[state.hold]
    return _ENDING if state.cancelling else _RUN


_PHRASES: dict[str, str] = {
    "STOPPING": "stopping, {calls}",
    "PRESUMED": "presumed stopped: nothing new can start; not confirmed by every gate",
    "STOPPED": "confirmed stopped: no gated call in flight",
    "LOST": "lost: no heartbeat; {calls} when last heard",
    "PAUSING": "pausing, {calls}",
    "PAUSED": "paused and drained: no gated call in flight",
    "ENDING": "asked to end, {calls}",
    "RUN": "running, {calls}",
}


def phrase(state: RunState) -> str:
    """Return the sentence behind the word, with what is in flight and what nobody knows the end of."""
    flying, unknown = len(state.flying), len(state.unknown)
    claimed = f"the agent claims: {state.claim}" + (", yet {calls}" if _goes_on(state) else "")
    sentence = _PHRASES.get(word(state).word, claimed)
    more = " or more" * bool(state.left_out)
    said = sentence.format(calls=f"{flying}{more} call{'s' * (flying != 1)} in flight")
    return said + (f", {unknown}{more} of unknown outcome" if unknown else "")


def _goes_on(state: RunState) -> bool:
    """Say whether a run that claims to have ended has calls in flight at a gate that has not left."""
    return state.phase == "finished" and bool(state.flying) and bool(state.gates)


def flags(state: RunState) -> list[str]:
    """Return short marks of what is odd about the run, worst first."""
    found: list[str] = []
    if state.unknown:
        found.append(f"UNKNOWN {len(state.unknown)}")
    if state.repeat >= LOOP_AT:
        found.append(f"LOOP {state.repeat}")
    if state.streak >= STREAK_AT:
        found.append(f"ERR {state.streak}")
    if state.denied:
        found.append(f"DENIED {state.denied}")
    if state.mode != "live":
        found.append(state.mode.upper())
    return found


def need(state: RunState) -> int:
    """Return how much the run needs a person: 0 needs one now, 9 not at all. The fleet is sorted by this."""
    if state.stop and state.stop != "confirmed":
        return 0
    if state.stop:
        return 2 if state.unknown else 9
    live = state.phase == "running"
    if state.phase == "lost":
        return 1
    if state.unknown:
        return 2
    if _goes_on(state) or (live and (state.repeat >= LOOP_AT or state.streak >= STREAK_AT)):
        return 3
    if state.phase == "finished":
        return 5 if state.claim == "failed" else 8
    return 4 if state.hold else 6 if state.errors else 7
