"""Themes: one TOML file each, found on the shelf by its name. A theme names colours and nothing else."""

import tomllib
from pathlib import Path
from typing import Any, cast

from textual.theme import Theme

from interlock import shelf
from interlock.errors import ConfigError
from interlock_console.widgets.ink import TONES

__all__ = ["DEFAULT", "GROUNDS", "load", "read"]

DEFAULT = "night"
GROUNDS = ("plain", "bar", "cursor", "badge", "line")


def load(name: str = DEFAULT) -> Theme:
    """Return the theme of this name. Raises ConfigError if there is none, or its file is not a theme."""
    found = shelf.files("themes")
    if name not in found:
        raise ConfigError("no theme", value=name, fix=f"there are {', '.join(found) or 'none here'}")
    return read(found[name])


def read(path: Path) -> Theme:
    """Return the theme of one file; its name is the file's. Raises ConfigError that names what is wrong."""
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"cannot read the theme ({error})", value=str(path), fix="see themes/night.toml"
        ) from None
    ground = _colours(table, "ground", GROUNDS, path)
    ink = _colours(table, "ink", TONES, path)
    return Theme(
        name=path.stem,
        primary=ink["key"],
        foreground=ink["text"],
        background=ground["plain"],
        surface=ground["bar"],
        panel=ground["bar"],
        dark=bool(table.get("dark", True)),
        variables={
            **{f"ground-{name}": colour for name, colour in ground.items()},
            **{f"ink-{name}": colour for name, colour in ink.items()},
        },
    )


def _colours(table: dict[str, Any], part: str, names: tuple[str, ...], path: Path) -> dict[str, str]:
    given = cast("dict[str, object]", table.get(part) or {})
    colours = {name: colour for name, colour in given.items() if isinstance(colour, str)}
    if set(given) != set(names) or len(colours) != len(given):
        raise ConfigError(
            f"the theme's [{part}] must name", value=", ".join(names), fix=f"mend {path.name!r}"
        )
    return colours
