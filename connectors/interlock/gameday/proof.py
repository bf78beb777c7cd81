"""Does the ledger's own file agree, that a run stood still, and with the record? Pure: readings in, problems out.

The ledger stamps an effect before it answers, the gate answers the order after its calls returned, and the hub
concludes after that: so every effect of the run is stamped before ``confirmed``, on one machine by one clock.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["ENDS", "Reading", "effects_of", "judge", "read_effects", "reconcile"]

Json = dict[str, Any]

ENDS = frozenset({"outcome", "outcome.unknown", "reconciled", "permit.void"})
"""Kinds of entries that say how what a permit was for ended."""
STEP_SECONDS = 0.05
"""Wall and boot-time clock may drift apart so much in a demo before the wall clock counts as set in between."""


class Reading(NamedTuple):
    """Both clocks at one moment, in seconds, and how many effects of the killed runs the file held then."""

    wall: float
    boot: float
    effects: int


def read_effects(path: Path) -> list[Json]:
    """Return the effects in the ledger's file; a last line that is still being written is left out."""
    text = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith(b"\n")]


def effects_of(effects: Iterable[Json], runs: Iterable[str]) -> list[Json]:
    """Return the effects of these runs."""
    wanted = frozenset(runs)
    return [effect for effect in effects if effect["run"] in wanted]


def judge(effects: Sequence[Json], confirmed_wall: float, told: Reading, later: Reading) -> list[str]:
    """Return what speaks against the stop, in sentences; nothing when the ledger agrees.

    ``effects`` are those of the killed runs, read at ``later``; ``told`` is when the confirmed receipt was read, and
    ``confirmed_wall`` when the hub says that it was confirmed, by the wall clock.
    """
    problems: list[str] = []
    if later.effects != told.effects:
        problems.append(f"{later.effects - told.effects} effects came after the confirmed receipt was read")
    drift = abs((later.wall - later.boot) - (told.wall - told.boot))
    if drift > STEP_SECONDS:
        problems.append(
            f"the wall clock was set by {drift:.3f} s meanwhile, so stamps cannot be compared; try again"
        )
        return problems
    confirmed = confirmed_wall - (told.wall - told.boot)
    if confirmed > told.boot:
        problems.append("the receipt says it was confirmed after it was read")
    late = [effect for effect in effects if effect["boot"] > confirmed]
    problems += [
        f"effect {effect['n']} ({effect['kind']} of {effect['order']}) is stamped "
        f"{(effect['boot'] - confirmed) * 1000:.0f} ms after confirmed stopped"
        for effect in late
    ]
    return problems


def reconcile(entries: Iterable[Json], effects: Sequence[Json]) -> list[str]:
    """Return where the record and the ledger's file contradict each other, in sentences; nothing when they agree.

    ``entries`` are all of ``GET /v1/audit``, in order; ``effects`` the lines of the ledger's file. Both have to be of
    one time: with calls in flight one of them may know of what the other does not yet.
    """
    book = _Record(entries)
    problems = book.twice + [said for effect in effects for said in book.against(effect)]
    problems += _twice(effects)
    acted = {effect["permit"] for effect in effects}
    problems += [
        f"permit {permit} ({intent['body']['tool']}) is recorded as done, and the ledger has no effect of it"
        for permit, intent in book.intents.items()
        if intent["body"]["tool"] in _ACTS and book.outcomes.get(permit) == "done" and permit not in acted
    ]
    made = Counter(effect.get("known_as") for effect in effects if effect["kind"] == "cancel")
    problems += [
        f"the compensation with the key {key} is recorded as done, and the ledger has {made[key]} effects of it"
        for key in book.compensated
        if made[key] != 1
    ]
    return problems


_KINDS = {"refund": "refund", "send_email": "mail", "change_order": "change", "cancel_refund": "cancel"}
_ACTS = frozenset(_KINDS) - {"cancel_refund"}
"""Tools of which each permit has an effect of its own. A compensation is known by its key, whatever permit it is on."""


class _Record:
    """What the record says of permits: given for what, ended how, and which escalations nobody approved."""

    def __init__(self, entries: Iterable[Json]) -> None:
        self.intents: dict[str, Json] = {}
        self.outcomes: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.found_out: set[str] = set()
        """Permits whose outcome is a probe's or a person's word. A late outcome outranks that, once."""
        self.compensated: set[str] = set()
        self.twice: list[str] = []
        for entry in entries:
            self._note(entry["kind"], entry["permit"], entry["body"], entry)

    def _note(self, kind: str, permit: str, body: Json, entry: Json) -> None:
        if kind == "permit":
            self._once(permit in self.intents, f"permit {permit} was given twice")
            self.intents[permit] = entry
        elif kind == "permit.void":
            self.outcomes[permit] = "void"
        elif kind in ("outcome", "outcome.unknown", "reconciled"):
            self._ends(kind, permit, body["outcome"])
        elif kind in ("rejected", "timed_out", "void"):
            self.refused[body["escalation"]] = kind
        elif kind == "step" and body["state"] == "done":
            self.compensated.add(body["key"])

    def _ends(self, kind: str, permit: str, outcome: str) -> None:
        known = self.outcomes.get(permit)
        settled = known in ("done", "failed") and (permit not in self.found_out or kind == "reconciled")
        self._once(settled, f"permit {permit} ended twice: {known}, then {outcome}")
        self.outcomes[permit] = outcome
        (self.found_out.add if kind == "reconciled" else self.found_out.discard)(permit)

    def _once(self, before: bool, said: str) -> None:
        if before:
            self.twice.append(said)

    def against(self, effect: Json) -> Iterator[str]:
        """Yield what speaks against one effect."""
        said = f"effect {effect['n']} ({effect['kind']} of {effect['order']}, permit {effect['permit']})"
        intent = self.intents.get(effect["permit"])
        if intent is None:
            yield f"{said} has no intent in the record"
            return
        if (intent["run"], _KINDS.get(intent["body"]["tool"])) != (effect["run"], effect["kind"]):
            yield f"{said} is of a permit for {intent['body']['tool']} in run {intent['run']}"
        if intent["at"] > effect["wall"] + STEP_SECONDS:
            yield f"{said} is stamped {intent['at'] - effect['wall']:.3f} s before its intent was written"
        if self.refused.get(intent["body"].get("escalation")):
            yield f"{said} was {self.refused[intent['body']['escalation']]}, and happened"
        outcome = self.outcomes.get(effect["permit"])
        if outcome is None:
            yield f"{said} has no outcome in the record"
        elif outcome not in ("done", "unknown"):
            yield f"{said} is recorded as {outcome}, and happened"


def _twice(effects: Sequence[Json]) -> Iterator[str]:
    """Yield what happened more than once for one permit, one key, or one refund that is taken back."""
    for what, names in (
        ("permit", (effect["permit"] for effect in effects)),
        ("key", (effect["known_as"] for effect in effects if "known_as" in effect)),
        ("cancelled refund", (effect["refund"] for effect in effects if effect["kind"] == "cancel")),
    ):
        for name, count in Counter(names).items():
            if count > 1:
                yield f"{what} {name} has {count} effects"
