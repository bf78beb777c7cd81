"""Saved views: of the fleet a filter, an order, groups and whether ended runs show; of the record its filter.

All under a name, in one file.

The file is ``$XDG_CONFIG_HOME/interlock/views.toml`` (``~/.config``), mode 0600::

    [views.refunds]
    filter = "role:refunds cost>2"
    sort = "cost"
    reverse = false
    group = "agent"
    ended = false

    [views.denials]
    of = "audit"
    filter = "verdict:deny from:24h"

Only the block of the view that is saved or dropped is written anew: comments and other blocks stay as they are, and a
file that cannot be read is never written to. Some views are always there; one of the same name in the file wins.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from interlock.errors import ConfigError
from interlock.text import encodable
from interlock_console.grouping import GROUPS
from interlock_console.sorting import named

__all__ = ["BUILT_IN", "NAME", "OF", "SavedView", "called", "drop", "load", "save", "views_file"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""What a view may be called."""
_KINDS: Mapping[str, type] = {
    "filter": str,
    "sort": str,
    "reverse": bool,
    "group": str,
    "ended": bool,
    "of": str,
}
OF = ("fleet", "audit")
"""What a view may be of: the view of the console that shows it, by its name."""
_MOST = 1 << 20
"""Bytes of the file beyond which it is not read: nobody's views are so many."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """What a view is. ``sort`` is a name of :data:`interlock_console.sorting.SORTS`, ``group`` may be empty."""

    filter: str = ""
    sort: str = "need"
    reverse: bool = False
    group: str = ""
    ended: bool = True
    """False leaves out runs that have ended."""
    of: str = "fleet"
    """One of :data:`OF`. Of the record only the filter counts, as it was typed: ``from:24h`` goes on with the time."""


BUILT_IN: Mapping[str, SavedView] = {
    "all": SavedView(),
    "needs": SavedView("need:person"),
    "live": SavedView(ended=False),
    "ended": SavedView("need:ended|failed|stopped", "change"),
    "mine": SavedView("claimed:me"),
}
"""``needs`` is what needs a person, ``live`` what has not ended, ``mine`` what is claimed by the operator."""


def views_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the views are kept, whether or not the file is there."""
    base = environ.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if base.startswith("/") else Path.home() / ".config"
    return folder / "interlock" / "views.toml"


def load(file: Path) -> tuple[dict[str, SavedView], str]:
    """Return every view by name, and what is wrong with the file as a sentence, or nothing.

    A bad view is left out and named; of a file that cannot be read only the built-in views are there.
    """
    views = dict(BUILT_IN)
    try:
        found = _read(file)[1]
    except ConfigError as error:
        return views, str(error)
    problems: list[str] = []
    for name, view in found.items():
        try:
            views[name] = _view(name, view)
        except ValueError as problem:
            problems.append(str(problem))
    return views, f"{file.name}: {'; '.join(problems)}" if problems else ""


def called(file: Path, name: str) -> tuple[SavedView | None, str]:
    """Return the view of this name and what is wrong with the file; where there is none, a sentence that says so."""
    views, problem = load(file)
    if name in views:
        return views[name], problem
    return None, f"{problem}; " * bool(problem) + f"no view {name}: there are {', '.join(sorted(views))}"


def save(file: Path, name: str, view: SavedView) -> None:
    """Keep a view under a name, in the place of one that has the name. Raises ConfigError; the file is whole always."""
    if not NAME.fullmatch(name):
        raise ConfigError(
            "no name for a view", value=name, fix="letters, digits, - and _, at most 32 of them"
        )
    import json

    text, _ = _read(file)
    block = "\n".join(
        [
            f"[views.{name}]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in _plain(view)),
        ]
    )
    _write(file, _without(text, name), block + "\n")


def drop(file: Path, name: str) -> None:
    """Take a saved view out. Raises ConfigError where there is none of this name."""
    text, found = _read(file)
    if name not in found:
        raise ConfigError("no saved view", value=name, fix="':view' lists them; built-in ones stay")
    _write(file, _without(text, name), "")


def _plain(view: SavedView) -> list[tuple[str, Any]]:
    kept = encodable(view.filter).replace("\x7f", "")
    if view.of != "fleet":
        return [("of", view.of), ("filter", kept)]
    return [
        ("filter", kept),
        ("sort", view.sort),
        ("reverse", view.reverse),
        ("group", view.group),
        ("ended", view.ended),
    ]


def _view(name: str, given: object) -> SavedView:
    """Return one view of the file. Raises ValueError with a sentence."""
    if not isinstance(given, dict) or not NAME.fullmatch(name):
        raise ValueError(f"{name} is no view")
    taken: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", given).items():
        # A key that nobody knows is of a newer console: it stays in the file and does nothing here.
        if key in _KINDS:
            if not isinstance(value, _KINDS[key]):
                raise ValueError(f"{name}.{key} must be {_KINDS[key].__name__}")
            taken[key] = value
    view = SavedView(**taken)
    if view.of not in OF:
        raise ValueError(f"{name} is of {view.of}; there are {', '.join(OF)}")
    if named(view.sort) is None:
        raise ValueError(f"{name} is sorted by {view.sort}, which is no order")
    if view.group and view.group not in GROUPS:
        raise ValueError(f"{name} is grouped by {view.group}; there are {', '.join(GROUPS)}")
    return view


def _read(file: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of the file and its views as they stand there. Raises ConfigError."""
    import tomllib

    try:
        if not file.exists():
            return "", {}
        if file.stat().st_size > _MOST:
            raise ConfigError("views cannot be read", value=str(file), fix="it is over 1 MiB; move it away")
        text = file.read_text(encoding="utf-8")
        found: object = tomllib.loads(text).get("views", {})
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"views cannot be read ({error})",
            value=str(file),
            fix="mend or move the file; nothing was written to it",
        ) from error
    return text, cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _without(text: str, name: str) -> str:
    """Return the file's text without the block of one view."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = re.match(rf"\s*\[views\.\"?{re.escape(name)}\"?\]", line) is not None
        if not inside:
            kept.append(line)
    return "".join(kept)


def _write(file: Path, text: str, block: str) -> None:
    """Put the new text in the file's place in one step. Raises ConfigError; then the old file is untouched."""
    import tempfile
    import tomllib

    whole = (text.rstrip("\n") + "\n\n" if text.strip() else "") + block
    try:
        tomllib.loads(whole)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, place = tempfile.mkstemp(prefix=".views-", dir=file.parent)  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(whole)
                out.flush()
                os.fsync(out.fileno())
            Path(place).replace(file)
        except BaseException:
            Path(place).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the view was not saved ({error})", value=str(file), fix="the file is as it was"
        ) from error
