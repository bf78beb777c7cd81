"""What ``interlock doctor`` looks at, one area a file. A check says what is, and where it is not good, what to do.

Nothing here changes anything, and no check ever holds a token. Text of others is made visible where it is printed.
"""

import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from interlock.errors import InterlockError

__all__ = ["BAD", "NOTE", "OK", "WARN", "Asked", "Check", "State", "checks", "guarded"]

State = Literal["ok", "note", "warn", "bad"]

OK: State = "ok"
NOTE: State = "note"
"""Good to know, nothing to do."""
WARN: State = "warn"
"""It works, and something is less safe or less clear than it could be."""
BAD: State = "bad"
"""Something does not work, or a stop could not be trusted."""


class Check(NamedTuple):
    """One finding: the name of what was looked at, how it is, what was seen, and what to do about it."""

    name: str
    state: State
    said: str
    fix: str = ""


class Asked(NamedTuple):
    """What the checks look at: the options that name a hub, and the environment."""

    args: Namespace
    environ: Mapping[str, str] = os.environ


Area = Callable[[Asked], Iterable[Check]]


def checks(asked: Asked) -> list[Check]:
    """Return every finding, in the order in which a person would look. Never raises."""
    from interlock_console.checkup import files, hub, machine, places, terminal

    areas: tuple[tuple[str, Area], ...] = (
        ("machine", machine.look), ("terminal", terminal.look), ("places", places.look), ("files", files.look),
        ("hub", hub.look),
    )  # fmt: skip
    return [check for name, look in areas for check in guarded(name, look, asked)]


def guarded(name: str, look: Area, asked: Asked) -> list[Check]:
    """Return the findings of one area; what stops them is a finding itself."""
    found: list[Check] = []
    try:
        found.extend(look(asked))
    except InterlockError as error:
        found.append(Check(name, BAD, str(error), "see what it says"))
    except Exception as error:  # noqa: BLE001 - a check that breaks must not hide the others
        found.append(
            Check(name, BAD, f"{type(error).__name__}: {error}", "this check itself failed; report it")
        )
    return found
