"""Folders and secrets on this machine: who may read them, and whether a ready file tells of a hub that is gone."""

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from interlock_console import contexts
from interlock_console.checkup import BAD, NOTE, OK, WARN, Asked, Check
from interlock_console.finding import ready_file

__all__ = ["look"]


def look(asked: Asked) -> Iterable[Check]:
    """Look at the folders in use, at everything in them that is secret, and at the ready file."""
    settings, state = contexts.config_folder(asked.environ), ready_file(asked.environ).parent
    yield Check("folders", OK, f"settings {settings}{_absent(settings)}, state {state}{_absent(state)}")
    for folder in (state, settings / "tokens"):
        if folder.exists():
            yield from _private(folder)
    yield from _ready(ready_file(asked.environ))
    if asked.environ.get("INTERLOCK_TOKEN") and not (asked.environ.get("INTERLOCK_URL") or asked.args.url):
        yield Check("INTERLOCK_TOKEN", NOTE, "it is set without INTERLOCK_URL, so it goes nowhere",
                    "set both, or neither")  # fmt: skip


def _absent(path: Path) -> str:
    return "" if path.exists() else " (not there)"


def _private(folder: Path) -> Iterable[Check]:
    """A folder for its owner alone keeps everything in it private; in another one each file is judged."""
    wrong = _open(folder)
    if not wrong:
        yield Check("private", OK, f"{folder} is for you alone")
        return
    yield Check("private", WARN, wrong, f"chmod 700 {folder}")
    for path in sorted(folder.iterdir()):
        if path.is_file() and (said := _open(path)):
            yield Check(
                "private", BAD if path.suffix in (".token", ".key") else WARN, said, f"chmod 600 {path}"
            )


def _open(path: Path) -> str:
    """Return what is wrong with the owner and the mode of a path, or nothing."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return f"{path} is a link"
    if status.st_uid != os.geteuid():
        return f"{path} belongs to somebody else (user {status.st_uid})"
    mode = stat.S_IMODE(status.st_mode)
    return f"others may use {path} (mode {mode:04o})" if mode & 0o077 else ""


def _ready(path: Path) -> Iterable[Check]:
    if not path.exists():
        return
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        pid, url = int(said["pid"]), str(said["url"])
    except (OSError, ValueError, KeyError, TypeError):
        yield Check(
            "ready file",
            BAD,
            f"{path} is not one of a hub",
            "start 'interlock hub' again, it writes a new one",
        )
        return
    if _alive(pid):
        yield Check("ready file", OK, f"the hub of this machine is at {url}, pid {pid}")
    else:
        yield Check("ready file", WARN, f"{path} is left of a hub that is gone (pid {pid})",
                    "'interlock' starts another one; its record tells what happened")  # fmt: skip


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
