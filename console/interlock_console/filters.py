"""The typed filter of the fleet: ``refund state:lost !role:test`` keeps what every word of it fits. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from interlock.runs import RunState
from interlock.words import flags, word
from interlock_console.state import bucket

__all__ = ["FIELDS", "Filter", "parse"]

FIELDS: dict[str, Callable[[RunState], str]] = {
    "state": lambda state: f"{word(state).word} {bucket(state)} {state.phase}",
    "run": lambda state: state.run,
    "agent": lambda state: state.agent.raw,
    "role": lambda state: state.role.raw,
    "goal": lambda state: state.goal.raw,
    "model": lambda state: f"{state.model_asked.raw} {state.model_served.raw}",
    "tool": lambda state: " ".join([state.tool.raw, *(str(call[0].raw) for call in state.flying.values())]),
    "by": lambda state: state.by.raw,
    "flag": lambda state: " ".join(flags(state)),
    "parent": lambda state: state.parent,
}
"""What ``name:text`` looks at. Text without a name looks at run, agent, role, goal and state."""

_PLAIN = ("run", "agent", "role", "goal", "state")


@dataclass(frozen=True, slots=True)
class _Term:
    fields: tuple[str, ...]
    text: str
    negated: bool

    def fits(self, state: RunState) -> bool:
        return any(self.text in FIELDS[name](state).casefold() for name in self.fields) != self.negated


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter. ``problem`` says what of it was not understood; such a word is looked for as plain text."""

    text: str = ""
    terms: tuple[_Term, ...] = ()
    problem: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def fits(self, state: RunState) -> bool:
        """Return whether a run fits every word."""
        return all(term.fits(state) for term in self.terms)


def parse(text: str) -> Filter:
    """Return the filter a text means; every text means one."""
    terms: list[_Term] = []
    problem = ""
    for typed in text.split():
        negated = typed.startswith("!") and len(typed) > 1
        name, colon, sought = typed.removeprefix("!" if negated else "").partition(":")
        known = name.casefold() in FIELDS
        if colon and known:
            if sought:
                terms.append(_Term((name.casefold(),), sought.casefold(), negated))
            continue
        if colon:
            problem = f"no field {name!r}; there are {', '.join(FIELDS)}"
        terms.append(_Term(_PLAIN, typed.removeprefix("!" if negated else "").casefold(), negated))
    return Filter(text.strip(), tuple(terms), problem)
