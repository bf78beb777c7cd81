"""Does the ledger's own file agree that a run stood still? Pure: effects and clock readings in, problems out.

The ledger stamps an effect before it answers, the gate answers the order after its calls returned, and the hub
concludes after that: so every effect of the run is stamped before ``confirmed``, on one machine by one clock.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Reading", "effects_of", "judge", "read_effects"]

Json = dict[str, Any]

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
