"""Python processes for tests that start without importing anything: forked from one that has it all imported.

:class:`Popen` and :func:`run` are those of :mod:`subprocess` for ``[sys.executable, [-P], -m MODULE | -c CODE | FILE,
...]``. What starts is a process of its own, with its own memory, descriptors, environment and session, and it ends
like any other; its import is not run, and /proc names the command line and the environment of the process it was
forked from. A test that is about starting uses :mod:`subprocess`. So does this module for whatever asks for more:
another interpreter, options of it, or a ``PYTHON...`` or locale variable with another value than that process has.
"""

import atexit
import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["Popen", "run"]

GUARD = 60.0
"""Seconds after which a start that did not happen is a failure."""
HARMLESS = {"PYTHON_KEYRING_BACKEND", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
"""Of the ``PYTHON...`` variables, those that whoever was forked obeys, or that shape nothing that runs already."""
_PARENT = Path(__file__).with_name("forking.py")


class _Parent:
    """The process that everything is forked from: one for each process of the tests, begun by the first use."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._folder = tempfile.TemporaryDirectory(prefix="forks-")
        self._path = str(Path(self._folder.name) / "s")
        self.environ = dict(os.environ)
        # Its stdin is the leash: it ends, and all that it forked, when this process does.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_PARENT), self._path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "the process to fork from did not start"
        atexit.register(self.close)

    def close(self) -> None:
        if os.getpid() == self.pid and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(GUARD)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._folder.cleanup()

    def fork(self, request: dict[str, Any], fds: Sequence[int]) -> tuple[int, socket.socket]:
        """Return the pid of a new process and the line over which its status will come."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(GUARD)
        line.connect(self._path)
        socket.send_fds(line, [b"f"], list(fds))
        with line.makefile("wb") as out:
            out.write(json.dumps(request).encode() + b"\n")
        told = b""
        while not told.endswith(b"\n"):
            more = line.recv(64)
            if not more:
                raise OSError(f"nothing was forked for {request['words']}")
            told += more
        line.settimeout(None)
        return int(told), line


_parents: list[_Parent] = []
_starting = threading.Lock()


def _parent() -> _Parent:
    with _starting:
        if not _parents or _parents[-1].pid != os.getpid():
            _parents.append(_Parent())
        return _parents[-1]


def _words(args: Any, asked: Mapping[str, Any]) -> list[str] | None:
    """Return what follows the interpreter, where a fork can stand for the command."""
    words = [os.fspath(word) for word in args] if isinstance(args, list | tuple) else []
    plain = len(words) > 1 and words[0] == sys.executable and not asked["executable"] and not asked["shell"]
    if not plain or any(
        asked[name] not in (None, -1, False) for name in ("preexec_fn", "process_group", "umask")
    ):
        return None
    rest = words[2:] if words[1] == "-P" else words[1:]
    forkable = rest and (rest[0] in ("-m", "-c") or (words[1] == "-P" and rest[0][0] != "-"))
    return words[1:] if forkable else None


def _shaping(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what is read before anything runs: the interpreter's variables, Textual's, and whether text is UTF-8."""
    shaping = {name: value for name, value in environ.items() if name.startswith(("PYTHON", "TEXTUAL"))}
    named = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "C")
    utf8 = named in ("C", "POSIX") or "utf8" in named.lower().replace("-", "")
    return {name: value for name, value in shaping.items() if name not in HARMLESS} | {"text": str(utf8)}


_NAMES = tuple(inspect.signature(subprocess.Popen._execute_child).parameters)[2:]  # type: ignore[attr-defined]


class Popen(subprocess.Popen[Any]):
    """:class:`subprocess.Popen`, forked where that comes to the same."""

    _line: socket.socket | None = None

    def _execute_child(self, args: Any, *given: Any) -> None:
        asked = dict(zip(_NAMES, given, strict=True))
        words, parent = _words(args, asked), _parent()
        environ = dict(os.environ if asked["env"] is None else asked["env"])
        if words is None or _shaping(environ) != _shaping(parent.environ):
            super()._execute_child(args, *given)  # type: ignore[misc]
            return
        ends = [
            asked[name] if asked[name] != -1 else fd
            for fd, name in enumerate(("p2cread", "c2pwrite", "errwrite"))
        ]
        request = {
            "words": words,
            "environ": environ,
            "cwd": os.fspath(asked["cwd"] or Path.cwd()),
            "session": asked["start_new_session"],
            "fds": [0, 1, 2, *asked["pass_fds"]],
        }
        self.pid, self._line = parent.fork(request, [*ends, *asked["pass_fds"]])
        self._child_created = True
        devnull = getattr(self, "_devnull", None)
        for fd in {*(asked[name] for name in ("p2cread", "c2pwrite", "errwrite")), devnull} - {-1, None}:
            # Those that were handed in are the caller's.
            if fd == devnull or fd in self._piped(asked):
                os.close(fd)
        self._closed_child_pipe_fds = True

    def _piped(self, asked: Mapping[str, Any]) -> set[int]:
        pairs = (("p2cread", "p2cwrite"), ("c2pwrite", "c2pread"), ("errwrite", "errread"))
        return {asked[child] for child, ours in pairs if asked[ours] != -1}

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if self._line is None:
            found: tuple[int, int] = super()._try_wait(wait_flags)  # type: ignore[misc]
            return found
        if self._line.fileno() == -1:
            # Collected as garbage in one go with its line: nobody will hear how it ended, and no later start may
            # break off over that, which looks after every process that was forgotten.
            return self.pid, signal.SIGKILL
        try:
            told = self._line.recv(64, socket.MSG_DONTWAIT if wait_flags & os.WNOHANG else 0)
        except BlockingIOError:
            return 0, 0
        self._line.close()
        # Without a word the process it was forked from is gone, and has ended it.
        return self.pid, int(told or signal.SIGKILL)

    def _internal_poll(self, *deadstate: Any, **others: Any) -> int | None:
        if self._line is None:
            code: int | None = super()._internal_poll(*deadstate, **others)  # type: ignore[misc]
            return code
        if self.returncode is None and self._waitpid_lock.acquire(False):  # type: ignore[attr-defined]
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid == self.pid:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                self._waitpid_lock.release()  # type: ignore[attr-defined]
        return self.returncode


def run(
    args: Sequence[Any],
    *,
    timeout: float = GUARD,
    check: bool = False,
    capture_output: bool = False,
    **given: Any,
) -> "subprocess.CompletedProcess[Any]":
    """Return what :func:`subprocess.run` returns. The process is gone afterwards, whatever happened."""
    if capture_output:
        given |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    told = given.pop("input", None)
    if told is not None:
        given["stdin"] = subprocess.PIPE
    with Popen(args, **given) as process:
        try:
            out, err = process.communicate(told, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(args, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done
