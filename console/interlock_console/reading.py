"""What a filter, an order and a group read of a run: texts by field, numbers by field, and how they are typed. Pure."""

import re
from collections.abc import Callable
from functools import lru_cache

from interlock.runs import RunState
from interlock.text import Untrusted
from interlock.words import Need, flags, need, word

__all__ = [
    "FIELDS",
    "NUMBERS",
    "Pick",
    "chosen",
    "ended",
    "in_use",
    "label",
    "nearest",
    "number",
    "over",
    "unbegun",
    "visible_text",
]

Pick = Callable[[RunState], str]
"""A text of a run, in lower case."""

_WORDS = (
    "running", "lost", "finished", "stopping", "presumed", "stopped", "done", "failed", "cancelled", "killed",
    "ended", "pausing", "paused", "ending", "run", "asks",
)  # fmt: skip
_NEEDS = {
    Need.STOP: "stop",
    Need.LOOP: "loop",
    Need.LOST: "lost",
    Need.UNKNOWN: "unknown",
    Need.ASKS: "asks",
    Need.GONE: "lost",
    Need.HELD: "paused",
    Need.LEFT: "unknown",
    Need.FAILED: "failed",
    Need.ERRORS: "errors",
    Need.RUNNING: "running",
    Need.OVER: "ended",
    Need.STOPPED: "stopped",
}
ENDED = frozenset({Need.FAILED, Need.OVER, Need.STOPPED})
"""The needs of runs that are over and leave nothing to find out."""
_NOBODY = ("nobody", "none", "no")

_low = lru_cache(maxsize=65536)(str.casefold)
"""Names and goals repeat from run to run and from one look to the next."""


def in_use(state: RunState) -> Untrusted:
    """Return the tool that is in flight the longest, else the one called last."""
    for tool, cls, _ in state.flying.values():
        if cls != "model":
            return tool if isinstance(tool, Untrusted) else Untrusted(str(tool))
    return state.tool


def ended(state: RunState) -> bool:
    """Return whether the run is over and nobody has to find anything out about it."""
    return need(state) in ENDED


def over(state: RunState) -> bool:
    """Return whether the run does not go on, so that its age stands still."""
    return state.phase == "finished" or state.stop == "confirmed"


def unbegun(state: RunState) -> bool:
    """Return whether a stop came before any model or tool call of the run began, as with a run that a standing order
    met when it registered."""
    return (
        bool(state.stop)
        and not (state.models or state.flying or state.unknown)
        and state.calls <= state.denied
    )


def label(name: str) -> Pick:
    """Return what reads one label of a run."""
    nothing = Untrusted("")
    return lambda state: _low(state.labels.get(name, nothing).raw)


def _state(state: RunState) -> str:
    return f"{word(state).word} {state.phase}".lower()


def _needs(state: RunState) -> str:
    wanted = need(state)
    return f"{_NEEDS[wanted]} person" if wanted <= Need.LEFT else _NEEDS[wanted]


def _tools(state: RunState) -> str:
    texts = [
        state.tool.raw,
        *(str(call[0].raw) for call in state.flying.values()),
        *(t.raw for t in state.tools),
    ]
    return _low(" ".join(texts))


FIELDS: dict[str, Pick] = {
    "state": _state,
    "need": _needs,
    "run": lambda state: state.run,
    "agent": lambda state: _low(state.agent.raw),
    "role": lambda state: _low(state.role.raw),
    "goal": lambda state: _low(state.goal.raw),
    "model": lambda state: _low(state.model_served.raw or state.model_asked.raw),
    "tool": _tools,
    "by": lambda state: _low(state.by.raw),
    "claimed": lambda state: _low(state.claimed_by.raw),
    "note": lambda state: _low(state.last_note.raw),
    "flag": lambda state: " ".join(flags(state)).lower(),
    "mode": lambda state: state.mode,
    "parent": lambda state: state.parent,
    "odd": lambda _: "",
}
"""What ``name:text`` looks at. ``odd`` compares a run with others: only a list that counts them can say."""

NUMBERS: dict[str, Callable[[RunState, float], float]] = {
    "cost": lambda state, _: state.cost,
    "tokens": lambda state, _: state.tokens_in + state.tokens_out,
    "calls": lambda state, _: state.calls,
    "errors": lambda state, _: state.errors,
    "denied": lambda state, _: state.denied,
    "flying": lambda state, _: len(state.flying),
    "notes": lambda state, _: state.notes,
    "age": lambda state, now: (state.last_at if over(state) else now) - state.started_at,
    "quiet": lambda state, now: now - state.last_at,
}
"""What ``name>number`` looks at: US dollars, counts, and seconds."""

_TIMES = frozenset({"age", "quiet"})
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_COUNTS = {"k": 1e3, "K": 1e3, "M": 1e6}


def _odd(state: RunState) -> bool:
    return bool(state.unknown or state.repeat > 1 or state.streak or state.denied or state.shadowed)


def visible_text(state: RunState) -> str:
    """Return in lower case what the screens show of a run by name, but for its id."""
    calls = state.flying
    flying = " ".join([str(call[0].raw) for call in calls.values()]) if calls else ""
    odd = " ".join(flags(state)) if _odd(state) else ""
    names = f"{state.agent.raw}\n{state.role.raw}\n{state.goal.raw}\n{word(state).word}"
    lately = f"\n{flying}\n{state.said.raw}\n{odd}\n{state.claimed_by.raw}"
    return _low(names) + lately.casefold()


def number(text: str, name: str) -> float:
    """Return a number as typed for a field: ``2``, ``$2.50``, ``100k``, ``1.5M``; for a time ``90``, ``5m``, ``1h30m``.

    Raises ValueError with a sentence.
    """
    if name in _TIMES:
        parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smhd])", text)
        if parts and "".join(map("".join, parts)) == text:
            return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            return float(text)
        raise ValueError(f"{name} is a time such as 90s, 5m or 1h30m, not {text}")
    found = re.fullmatch(r"\$?([0-9]+(?:\.[0-9]+)?)([kKM]?)", text)
    if found is None or (name != "cost" and text.startswith("$")):
        example = "2, $2.50 or 1k" if name == "cost" else "50, 100k or 1.5M"
        raise ValueError(f"{name} is a number such as {example}, not {text}")
    return float(found[1]) * _COUNTS.get(found[2], 1.0)


def chosen(name: str, value: str, me: tuple[str, ...]) -> str | tuple[str, ...]:
    """Return the texts that ``claimed:me`` and ``claimed:nobody`` stand for (nobody is none), else the text itself."""
    low = value.casefold()
    if name == "claimed" and low == "me":
        return me or ("\0",)
    if name == "claimed" and low in _NOBODY:
        return ()
    return value


def nearest(name: str, value: str) -> str:
    """Return a sentence where no run can ever have this ``state`` or ``need``, else nothing."""
    valid = _WORDS if name == "state" else (*dict.fromkeys(_NEEDS.values()), "person")
    asked = value.casefold().split("|")
    wrong = [low for low in asked if "*" not in low and not any(low in one for one in valid)]
    if not wrong:
        return ""
    from difflib import get_close_matches

    near = get_close_matches(wrong[0], valid, 1, 0.5)
    return f"no {name} {wrong[0]}: " + (
        f"did you mean {near[0]}?" if near else f"there are {', '.join(valid)}"
    )
