"""``python -P forking.py SOCKET``: a process with everything imported, that forks one for each connection.

A connection brings the descriptors and one line of JSON; it is answered with the new process's pid, and at its end
with its wait status. See ``forked.py``, which asks.
"""

import fcntl
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

Json = dict[str, Any]

MODULES = (
    "interlock.hub.cli",
    "interlock.gate",
    "interlock.gameday.agent.__main__",
    "interlock.gameday.ledger.__main__",
    "interlock.adapters.replay",
    "interlock_console.cli",
    "interlock_console.app",
    "yaml",
)
"""What is imported for those that will want it. Where one is not installed, its processes would not start either."""
HIGH = 900
"""Descriptors that were sent wait above this number until they are put where they belong."""


class _Forks:
    """Listens at ``path``, forks, and says how each ended."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen(64)
        self._woken, waking = os.pipe()
        os.set_blocking(waking, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        self._lines: dict[int, socket.socket] = {}

    def serve(self) -> Json:
        """Fork for whoever connects. Return, in the forked process, what it is to be; end with whoever holds stdin."""
        listening = self._listener.fileno()
        while True:
            ready = select.select([0, self._woken, listening], [], [])[0]
            if 0 in ready:
                self._end()
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._reap()
            if listening in ready:
                line = self._listener.accept()[0]
                request, fds = _read(line)
                pid = os.fork()
                if pid == 0:
                    for each in (self._listener, *self._lines.values()):
                        # Closed with all others; the number may be somebody else's by the time this is collected.
                        each.detach()
                    _become(request, fds, line.detach())
                    return request
                self._lines[pid] = line
                for fd in fds:
                    os.close(fd)

    def _end(self) -> NoReturn:
        for pid in self._lines:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)

    def _reap(self) -> None:
        while self._lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._lines.pop(pid) as line, suppress(OSError):  # nobody may care any more
                line.sendall(str(status).encode())


def _read(line: socket.socket) -> tuple[Json, list[int]]:
    _, fds, _, _ = socket.recv_fds(line, 1, 16)
    with line.makefile("rb") as told:
        return json.loads(told.readline()), fds


def _become(request: Json, fds: list[int], line: int) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if request["session"]:
        os.setsid()
    line = fcntl.fcntl(line, fcntl.F_DUPFD, HIGH)
    held = [fcntl.fcntl(fd, fcntl.F_DUPFD, HIGH) for fd in fds]
    os.closerange(3, HIGH)
    for fd, place in zip(held, request["fds"], strict=True):
        os.dup2(fd, place, inheritable=True)
        os.close(fd)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    sys.stdin = sys.__stdin__ = _text(0, "r", "strict")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _text(1, "w", "strict")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text(2, "w", "backslashreplace")  # type: ignore[misc]
    os.write(line, b"%d\n" % os.getpid())
    os.close(line)


def _text(fd: int, mode: str, errors: str) -> TextIOWrapper:
    """Return a standard stream as the interpreter makes it."""
    buffered = os.fdopen(fd, mode + "b", closefd=False)
    lines, through = fd == 2 or os.isatty(fd), bool(os.environ.get("PYTHONUNBUFFERED"))
    return TextIOWrapper(buffered, errors=errors, line_buffering=lines, write_through=through)


def play(words: list[str]) -> None:
    """Do what ``python WORDS...`` does."""
    safe = words[0] == "-P"
    if not safe:
        sys.path.insert(0, "")
    how, *rest = words[1:] if safe else words
    if how == "-m":
        _module(rest)
        return
    source = rest.pop(0) if how == "-c" else Path(how).read_text(encoding="utf-8")
    sys.argv = [how, *rest]
    module = sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(source, "<string>" if how == "-c" else how, "exec"), vars(module))


def _module(words: list[str]) -> None:
    sys.argv = words
    # Imported under its own name by whoever was first here; now it runs under another one.
    for name in (words[0], f"{words[0]}.__main__"):
        if not hasattr(sys.modules.get(name), "__path__"):
            sys.modules.pop(name, None)
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def main() -> None:
    """Import, then be the process that forks; in a forked one, be that."""
    for name in MODULES:
        with suppress(ImportError):
            import_module(name)
    if threading.active_count() > 1:
        raise SystemExit("a thread was started by an import: a fork would have its locks and not the thread")
    forks = _Forks(sys.argv[1])
    gc.collect()
    gc.freeze()
    os.write(1, b"ready\n")
    play(forks.serve()["words"])


if __name__ == "__main__":
    main()
