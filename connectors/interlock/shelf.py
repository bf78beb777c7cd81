"""Where runbooks and themes are found: one file adds one, so a shelf is a list of folders.

A file in the user's folder stands in front of a built-in one of the same name. Built-in files are inside the
package when it was installed from a wheel, and at the top of the checkout when it was installed in place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Kind = Literal["runbooks", "themes"]

ENDINGS: Mapping[Kind, str] = {"runbooks": ".md", "themes": ".toml"}

_PACKAGE = Path(__file__).resolve().parent


def built_in(kind: Kind, package: Path = _PACKAGE) -> Path | None:
    """Return the folder of the built-in files of `kind`, or None when this install carries none.

    `package` is the folder of the `interlock` package.
    """
    inside = package / "_shelf" / kind
    if inside.is_dir():
        return inside
    checkout = package.parent.parent
    beside = checkout / kind
    return beside if (checkout / "pyproject.toml").is_file() and beside.is_dir() else None


def own(kind: Kind, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the user's folder for files of `kind`, whether or not it exists.

    `XDG_CONFIG_HOME` counts only when absolute, as its specification asks; otherwise `~/.config` does.
    """
    configured = environ.get("XDG_CONFIG_HOME", "")
    home = Path(environ.get("HOME") or Path.home())
    base = Path(configured) if configured.startswith("/") else home / ".config"
    return base / "interlock" / kind


def files(kind: Kind, environ: Mapping[str, str] = os.environ, package: Path = _PACKAGE) -> dict[str, Path]:
    """Return every file of `kind` by its name without the ending, sorted; the user's own file wins a name."""
    found: dict[str, Path] = {}
    for folder in (own(kind, environ), built_in(kind, package)):
        if folder is None or not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.suffix == ENDINGS[kind] and path.is_file() and not path.name.startswith("."):
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))
