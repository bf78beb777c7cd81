"""A text in the operator's own editor, in a private file that is gone afterwards.

The terminal is given away while the editor runs, as for the pager (:mod:`interlock_console.pager`). What is edited is
ASCII: an editor shows nothing that acts.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from interlock.text import visible_line
from interlock_console.pager import interrupts

__all__ = ["MOST", "command", "edit"]

MOST = 64 * 1024
"""Bytes that come back at most: more the hub does not take."""
_USUAL = ("vi", "nano")


def command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the words of ``$VISUAL`` or ``$EDITOR``, else an editor that is here; empty where there is none."""
    try:
        words = shlex.split(environ.get("VISUAL", "") or environ.get("EDITOR", ""))
    except ValueError:
        words = []
    return words or [name for name in _USUAL if shutil.which(name)][:1]


def edit(app: App[Any], text: str, environ: Mapping[str, str] = os.environ) -> tuple[str | None, str]:
    """Let the operator edit a text. Return it and an empty problem, or None and why there is none."""
    words = command(environ)
    if not words:
        return (
            None,
            "there is no editor: set EDITOR; 'interlock approve --args FILE' takes arguments from a file",
        )
    name = visible_line(words[0], 40)
    # A folder of mode 0700: also what the editor leaves beside the file is nobody else's, and goes with it.
    with tempfile.TemporaryDirectory(prefix="interlock-") as folder:
        path = Path(folder) / "arguments.json"
        path.touch(mode=0o600)
        path.write_text(text, encoding="ascii", errors="backslashreplace")
        try:
            with app.batch_update(), app.suspend(), interrupts():
                code = subprocess.run([*words, str(path)], check=False).returncode
        except SuspendNotSupported:
            return None, "this terminal cannot be given to an editor"
        except OSError as error:
            return None, f"the editor {name} does not start: {error.strerror or error}"
        return (None, f"the editor {name} ended with {code}; nothing changed") if code else _read(path)


def _read(path: Path) -> tuple[str | None, str]:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MOST + 1)
    except (OSError, UnicodeDecodeError) as error:
        return None, f"what was edited cannot be read: {visible_line(str(error), 120)}"
    return (None, f"more than {MOST:,} characters cannot be approved") if len(text) > MOST else (text, "")
