"""``w`` saves what a view shows: the text a person read, and the same as JSON, in private files beside the state.

The text is the visible form; the JSON is ASCII with everything else escaped, exact for a program and inert in a
terminal. A file that is there is never written over.
"""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from interlock.errors import InterlockError
from interlock.text import visible, visible_line
from interlock_console.private import fresh, home, state_folder

__all__ = ["save", "start", "stem"]

_OTHER = re.compile("[^A-Za-z0-9-]+")

Said = Callable[[str, str], None]
"""Told a sentence and its tone, on any thread."""


def stem(view: str, about: str, at: float) -> str:
    """Return a file's name without its ending: the view, what it is about, and when (Unix seconds, local time)."""
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(at))
    parts = (_OTHER.sub("-", part).strip("-")[:60] for part in (view, about))
    return "-".join([*filter(None, parts), when])


def save(
    view: str,
    about: str,
    lines: Iterable[str],
    data: object,
    at: float,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Write both files and return a sentence that names them. Raises OSError and ConfigError."""
    folder = state_folder(environ) / "saved"
    name = stem(view, about, at)
    text = "".join(f"{visible(line)}\n" for line in lines)
    told = fresh(folder, name, ".txt", text)
    exact = json.dumps({"view": view, "about": about, "at": at, "shown": data}, separators=(",", ":")) + "\n"
    beside = fresh(folder, told.stem, ".json", exact)
    sizes = f"{told.stat().st_size:,} and {beside.stat().st_size:,} bytes"
    return f"saved {visible_line(home(told, environ))} and {beside.name} ({sizes})"


def start(
    view: str, about: str, lines: Iterable[str], data: object, at: float, said: Said,
    environ: Mapping[str, str] = os.environ,
) -> None:  # fmt: skip
    """Save on a thread and say where, or that it is not saved and why."""

    def work() -> None:
        try:
            said(save(view, about, lines, data, at, environ), "text")
        except (OSError, InterlockError) as error:
            said(f"not saved: {visible_line(str(error))}", "fault")

    threading.Thread(target=work, name="interlock save", daemon=True).start()
