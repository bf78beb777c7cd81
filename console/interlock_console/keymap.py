"""The operator's keys: a TOML file of binding ids and keys, judged before any of it is used.

``"run.kill" = "ctrl+x,K"`` gives an id these keys in the place of its own. What cannot be used is left as built and
said; the rest of the file holds. ``interlock keymap check`` lists the same problems.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from interlock.errors import ConfigError
from interlock.text import visible_line
from interlock_console.contexts import config_folder

if TYPE_CHECKING:
    from interlock_console.keyrules import Table

__all__ = ["Keymap", "find", "load", "own", "packaged", "start"]


@dataclass(frozen=True)
class Keymap:
    """``keys`` is what holds: binding id to Textual key names with commas; ``problems`` are sentences."""

    keys: dict[str, str] = field(default_factory=dict[str, str])
    problems: tuple[str, ...] = ()
    path: Path | None = None


def own(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the operator's own keymap is, whether or not there is one."""
    return config_folder(environ) / "keymap.toml"


def packaged() -> dict[str, Path]:
    """Return the keymaps that come with the console, by name."""
    folder = Path(__file__).with_name("keymaps")
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find(named: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file that ``--keymap`` names, the operator's own without a name, None where there is none.

    Raises ConfigError for a name that is neither a keymap of the console nor a file.
    """
    if not named:
        path = own(environ)
        return path if path.exists() else None
    if named in (known := packaged()):
        return known[named]
    if (path := Path(named)).is_file():
        return path
    raise ConfigError("no keymap", value=named, fix=f"give a file, or one of {', '.join(known)}")


def load(path: Path, tables: "Iterable[Table]") -> Keymap:
    """Return what of a file holds. A file that is no keymap at all is the keys as built, and one problem."""
    import tomllib

    from interlock_console.keyrules import judged, normal

    try:
        flat = dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Keymap({}, (f"the keymap is not used: {visible_line(str(error), 160)}",), path)
    wanted: dict[str, str] = {}
    problems: list[str] = []
    for name, value in flat.items():
        try:
            wanted[name] = normal(value)
        except ConfigError as error:
            problems.append(f"{visible_line(name, 60)}: {visible_line(str(error), 160)}")
    kept, found = judged(wanted, list(tables))
    return Keymap(kept, (*problems, *found), path)


def _flat(table: dict[str, Any], above: str = "") -> Iterable[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, Any]", value), f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def start(named: str, environ: Mapping[str, str] = os.environ) -> Keymap:
    """Return the keymap a console starts with. Without a file nothing is imported and nothing is judged."""
    path = find(named, environ)
    if path is None:
        return Keymap()
    from interlock_console.discovery import tables

    return load(path, tables())
