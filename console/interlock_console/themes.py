"""Themes: one TOML file each, found on the shelf by its name. A theme names colours and nothing else.

A colour is ``#rrggbb``; in a theme with ``ansi = true`` it is one of the terminal's own sixteen by name (``red``,
``bright_red``) and a ground may be ``reverse``, which turns the ink and the plain ground around. ``contrast = 7``
promises more than the least that :mod:`interlock_console.contrast` asks of every theme.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

from interlock import shelf
from interlock.errors import ConfigError
from interlock.text import visible_line
from interlock_console.contrast import faint
from interlock_console.private import replaced, state_folder
from interlock_console.widgets.ink import GROUNDS, TONES, TURNED

__all__ = ["DEFAULT", "NAMES", "PARTS", "broken", "chosen", "first", "keep", "load", "names", "read", "wear"]

DEFAULT = "night"
PARTS = {"ground": (*GROUNDS, "line"), "ink": TONES}
"""What each table of a theme must name, all of it and nothing else."""
NAMES = tuple(f"{bright}{name}" for bright in ("", "bright_") for name in (
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))  # fmt: skip
_TOP = ("title", "dark", "ansi", "contrast", *PARTS)
_HEX = re.compile("#[0-9a-fA-F]{6}")


def names() -> list[str]:
    """Return the name of every theme there is, good or broken."""
    return list(shelf.files("themes"))


def load(name: str = DEFAULT) -> Theme:
    """Return the theme of this name. Raises ConfigError if there is none, or its file is not a theme."""
    found = shelf.files("themes")
    if name not in found:
        raise ConfigError(
            "no theme", value=name, fix=f"{_near(name, found)}there are {', '.join(found) or 'none here'}"
        )
    return read(found[name])


def _near(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]}? " if near else ""


def read(path: Path) -> Theme:
    """Return the theme of one file; its name is the file's. Raises ConfigError that names what is wrong, and where."""
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"cannot read the theme ({error})", value=str(path), fix="see themes/night.toml"
        ) from None
    _known(table, _TOP, text, path, "")
    ansi = bool(table.get("ansi", False))
    ground = _colours(table, "ground", text, path, ansi)
    ink = _colours(table, "ink", text, path, ansi)
    turned = [name for name, colour in ground.items() if colour == "reverse"]
    css = {name: ground["plain"] if name in turned else colour for name, colour in ground.items()}
    return Theme(
        name=path.stem,
        primary=ink["key"],
        foreground=ink["text"],
        background=css["plain"],
        surface=css["bar"],
        panel=css["bar"],
        dark=bool(table.get("dark", True)),
        ansi=ansi,
        variables={
            # Textual's own style sheet looks for names of its own where the colours are the terminal's.
            **(
                BUILTIN_THEMES[f"ansi-{'dark' if table.get('dark', True) else 'light'}"].variables
                if ansi
                else {}
            ),
            **{f"ground-{name}": colour for name, colour in css.items()},
            **{f"ink-{name}": colour for name, colour in ink.items()},
            TURNED: " ".join(turned),
            "contrast": str(_number(table, path)),
        },
    )


def _number(table: dict[str, Any], path: Path) -> float:
    least = table.get("contrast", 0)
    if isinstance(least, bool) or not isinstance(least, int | float):
        raise ConfigError("the theme's contrast is a number", value=str(least), fix=f"mend {path.name!r}")
    return float(least)


def _known(table: dict[str, Any], known: tuple[str, ...], text: str, path: Path, part: str) -> None:
    for key in table:
        if key not in known:
            lines = text.splitlines()
            begins = re.compile(rf"\s*\[?[\"']?{re.escape(key)}[\"']?\s*[=\].]")
            line = next((number for number, each in enumerate(lines, 1) if begins.match(each)), 0)
            where = f"line {line} of {path.name!r}" if line else repr(path.name)
            raise ConfigError(
                f"the theme{part} has no such key",
                value=visible_line(key, 40),
                fix=f"{_near(key, known)}mend {where}",
            )


def _colours(table: dict[str, Any], part: str, text: str, path: Path, ansi: bool) -> dict[str, str]:
    names = PARTS[part]
    given = table.get(part)
    tables = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    _known(tables, names, text, path, f"'s [{part}]")
    if set(tables) != set(names):
        raise ConfigError(
            f"the theme's [{part}] must name", value=", ".join(names), fix=f"mend {path.name!r}"
        )
    return {name: _colour(f"{part}.{name}", colour, path, ansi) for name, colour in tables.items()}


def _colour(name: str, colour: object, path: Path, ansi: bool) -> str:
    turns = (
        ansi
        and colour == "reverse"
        and name in ("ground.cursor", "ground.bar", "ground.badge", "ground.prod")
    )
    if turns:
        return "reverse"
    if ansi and colour in NAMES:
        return f"ansi_{colour}"
    if not ansi and isinstance(colour, str) and _HEX.fullmatch(colour):
        return colour
    kind = f"one of {', '.join(NAMES)}" if ansi else "#rrggbb"
    said = visible_line(str(colour), 40)
    raise ConfigError(f"the theme's {name} is no colour", value=said, fix=f"write {kind} in {path.name!r}")


def broken() -> list[str]:
    """Return a sentence for every theme that cannot be used, or not be read well."""
    said: list[str] = []
    for name in names():
        try:
            pale = faint(load(name))
        except ConfigError as error:
            said.append(f"theme {visible_line(name, 40)} is left out: {visible_line(str(error), 200)}")
            continue
        if pale:
            more = f" and {len(pale) - 1} more" if len(pale) > 1 else ""
            said.append(f"theme {visible_line(name, 40)} is hard to read: {pale[0]}{more}")
    return said


def wear(app: App[None], name: str) -> str:
    """Dress the console in a theme and return what to say. Raises ConfigError, and leaves the old one, if it cannot."""
    theme = load(name)
    app.register_theme(theme)
    app.theme = theme.name
    pale = faint(theme)
    return f"theme {visible_line(name, 40)}" + (f"; it is hard to read: {pale[0]}" if pale else "")


def _choices() -> dict[str, str]:
    try:
        found: object = json.loads((state_folder() / "themes.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    table = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    return {context: name for context, name in table.items() if isinstance(name, str)}


def chosen(context: str) -> str:
    """Return the theme that was chosen last in this context, empty where none was or it is not there any more."""
    name = _choices().get(context, "")
    return name if name in names() else ""


def first(asked: str, context: str, set_there: str) -> tuple[str, str]:
    """Return the theme to begin with and what to say of it: asked for, chosen last in the context, set for it.

    Raises ConfigError only for one that was asked for: the console comes up in its own colours rather than not at all.
    """
    if asked:
        load(asked)
        return asked, ""
    for name in filter(None, (chosen(context), set_there)):
        try:
            load(name)
        except ConfigError as error:
            return DEFAULT, f"theme {visible_line(name, 40)} is left out: {visible_line(str(error), 200)}"
        return name, ""
    return DEFAULT, ""


def keep(context: str, name: str) -> str:
    """Remember the theme for a context. Return why that could not be, else nothing."""
    try:
        replaced(state_folder() / "themes.json", json.dumps({**_choices(), context: name}) + "\n")
    except OSError as error:
        return f"; it is not kept: {error.strerror or error}"
    return ""
