"""What a command leaves behind: an exit code of the table below, and text that is safe in any terminal or pipe.

=====  ===========================================================================================
code   meaning
=====  ===========================================================================================
0      done; for an order: every run reached the stage that was waited for
1      the hub refused, or a check failed (``audit verify`` found a bad entry)
2      usage: an option, a setting or a file is wrong or missing
3      the order holds, but within the timeout only an earlier stage was reached
4      no hub answered
5      the hub did not accept the token
6      no such run, order or body
130    interrupted by Ctrl-C
141    whoever read the output went away
=====  ===========================================================================================
"""

import json
import select
import sys
import time
from collections.abc import Iterable, Sequence
from enum import IntEnum

from interlock.errors import ConfigError, HubError, HubUnavailable, InterlockError, NotFound, Unauthorised
from interlock.text import Untrusted, cells, visible_line

__all__ = [
    "EXITS", "Exit", "age", "clock", "columns", "dump", "exit_of", "fail", "line", "millis", "rest", "stamp",
]  # fmt: skip


EXITS = (
    "exit codes: 0 done; 1 refused, or a check failed; 2 usage; 3 the order holds, but only an earlier stage was "
    "reached in time; 4 no hub answered; 5 the token was not accepted; 6 no such run, order or body"
)
"""The table above for ``--help``."""


class Exit(IntEnum):
    """The exit codes every command shares."""

    OK = 0
    FAILED = 1
    USAGE = 2
    EARLIER = 3
    UNAVAILABLE = 4
    UNAUTHORISED = 5
    NOT_FOUND = 6
    INTERRUPTED = 130
    PIPE = 141


_EXITS: tuple[tuple[type[InterlockError], Exit, str], ...] = (
    (ConfigError, Exit.USAGE, "config"),
    (HubUnavailable, Exit.UNAVAILABLE, "unavailable"),
    (Unauthorised, Exit.UNAUTHORISED, "unauthorised"),
    (NotFound, Exit.NOT_FOUND, "not_found"),
    (HubError, Exit.FAILED, ""),
)


def exit_of(error: InterlockError) -> Exit:
    """Return the exit code that stands for an error."""
    return next((code for kind, code, _ in _EXITS if isinstance(error, kind)), Exit.FAILED)


def fail(error: InterlockError, as_json: bool) -> Exit:
    """Say what went wrong in one sentence on stderr, as an object on stdout too if JSON was asked for."""
    code = next((name for kind, _, name in _EXITS if isinstance(error, kind)), "failed")
    if isinstance(error, HubError):
        code = error.code
    print(f"interlock: {visible_line(str(error))}", file=sys.stderr)
    if as_json:
        dump({"error": {"code": code, "problem": str(error)}})
    return exit_of(error)


def dump(value: object) -> None:
    """Print a value as one line of JSON in ASCII: exact for a program, and inert in a terminal."""
    print(json.dumps(value, separators=(",", ":")), flush=True)


def line(text: object, limit: int | None = None) -> str:
    """Return whatever it is as one visible line of at most ``limit`` cells."""
    return visible_line(text if isinstance(text, Untrusted) else str(text), limit)


def columns(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Return rows of cells as aligned lines. Every cell must be visible text already; the last one is not padded."""
    table = list(rows)
    widths = [max(map(cells, column)) for column in zip(*(row[:-1] for row in table), strict=False)]
    lines = (
        indent
        + "".join(cell + " " * (width - cells(cell) + 2) for cell, width in zip(row, widths, strict=False))
        + row[-1]
        for row in table
    )
    return "\n".join(text.rstrip() for text in lines)


def clock(at: float) -> str:
    """Return Unix seconds as the time of day here, to the millisecond."""
    return time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03d}"


def stamp(at: float) -> str:
    """Return Unix seconds as :func:`clock` does, with the date in front where it is not today."""
    day = time.strftime("%Y-%m-%d", time.localtime(at))
    return clock(at) if day == time.strftime("%Y-%m-%d") else f"{day} {clock(at)}"


_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def age(seconds: float) -> str:
    """Return a length of time in its two largest units: ``4 s``, ``2m05s``, ``3h12m``, ``2d04h``."""
    whole = max(0, int(seconds))
    names = [*_UNITS, (1, "s")]
    for (size, name), (below, under) in zip(_UNITS, names[1:], strict=False):
        if whole >= size:
            return f"{whole // size}{name}{whole % size // below:02d}{under}"
    return f"{whole}s"


def millis(ms: float) -> str:
    """Return milliseconds as a person reads them: ``0.4 ms``, ``48 ms``, ``2.31 s``."""
    if ms < 10:
        return f"{ms:.1f} ms"
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


def rest(seconds: float) -> None:
    """Wait, but no longer than somebody can read what is printed. Raises BrokenPipeError when the reader is gone."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError):
        # No poll on this system, or no file behind the output.
        time.sleep(seconds)
        return
    if poll.poll(seconds * 1000):
        raise BrokenPipeError
