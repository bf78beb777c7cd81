"""Runs a program in a pseudo terminal of its own and keeps every byte it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

from tests.support import forked


def record(
    argv: Sequence[str], *, columns: int = 80, rows: int = 24, timeout: float = 30.0, typed: bytes = b""
) -> bytes:
    """Return what the program wrote to its terminal until it ended; ``typed`` is typed once it has the screen.

    Raises `TimeoutError` after `timeout` seconds and `CalledProcessError` if it did not end with 0, both with
    the bytes that were written so far.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LINES": str(rows),
        "COLUMNS": str(columns),
    }
    environment.pop("NO_COLOR", None)
    with forked.Popen(
        argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment
    ) as program:
        os.close(slave)
        try:
            written = _drain(master, time.monotonic() + timeout, typed)
        except TimeoutError:
            program.kill()
            raise
        finally:
            os.close(master)
        code = program.wait(timeout)
    if code:
        raise subprocess.CalledProcessError(code, list(argv), written)
    return written


def _drain(master: int, deadline: float, typed: bytes) -> bytes:
    written = bytearray()
    while True:
        ready, _, _ = select.select([master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"the program did not end in time, it wrote {bytes(written)!r}")
        try:
            piece = os.read(master, 65536)
        except OSError:  # Linux says so when the last writer has closed its side
            return bytes(written)
        if not piece:
            return bytes(written)
        written += piece
        if typed and b"\x1b[?1049h" in written and not _echoes(master):
            os.write(master, typed)
            typed = b""


def _echoes(master: int) -> bool:
    """Return whether the terminal still writes back by itself what is typed: the screen is taken a moment earlier."""
    return bool(termios.tcgetattr(master)[3] & termios.ECHO)
