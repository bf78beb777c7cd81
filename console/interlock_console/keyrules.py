"""What a keymap may say: the rules for keys, and the report of what breaks one. Pure.

The rules are few and about harm. Two things in one view never share a key. A key that acts is never enter, and never
the one that confirms in a dialog; a key that confirms is never enter, and never one that opens a dialog. What a list
uses to move stays its own, or the key would do nothing where a list has the focus.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import combinations
from typing import NamedTuple

from textual import keys as textual_keys

from interlock.errors import ConfigError
from interlock.text import visible_line
from interlock_console.keys import Key, face, remapped

__all__ = ["Table", "judged", "normal"]

_NAMED = frozenset((
    "enter", "tab", "escape", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", "shift+tab",
    *(f"f{number}" for number in range(1, 13)),
    *(f"{mod}+{way}" for mod in ("shift", "ctrl") for way in ("up", "down", "left", "right", "home", "end")),
    *(f"ctrl+{letter}" for letter in "abdefgklnopqrstuvwxy"),
))  # fmt: skip
"""What every terminal sends for itself, without a protocol of its own and without being another key."""
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+j": "enter"}
_TAKEN = {"ctrl+c": "copies, and never ends the console", "ctrl+z": "goes to the background"}
_WORD = re.compile(r"[a-z0-9_]+")


def _sign(character: str) -> str:
    """Return how Textual 8.2.8 names the key of a character; it has no public way to ask."""
    return str(vars(textual_keys)["_character_to_key"](character))


_SIGNS = frozenset(_sign(chr(code)) for code in range(33, 127))


class Table(NamedTuple):
    """The keys that hold at one time: those of a view with what holds everywhere, or those of a dialog.

    ``acts`` are the names of those that act, ``moving`` the keys that the list in the view has for itself.
    """

    name: str
    keys: tuple[Key, ...]
    acts: frozenset[str] = frozenset()
    moving: frozenset[str] = frozenset()
    dialog: bool = False


def normal(value: object) -> str:
    """Return keys as Textual names them, with commas between. Raises ConfigError for one that cannot be pressed."""
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(
            "no keys", value=visible_line(str(value), 40), fix="write a text such as 'ctrl+x,K'"
        )
    return ",".join(_key(key.strip()) for key in value.split(","))


def _key(key: str) -> str:
    if len(key) == 1 and key.isprintable():
        return _sign(key)
    if key in _TAKEN:
        raise ConfigError(f"{key} {_TAKEN[key]}", fix="take another key")
    if key in _SAME:
        raise ConfigError("a terminal sends the same for both", value=key, fix=f"write {_SAME[key]}")
    if key in _NAMED or (_WORD.fullmatch(key) and key in _SIGNS):
        return key
    near = get_close_matches(key, _NAMED, 1)
    raise ConfigError(
        "no terminal can be relied on to send it",
        value=visible_line(key, 40),
        fix=f"did you mean {near[0]}?" if near else "use a letter, a sign, f1 to f12 or ctrl and a letter",
    )


def judged(wanted: Mapping[str, str], tables: list[Table]) -> tuple[dict[str, str], list[str]]:
    """Return what of a keymap holds, and a sentence for each id that does not. The ids that do not are as built."""
    kept = dict(wanted)
    problems: list[str] = []
    while found := _unknown(kept, tables) or _harm(kept, tables) or _clashes(kept, tables):
        # One kind after the other: an id that is left as built may be in the way of another one.
        for name, problem in found.items():
            kept.pop(name)
            problems.append(f"{visible_line(name, 60)}: {problem}")
    return kept, problems


def _unknown(kept: Mapping[str, str], tables: Iterable[Table]) -> dict[str, str]:
    known = {key.name: key for table in tables for key in table.keys}
    found: dict[str, str] = {}
    for name in kept:
        if name not in known:
            near = get_close_matches(name, known, 1)
            found[name] = f"there is no such key; did you mean {near[0]}?" if near else "there is no such key"
        elif not known[name].action:
            found[name] = "this key belongs to the list itself and stays"
    return found


def _harm(kept: Mapping[str, str], tables: list[Table]) -> dict[str, str]:
    """Return what would give an order, or prove one, by a key that must not."""
    acts = {name for table in tables for name in table.acts}
    effective = [key for table in tables for key in remapped(table.keys, kept)]
    proofs = {key.name for table in tables if table.dialog for key in table.keys if key.confirms}
    confirming = {pressed for key in effective if key.name in proofs for pressed in key.keys.split(",")}
    opening = {pressed for key in effective if key.name in acts for pressed in key.keys.split(",")}
    found: dict[str, str] = {}
    for name, keys in kept.items():
        pressed = set(keys.split(","))
        if name in acts | proofs and "enter" in pressed:
            found[name] = f"enter never {'acts' if name in acts else 'confirms'}"
        elif name in acts and (both := pressed & confirming):
            found[name] = f"{_faces(both)} confirms in a dialog, and must not open one"
        elif name in proofs and (both := pressed & opening):
            found[name] = f"{_faces(both)} gives an order, and must not confirm one"
    return found


def _clashes(kept: Mapping[str, str], tables: Iterable[Table]) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in tables:
        where = f"in the {table.name} {'dialog' if table.dialog else 'view'}"
        after = {key.name: set(key.keys.split(",")) for key in remapped(table.keys, kept)}
        before = {key.name: set(key.keys.split(",")) for key in table.keys}
        for one, other in combinations(after, 2):
            both = after[one] & after[other] - (before[one] & before[other])
            for name in (one, other) if both else ():
                if name in kept:
                    found[name] = f"{_faces(both)} would be {one} and {other} {where}"
        for name in kept:
            if both := after.get(name, set()) & table.moving - before.get(name, set()):
                found.setdefault(name, f"{_faces(both)} moves in the list {where}")
    return found


def _faces(keys: Iterable[str]) -> str:
    return " and ".join(sorted(face(key) for key in keys))
