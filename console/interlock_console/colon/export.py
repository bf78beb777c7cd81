"""``:export FILE``: what ``interlock audit export`` writes, with the filter of the record on the screen.

It is that command, in a process of its own: what is written can be verified anywhere, and the screen waits for nothing.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.app import App

from interlock.text import visible_line
from interlock_console.client import Hub
from interlock_console.colon import Colon
from interlock_console.record.sieve import Sieve
from interlock_console.screens import View
from interlock_console.screens.audit import AuditView
from interlock_console.station import Station

_OPTIONS = {"run": "--run", "operator": "--operator", "tool": "--tool", "kind": "--kind", "q": "--text"}
_WITHIN = 3600.0
_CSV = ".csv"


def words_of(sieve: Sieve, file: str) -> list[str]:
    """Return the words of the command that writes what a filter lets through to a file."""
    words = ["audit", "export", "--json", f"--output={file}"]
    words += ["--format=csv"] if file.endswith(_CSV) else []
    words += [f"{option}={sieve.query[name]}" for name, option in _OPTIONS.items() if name in sieve.query]
    words += [f"--{name}={_moment(sieve.query[name])}" for name in ("from", "to") if name in sieve.query]
    return words


def _moment(at: str | float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(float(at), UTC).isoformat()


def environment(hub: Hub, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the surroundings of a command that asks this hub as this operator; a token is no word of a command."""
    return {**environ, "INTERLOCK_URL": hub.url, "INTERLOCK_TOKEN": hub.token}


def _export(app: App[None], view: View, words: list[str]) -> str:
    del app
    if len(words) != 1:
        return "type :export and the name of a new file, such as :export incident-511.jsonl (or .csv)"
    if not isinstance(view, AuditView):
        return "the record is exported from its own screen: 3 goes there"
    if view.sieve.local:
        return "nothing was written: only this screen looks for verdict: and for a second word; w saves what it shows"
    file = str(Path(words[0]).expanduser().absolute())
    threading.Thread(
        target=_write, args=(view.station, view.sieve, file), name="interlock export", daemon=True
    ).start()
    return f"writing {visible_line(file)}"


def _write(station: Station, sieve: Sieve, file: str) -> None:
    from interlock_console.state import Note

    hub = station.desk.hub
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "interlock_console", *words_of(sieve, file)],
            env=environment(hub, os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_WITHIN,
            check=False,
        )
        said, tone = _became(done.returncode, done.stdout, done.stderr)
    except (OSError, subprocess.TimeoutExpired) as error:
        said, tone = f"not exported: {type(error).__name__}", "fault"
    station.tell(Note(station.wall(), "", visible_line(said), tone))


def _became(code: int, out: str, err: str) -> tuple[str, str]:
    if code:
        return f"not exported: {(err.strip().splitlines() or ['no reason given'])[-1]}", "fault"
    made: dict[str, Any] = json.loads(out)
    key = f"; verify it anywhere with key {made['key']}" if not str(made["file"]).endswith(_CSV) else ""
    return f"exported {made['entries']} entries to {made['file']}{key}", "text"


COMMAND = Colon(("export",), "write the record as filtered, to be verified anywhere", "export FILE", _export)
